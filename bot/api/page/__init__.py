"""The page at /docs: everything the API can do, for people; no script, nothing from elsewhere.

Invariant: whatever it says of a route comes from the route's operation and schemas.
Who may come in: `bot.api.documents`.
"""
