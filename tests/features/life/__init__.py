"""The whole life of an account: everything that can happen to it, in any order, at any time."""
