"""The person behind an interaction, as Discord's payload shows them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DISCORD_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
STAMP_SHIFT = 22  # bits of a snowflake below its milliseconds


@dataclass(frozen=True, slots=True)
class Person:
    """A Discord account; `at_home`: the payload came from a home guild, with them as a member."""

    discord_id: int
    at_home: bool

    @property
    def registered_at(self) -> datetime:
        """Return when the account was made, which Discord writes into its id."""
        return DISCORD_EPOCH + timedelta(milliseconds=self.discord_id >> STAMP_SHIFT)
