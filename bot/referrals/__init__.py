"""Referrals: whose code, who activated whose, what the credits were spent on, who won a month.

Invariant: a newcomer activates one code, ever, and a balance is never spent below zero. The doors
and staff come in; referrals ask members, their marks and allowances.
"""
