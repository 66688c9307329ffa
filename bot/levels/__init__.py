"""Levels: points for talking, what a month came to, the level's grant and its Discord role.

Invariant: a month awards a member once, and a role that carries power is never given. The doors
come in, and the staff's acts; Discord itself is the courier's.
"""
