"""The answers that are being written in Discord, so that a restart leaves none half written."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from bot.core.clock import Clock
from bot.core.errors import DatabaseAway
from bot.core.ids import Ids
from bot.core.secrets import Sealer, Unsealable
from bot.storage.database import Database
from bot.storage.tables.chat import RunningAnswerRow

log = logging.getLogger(__name__)
AWAY = "where an answer is written could not be noted: the database is away"


@dataclass(frozen=True, slots=True)
class Where:
    """Where an answer is written; `token` reaches messages that only one person sees."""

    guild_id: int | None
    channel_id: int
    message_id: int
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Left:
    """An answer that nobody writes any more."""

    id: int
    where: Where
    begun_at: datetime


@dataclass(frozen=True)
class Unfinished:
    """Notes where answers are written; a database that is away keeps nobody from an answer."""

    db: Database
    clock: Clock
    ids: Ids
    sealer: Sealer
    _own: set[int] = field(default_factory=set)  # what this process has begun

    async def begun(self, where: Where) -> int | None:
        """Note an answer that begins; its number, None where it could not be noted."""
        number = self.ids.next()
        self._own.add(number)
        token = where.token and self.sealer.seal(where.token.encode(), _place(number))
        row = {
            "id": number,
            "guild_id": where.guild_id,
            "channel_id": where.channel_id,
            "message_id": where.message_id,
            "token": token,
            "begun_at": self.clock.now(),
        }
        try:
            async with self.db.begin() as tx:
                await tx.execute(insert(RunningAnswerRow).values(row))
        except DatabaseAway:
            log.warning(AWAY)
            return None
        return number

    async def moved(self, number: int | None, message_id: int) -> None:
        """Note that an answer has its first message now."""
        moved = update(RunningAnswerRow).where(RunningAnswerRow.id == number)
        with _forgiving():
            async with self.db.begin() as tx:
                await tx.execute(moved.values(message_id=message_id))

    async def over(self, number: int | None) -> None:
        """Forget an answer that is over."""
        self._own.discard(number or 0)
        with _forgiving():
            async with self.db.begin() as tx:
                await tx.execute(delete(RunningAnswerRow).where(RunningAnswerRow.id == number))

    async def left(self) -> Sequence[Left]:
        """Return the answers that other processes noted, oldest first."""
        wanted = select(RunningAnswerRow.__table__).order_by(RunningAnswerRow.id)
        async with self.db.read() as tx:
            return [
                Left(
                    row.id,
                    Where(
                        row.guild_id,
                        row.channel_id,
                        row.message_id,
                        self._opened(row.id, row.token),
                    ),
                    row.begun_at,
                )
                for row in (await tx.execute(wanted)).all()
                if row.id not in self._own
            ]

    def _opened(self, number: int, token: bytes | None) -> str | None:
        if token is None:
            return None
        try:
            return self.sealer.open(token, _place(number)).decode()
        except Unsealable:  # the secret was rotated: the token has long died too
            return None


def _place(number: int) -> str:
    return f"running_answer:{number}"


@contextmanager
def _forgiving() -> Iterator[None]:
    try:
        yield
    except DatabaseAway:
        log.warning(AWAY)
