"""Keys: made, shown, replaced, found by their hash; the secrets that seal them.

Invariant: a member has at most one active key; plain text lives in one local variable and in the
card shown to its owner, never in a log, a repr or a row.
"""
