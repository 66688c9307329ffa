"""The ledger: what a call may take, what it took, and its record.

Invariant: no hold brings spent + held above the limit, every hold ends settled, given back or
abandoned, and the records add up to the counters. Come in by `service.Ledger` and `reports`; only
the writer (and pruning, for what is old) changes days, paces, holds and calls.
"""
