"""Every table, by feature. Rows only: rules and queries live with their features.

The Discord id stands in `people` alone; every other table points to the member's number.
"""
