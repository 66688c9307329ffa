"""Allowance: what raises a member's daily limit, and what it opens.

Invariant: grants are appended and revoked, never rewritten; what holds today is a pure function
of them. The relay asks, staff, plans and referrals give.
"""
