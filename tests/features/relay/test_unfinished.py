"""Answers that are being written are noted on both databases, so that a restart finds them."""

import pytest
from sqlalchemy import select

from bot.core.clock import HandClock
from bot.core.errors import DatabaseAway
from bot.core.ids import Ids
from bot.core.secrets import Sealer
from bot.relay.unfinished import Unfinished, Where
from bot.storage.database import Database
from bot.storage.tables.chat import RunningAnswerRow

PUBLIC, HIDDEN = Where(1001, 3001, 77), Where(None, 3009, 78, token="aW50ZXJhY3Rpb24")


def process(db: Database, clock: HandClock, number: int, secret: str = "s" * 32) -> Unfinished:
    """Return what one process notes with."""
    return Unfinished(db, clock, Ids(number), Sealer.from_secrets([secret]))


async def test_what_a_process_leaves_is_found_by_the_next(db: Database, clock: HandClock) -> None:
    dead, heir = process(db, clock, 1), process(db, clock, 2)
    for where in (PUBLIC, HIDDEN):
        await dead.begun(where)
    own = await heir.begun(PUBLIC)

    left = await heir.left()

    assert [each.where for each in left] == [PUBLIC, HIDDEN]
    assert [each.begun_at for each in left] == [clock.now()] * 2
    assert own not in [each.id for each in left]


async def test_an_answer_that_is_over_is_forgotten(db: Database, clock: HandClock) -> None:
    dead, heir = process(db, clock, 1), process(db, clock, 2)
    moved, over = [await dead.begun(PUBLIC) for _ in range(2)]
    await dead.moved(moved, 99)
    await dead.over(over)

    (left,) = await heir.left()

    assert left.where == Where(1001, 3001, 99)


async def test_a_token_is_sealed_and_lost_with_its_secret(db: Database, clock: HandClock) -> None:
    dead, heir = process(db, clock, 1), process(db, clock, 2, "t" * 32)
    await dead.begun(HIDDEN)
    async with db.read() as tx:
        row = (await tx.execute(select(RunningAnswerRow.__table__))).one()

    (left,) = await heir.left()

    assert HIDDEN.token is not None
    assert HIDDEN.token.encode() not in row.token
    assert left.where.token is None
    assert HIDDEN.token not in repr(HIDDEN)


async def test_a_database_that_is_away_keeps_nobody_from_an_answer(
    db: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    unfinished = process(db, clock, 1)

    def away() -> None:
        raise DatabaseAway

    monkeypatch.setattr(Database, "begin", lambda _: away())
    number = await unfinished.begun(PUBLIC)
    await unfinished.moved(number, 99)
    await unfinished.over(number)

    assert number is None
