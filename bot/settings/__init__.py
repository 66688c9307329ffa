"""What the operator fixed: the environment, `.env` and latchkey.toml, read once at start.

Invariant: nothing starts before every value is known to be sound, and every problem is named in
one go. `bot.cli` loads, everybody else is handed frozen objects and reads plain attributes.
"""
