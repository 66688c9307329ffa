"""Who leaves while calls run: they are cut, paid for, and only then everything goes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import select

from bot.core.clock import HandClock
from bot.privacy.service import Privacy
from bot.sandbox.upstreams.troubles import Fault
from bot.storage.database import Database
from bot.storage.tables.ledger import DayRow, HoldRow
from tests.fakes.house import ADA, House, opened_house
from tests.features.ledger.books import until

STREAM = {
    "model": "gpt-4o",
    "messages": [{"role": "user", "content": "Tell me a long story."}],
    "stream": True,
}


def privacy_of(house: House) -> Privacy:
    """Wire the service as the composition root does."""
    inner = house.inner
    return Privacy(
        inner.db,
        inner.clock,
        inner.members,
        inner.keys,
        inner.marks,
        inner.levelling.levels,
        inner.audit,
        inner.changes,
        inner.community,
        patience=30,
    )


@pytest.fixture
async def house(db: Database, clock: HandClock) -> AsyncIterator[House]:
    """A process that serves the API."""
    async with opened_house(db, clock) as opened:
        yield opened


async def spent_by(db: Database, number: int) -> list[int]:
    async with db.read() as tx:
        return list(await tx.scalars(select(DayRow.spent).where(DayRow.member_id == number)))


async def test_a_stream_is_cut_settled_and_its_price_waits_for_who_returns(house: House) -> None:
    client = house.client(await house.key())
    number = await house.member()
    house.first.pace = 0.05
    async with client.stream("POST", "/v1/chat/completions", json=STREAM) as answer:
        lines = answer.aiter_lines()
        assert (await anext(lines)).startswith("data:")

        await privacy_of(house).forget(ADA)

        rest = [line async for line in lines]
    assert "stream_incomplete" in "\n".join(rest)
    await house.quiet()
    (record,) = await house.records()
    assert (record.status, record.key_id) == ("partial", None)
    assert await spent_by(house.inner.db, number) == [record.cost]
    await house.key()
    again = await house.member()
    assert again != number
    assert await spent_by(house.inner.db, again) == [record.cost]
    assert await house.spent() == record.cost


async def test_a_call_that_waits_for_its_upstream_is_refused_as_its_key_is(house: House) -> None:
    client = house.client(await house.key())
    house.first.faults.next(Fault.SLOW)
    asked = asyncio.create_task(
        client.post("/v1/chat/completions", json=STREAM | {"stream": False})
    )
    await until(lambda: house.first.seen)

    await privacy_of(house).forget(ADA)

    answer = await asked
    assert answer.status_code == 401
    assert await house.spent() == 0
    assert (await client.get("/v1/usage")).status_code == 401


async def test_calls_of_another_process_are_cut_as_well(
    postgres_url: str, clock: HandClock
) -> None:
    async with AsyncExitStack() as stack:
        houses = []
        for _ in range(2):
            db = await stack.enter_async_context(Database(postgres_url))
            houses.append(await stack.enter_async_context(opened_house(db, clock)))
        here, there = houses
        client = there.client(await here.key())
        there.first.faults.next(Fault.SLOW)
        asked = asyncio.create_task(
            client.post("/v1/chat/completions", json=STREAM | {"stream": False})
        )
        await until(lambda: there.first.seen)
        watching = asyncio.create_task(there.inner.changes.watch())
        stack.callback(watching.cancel)

        await privacy_of(here).forget(ADA)

        assert (await asked).status_code == 401
        async with here.inner.db.read() as tx:
            assert (await tx.scalars(select(HoldRow.id))).all() == []
        assert await here.inner.members.known(ADA.discord_id) is None
