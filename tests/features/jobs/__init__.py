"""The jobs and the outbox over real databases."""
