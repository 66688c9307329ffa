"""A place to try Latchkey: a loopback Discord, loopback upstreams and a page to type in.

Everything here answers on loopback only and forgets itself at the end; the bot under it is
the real one, unchanged. Nothing outside the command line and the tests may come in.
"""
