"""The outbox over real databases."""
