"""OpenAI's Responses, said as chat completions and back; every call is whole in itself.

Invariant: pure; what a chat cannot do is refused in the caller's own field names, never dropped.
Who may come in: `bot.api.routes.responses`.
"""
