"""Whole journeys: the sandbox, a real browser, the real SDKs."""
