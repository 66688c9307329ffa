"""The API's endpoints, one concept a file; each gets the two or three parts it uses.

Invariant: an endpoint raises failures and never writes their status or shape itself.
Who may come in: `bot.api.app`, which mounts them.
"""
