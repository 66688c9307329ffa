"""Anthropic's Messages: between them and chats, and spoken natively.

Invariant: request, response, events and reading are pure; a stream that leaves here is
well-formed, whatever chunks it was made of, and no text or tool input is lost on the way.
Who may come in: dialects that speak Messages natively, and the relay for those that do not.
"""
