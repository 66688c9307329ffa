"""What a member sees of their own account."""
