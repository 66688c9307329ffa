"""The ground everybody stands on: errors, time, units, secrets, log, signals and chores.

Knows nothing of Latchkey's features and imports nothing of theirs; everybody may come in.
"""
