"""Staff acts on both databases: what they change, what refuses them, what is left written."""
