"""Privacy: what we know of a person, handed to them or deleted at their word.

Invariant: deletion is one transaction over every feature's rows; what stays are sums, audit rows
and activations under a number that leads nowhere. The person's own command comes in, nobody else.
"""
