"""What a member sees of their own account, wherever they look: Discord or HTTP.

Invariant: one reading of the ledger, so that every door shows the same numbers; reads only.
Who may come in: the doors.
"""
