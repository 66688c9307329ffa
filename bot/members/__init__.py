"""Members: who is one, in which mode, whether suspended.

Invariant: one member in all guilds, and the Discord id stands in `people` alone; everybody else
points to the member's number. Keys, the relay and the doors come in; members ask nobody above.
"""
