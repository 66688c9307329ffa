"""The community's settings in force: what latchkey.toml says, and over it what staff changed.

Invariant: services ask at the moment of use, are answered from memory, and keep nothing. What the
file names stays as it names it. Every feature may come in.
"""
