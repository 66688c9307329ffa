"""The community's settings in force: what latchkey.toml says, later also what staff changed.

Invariant: services ask at the moment of use and keep nothing. Every feature may come in.
"""
