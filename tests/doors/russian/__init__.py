"""Discord in Russian."""
