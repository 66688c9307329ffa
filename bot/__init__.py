"""Latchkey: a Discord bot that hands out API keys, and the HTTP API that opens with them."""

__version__ = "0.1.0"
