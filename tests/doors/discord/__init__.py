"""The loopback Discord, driven by the unmodified client library."""
