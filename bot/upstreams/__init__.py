"""What Latchkey knows of the APIs it calls: one way to connect, one dialect a file.

Invariant: whatever an upstream does, what leaves here is an answer that makes sense or one of
the facts of `failures`, and neither its address, its key nor its raw words come along.
Who may come in: the relay asks, the composition root connects; no database is touched here.
"""
