"""The clock: what is due since when, claimed and run once by one process of many.

Midnight rewrites nothing. Every job is idempotent and catches up after downtime.
"""
