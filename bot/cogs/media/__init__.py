"""What members have made of pictures and sound: /imagine, /edit_image, /describe, /speech.

Invariant: one job of a kind at a time for each member, a few for everybody; what was paid for
arrives, re-encoded where Discord takes no more. The composition root comes in, nobody else.
"""
