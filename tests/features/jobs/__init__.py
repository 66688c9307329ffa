"""The jobs over real databases."""
