"""What the relay decides without a network or a database."""
