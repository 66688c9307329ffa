"""`latchkey doctor`: what is wrong with this installation, and how to mend it, a line each.

It only reads, so it may look while `latchkey run` works. Every check has a time limit, a failure
of one stops no other, and no secret is printed. What it finds in Discord and at the upstreams is
judged by the same code as /settings shows.
"""
