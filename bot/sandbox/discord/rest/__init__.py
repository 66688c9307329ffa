"""Discord's REST API v10: one file an area, each a list of doors over the same world.

`desk` takes every call through the same steps: recorded, faulted, authenticated, limited,
answered. Only the server beside this package comes in.
"""
