"""Every dialect end to end: what any upstream is like, as callers of Latchkey's own API meet it."""
