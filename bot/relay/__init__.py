"""One metered call from end to end: hold, route, answer or stream, settle.

Invariant: whatever ends a call, what it held is settled or released exactly once, and every call
that was sent to an upstream leaves one record. The doors come in with a caller and an ask; the
ledger, the catalogue and the upstreams are asked from here and nowhere above.
"""
