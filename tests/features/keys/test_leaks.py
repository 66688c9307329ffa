"""Keys that were posted are revoked on both databases, audited, and told to owner and staff."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from bot.audit import Action, Audit
from bot.core.clock import HandClock
from bot.core.ids import Ids
from bot.core.secrets import mint
from bot.keys.leaks import Leak, Leaks
from bot.keys.rules import digest_of
from bot.outbox import Effect, Outbox
from bot.storage.database import Database
from bot.storage.tables.system import OutboxRow
from tests.fakes.owned import ADA, MO, Owned, member_of, owned

CHANNEL = 3001


@dataclass
class Guard:
    """A house with what revokes posted keys."""

    house: Owned
    leaks: Leaks

    async def key(self) -> str:
        """Make Ada's key."""
        return (await self.house.keys.replace(ADA)).plain or ""

    async def told(self) -> list[tuple[str, dict[str, Any]]]:
        """Return what waits in the outbox: its kind, its letter."""
        async with self.house.db.read() as tx:
            rows = await tx.execute(select(OutboxRow.__table__).order_by(OutboxRow.id))
            return [(row.kind, row.payload["letter"]) for row in rows]


@pytest.fixture
def guard(db: Database, clock: HandClock) -> Guard:
    house, ids = owned(db, clock), Ids(7)
    leaks = Leaks(house.keys, Audit(db, clock, ids), Outbox(db, clock, ids))
    return Guard(house, leaks)


def leak(*keys: str, poster: int = ADA.discord_id, direct: bool = False) -> Leak:
    return Leak(keys, CHANNEL, poster, direct)


async def test_a_posted_key_works_no_more_and_owner_and_staff_are_told(guard: Guard) -> None:
    key = await guard.key()
    ada = await member_of(guard.house, ADA)

    revoked = await guard.leaks.revoke(leak(key))

    assert revoked == 1
    assert await guard.house.keys.who(digest_of(key)) is None
    (entry,) = await guard.leaks.audit.browse(member_id=ada)
    shown = f"lk_…{key[-4:]}"
    assert (entry.action, entry.actor_id) == (Action.KEY_LEAKED, None)
    assert entry.after == {"key": shown, "posted_channel": CHANNEL}
    owner, staff = await guard.told()
    assert (owner[0], owner[1]["lines"]) == (Effect.DM, ["leak.owner"])
    assert (staff[0], staff[1]["lines"]) == (Effect.POST, ["leak.staff"])
    assert staff[1]["people"] == {"owner": ada}
    assert key not in str(owner) + str(staff)
    assert staff[1]["params"] == {"masked": shown, "place": f"<#{CHANNEL}>"}


async def test_a_key_that_somebody_else_posted_names_both(guard: Guard) -> None:
    key = await guard.key()
    ada, mo = [await member_of(guard.house, who) for who in (ADA, MO)]

    await guard.leaks.revoke(leak(key, poster=MO.discord_id))

    _, (_, staff) = await guard.told()
    assert staff["lines"] == ["leak.staff_by_other"]
    assert staff["people"] == {"owner": ada, "poster": mo}


async def test_what_is_nobodys_key_any_more_changes_nothing(guard: Guard) -> None:
    old = await guard.key()
    new = await guard.key()

    revoked = await guard.leaks.revoke(leak(old, mint("lk_")))

    assert revoked == 0
    assert await guard.house.keys.who(digest_of(new)) is not None
    assert await guard.told() == []


async def test_a_key_that_is_posted_twice_at_once_is_told_once(guard: Guard) -> None:
    key = await guard.key()

    counts = await asyncio.gather(*(guard.leaks.revoke(leak(key)) for _ in range(4)))

    assert sorted(counts) == [0, 0, 0, 1]
    assert len(await guard.told()) == 2


async def test_a_key_sent_to_the_bot_alone_is_told_in_other_words(guard: Guard) -> None:
    key = await guard.key()

    await guard.leaks.revoke(leak(key, direct=True))

    lines = [letter["lines"] for _, letter in await guard.told()]
    assert lines == [["leak.owner_direct"], ["leak.staff_direct"]]
    assert str(CHANNEL) not in str(await guard.told())
    (entry,) = await guard.leaks.audit.browse()
    assert entry.after == {"key": f"lk_…{key[-4:]}"}


async def test_staff_are_told_what_could_not_be_deleted(guard: Guard) -> None:
    await guard.leaks.undeleted(CHANNEL)

    ((kind, letter),) = await guard.told()

    assert (kind, letter["lines"]) == (Effect.POST, ["leak.undeleted"])
