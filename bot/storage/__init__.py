"""The database: connections, transactions, tables, leases, what changed and for whom.

SQLite and PostgreSQL are equals here. `db.begin()` opens a writing transaction, `db.read()` a
reading one; a function that takes `tx` joins and never commits.
"""
