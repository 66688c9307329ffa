"""Streams of every dialect: passed on as they come, and intact however many there are at once."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.core.clock import HandClock
from bot.sandbox.upstreams.airforce import FINDING
from bot.sandbox.upstreams.sounding import spoken
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.storage.database import Database
from tests.doors.api.wire import Wire, wire
from tests.doors.dialects.acts import STREAMS, Act, each, heard, in_events
from tests.doors.dialects.street import Street
from tests.fakes.bazaar import Bazaar, bazaar, model
from tests.fakes.house import House, opened_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT_ONCE = 64


async def rest_of(line: Wire) -> bytes:
    """Return everything that is still to come."""
    raw = b""
    while piece := await line.piece():
        raw += piece
    return raw


@pytest.mark.parametrize(("act", "dialect"), each(STREAMS))
async def test_the_first_content_leaves_before_the_upstream_sends_the_next(
    street: Street, act: Act, dialect: str
) -> None:
    street.put(dialect)
    member = await street.somebody()
    street.front.faults.next(Trouble(Fault.SLOW, act.early(dialect) + 1))
    first = act.begun(dialect).split(" ")[0] + " "

    async with wire(street.house.url) as line:
        await line.send(act.raw(member.key))
        status, _ = await line.head()
        early = b""
        while not (early if act.kind == "speech" else heard(early)):
            early += await line.piece()
        waiting = not street.front.gate.is_set()
        street.front.gate.set()
        rest = await rest_of(line)

    assert (status, waiting) == (200, True)
    if act.kind != "speech":
        assert heard(early) == first
        assert heard(early + rest).startswith(act.begun(dialect))
        assert "error" not in in_events(early + rest)[-1]
    assert rest
    assert (await member.record()).status == "answered"


# Many at once


@pytest_asyncio.fixture(loop_scope="module")
async def fair() -> AsyncIterator[Bazaar]:
    """Every upstream there is."""
    async with bazaar() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def house(sqlite_url: str, clock: HandClock, fair: Bazaar) -> AsyncIterator[House]:
    """A house with models of their own for each of them."""
    models = [
        model(f"{kind}-{name}", kind, name)
        for kind, names in {
            "chat": [*fair.upstreams],
            "speech": ["openai", "fresed", "airforce"],
            "search": ["airforce"],
        }.items()
        for name in names
    ]
    limits = {"in_flight": AT_ONCE, "daily_tokens": 10**9}
    async with (
        Database(sqlite_url) as db,
        opened_house(db, clock, **fair.settings | {"models": models, "limits": limits}) as opened,
    ):
        yield opened


def asking(act: Act, dialect: str, text: str) -> Act:
    """Return a stream of words of its own, that its upstream breaks off after the first."""
    text = f"[fault:slow {act.early(dialect) + 1}] {text}"
    if act.kind == "chat":
        asked = act.asking(text, 100)
        return replace(asked, body=asked.body | {"model": f"chat-{dialect}"})
    body = {"prompt": text} if act.name == "ask" else {"input": text, "model": f"speech-{dialect}"}
    return replace(act, body=act.body | body)


async def test_streams_of_every_dialect_at_once_stay_intact(house: House, fair: Bazaar) -> None:
    ways = [
        (act, dialect)
        for act in STREAMS
        for dialect in (act.answers if act.name != "ask" else ("airforce",))
    ]
    mixed = list(itertools.islice(itertools.cycle(ways), AT_ONCE))
    key, words = await house.key(), [f"Parcel {n} goes to pier {n * n}." for n in range(AT_ONCE)]
    begun = 0
    everybody = asyncio.Event()

    async def one(act: Act, dialect: str, text: str) -> None:
        nonlocal begun
        asked = asking(act, dialect, text)
        async with wire(house.url) as line:
            await line.send(asked.raw(key))
            status, told = await line.head()
            assert (status, told["x-latchkey-upstream"]) == (200, dialect)
            early = await line.piece()
            begun += 1
            if begun == AT_ONCE:
                everybody.set()
            raw = early + await rest_of(line)
        full = f"[fault:slow {act.early(dialect) + 1}] {text}"
        if act.kind == "speech":
            assert raw == b"".join(spoken(full, "mp3")[1])
        elif act.name == "ask":
            assert heard(raw) == FINDING.format(question=full)
        else:
            assert heard(raw) == f"You said: {full}"

    async with asyncio.TaskGroup() as group:
        for (act, dialect), text in zip(mixed, words, strict=True):
            group.create_task(one(act, dialect, text))
        await everybody.wait()
        for upstream in fair.upstreams.values():
            upstream.gate.set()

    assert {record.status for record in await house.records()} == {"answered"}
    assert len(await house.records()) == AT_ONCE
    assert {(act.name, dialect) for act, dialect in mixed} == {(a.name, d) for a, d in ways}
