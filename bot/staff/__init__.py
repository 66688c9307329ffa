"""What staff may do to others: proposed, previewed, confirmed, audited, posted, undone.

Invariant: an act is applied in the transaction of its audit row, at most once, and never by whom
it gives something to. The cogs come in; every feature with a staff act is orchestrated from here.
"""
