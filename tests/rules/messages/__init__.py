"""Anthropic's Messages and chats, translated into each other."""
