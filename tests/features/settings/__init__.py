"""Settings: what they come to, and how every problem is told."""
