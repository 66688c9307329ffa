"""Upstreams on loopback that speak like the real ones, for trying Latchkey and for its tests.

Invariant: they answer deterministically, over real sockets, and fail in every way real ones do
when told to. Who may come in: the sandbox's composition and tests; they know nothing of Latchkey.
"""
