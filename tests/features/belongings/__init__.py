"""Songs and mailboxes, on both databases."""
