"""What the catalogue finds."""
