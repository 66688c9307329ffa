"""The connected bot of tests/doors/bot, for what staff do with it."""

from tests.doors.bot.conftest import db, discord, library, schema, stage

__all__ = ["db", "discord", "library", "schema", "stage"]
