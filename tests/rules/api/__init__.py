"""What the API decides without a network or a database."""
