"""kill -9 in the middle of calls: nothing stays held, nothing is charged twice or lost."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

from bot.sandbox.upstreams.openai import LoopbackOpenAI
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.storage.database import Database
from bot.storage.tables.ledger import CallRow, HoldRow
from tests.fakes.program import (
    PATIENCE,
    Launcher,
    Outside,
    Program,
    asking,
    bearer,
    issued,
    until,
)
from tests.features.ledger.books import assert_books_agree, rows
from tests.process.conftest import Place

LEASES = {"renew_seconds": 0.5, "lease_seconds": 1.5}
LIMITS = {"in_flight": 4, "daily_tokens": 1_000_000}


@asynccontextmanager
async def calling(program: Program, key: str):
    """Open a client of one program; its connections may be cut."""
    url, headers = program.url, bearer(key)
    async with httpx.AsyncClient(
        base_url=url, headers=headers, timeout=PATIENCE, trust_env=False
    ) as client:
        yield client


async def answered(client: httpx.AsyncClient, words: str = "Hello!") -> int:
    """Make a call to its end, and return what it cost."""
    answer = await client.post("/v1/chat/completions", json=asking(words))
    assert answer.status_code == 200, answer.text
    return int(answer.headers["x-latchkey-cost"])


async def three_calls_that_hang(
    client: httpx.AsyncClient, upstream: LoopbackOpenAI, url: str
) -> list[asyncio.Task[str]]:
    """Bring a call to each of three points: whole, before its first byte, in mid-stream."""

    async def heard(*, stream: bool) -> str:
        body = asking("Hello!", stream=stream)
        said = ""
        with suppress(httpx.HTTPError):
            async with client.stream("POST", "/v1/chat/completions", json=body) as answer:
                async for piece in answer.aiter_text():
                    said += piece
                    mid_stream.set()
        return said

    mid_stream, before = asyncio.Event(), upstream.asked
    upstream.faults.next(*(Trouble(Fault.SLOW, after) for after in (0, 0, 3)))
    calls = []
    for number, stream in enumerate((False, True, True), start=1):
        calls.append(asyncio.create_task(heard(stream=stream)))
        async with asyncio.timeout(PATIENCE):
            await upstream.until(lambda u, n=number: u.asked == before + n)
    async with asyncio.timeout(PATIENCE):
        await mid_stream.wait()
    async with Database(url) as db:
        assert len(await rows(db, HoldRow)) == 3
    return calls


async def burst(client: httpx.AsyncClient, enough: asyncio.Event) -> list[int]:
    """Call without a pause until the process is gone; return what each answer said it cost."""
    costs: list[int] = []

    async def caller() -> None:
        with suppress(httpx.HTTPError):
            while True:
                costs.append(await answered(client))
                if len(costs) >= 12:
                    enough.set()

    await asyncio.gather(*(caller() for _ in range(LIMITS["in_flight"])))
    return costs


async def settled_books(url: str) -> tuple[Counter[str], int]:
    """Check the books at rest; return the records' statuses and all they cost."""
    async with Database(url) as db:
        await assert_books_agree(db, at_rest=True)
        calls = await rows(db, CallRow)
    assert sum(call.cost for call in calls if call.status == "abandoned") == 0
    return Counter(call.status for call in calls), sum(call.cost for call in calls)


async def test_the_embedded_database_is_clean_again_once_the_next_process_runs(
    launcher: Launcher, around: Outside, sqlite_place: Place, tmp_path: Path
) -> None:
    around.configure(tmp_path, limits=LIMITS)
    launcher.secrets.add(key := await issued(sqlite_place.url))
    first = await launcher.start("run", "--only", "api", **sqlite_place.environ)
    await first.ready()
    async with calling(first, key) as client:
        cost = await answered(client)
        hanging = await three_calls_that_hang(client, around.first, sqlite_place.url)
        await first.kill()
        heard = await asyncio.gather(*hanging)

    second = await launcher.start("run", "--only", "api", **sqlite_place.environ)
    await second.ready()
    async with calling(second, key) as client:
        usage = (await client.get("/v1/usage")).json()
        statuses, spent = await settled_books(sqlite_place.url)
        costs = await asyncio.gather(*(answered(client) for _ in range(LIMITS["in_flight"])))

    assert [bool(said) for said in heard] == [False, False, True]
    assert (usage["spent"], usage["held"]) == (cost, 0)
    assert (statuses, spent) == ({"answered": 1, "abandoned": 3}, cost)
    assert "released 3 calls whose process is gone" in second.err
    assert await second.stop() == 0
    assert await settled_books(sqlite_place.url) == (
        {"answered": 1 + len(costs), "abandoned": 3},
        cost + sum(costs),
    )


async def test_a_burst_that_is_cut_by_a_kill_loses_no_answer(
    launcher: Launcher, around: Outside, sqlite_place: Place, tmp_path: Path
) -> None:
    around.configure(tmp_path, limits=LIMITS)
    launcher.secrets.add(key := await issued(sqlite_place.url))
    first = await launcher.start("run", "--only", "api", **sqlite_place.environ)
    await first.ready()
    enough = asyncio.Event()
    async with calling(first, key) as client, asyncio.timeout(PATIENCE):
        calls = asyncio.create_task(burst(client, enough))
        await enough.wait()
        await first.kill()
        costs = await calls

    second = await launcher.start("run", "--only", "api", **sqlite_place.environ)
    await second.ready()

    statuses, spent = await settled_books(sqlite_place.url)
    assert_nothing_lost(statuses, spent, costs, around.first.asked)


async def test_on_postgresql_another_process_sweeps_up_after_the_killed(
    launcher: Launcher, around: Outside, postgres_place: Place, tmp_path: Path
) -> None:
    around.configure(tmp_path, limits=LIMITS | {"in_flight": 8}, ledger=LEASES)
    launcher.secrets.add(key := await issued(postgres_place.url))
    sweeper = await launcher.start("run", "--only", "jobs", **postgres_place.environ)
    killed = [
        await launcher.start("run", "--only", "api", **postgres_place.environ) for _ in range(2)
    ]
    for program in (sweeper, *killed):
        await program.ready()
    enough = asyncio.Event()
    async with calling(killed[0], key) as one, calling(killed[1], key) as two:
        hanging = await three_calls_that_hang(one, around.first, postgres_place.url)
        async with asyncio.timeout(PATIENCE):
            calls = asyncio.create_task(burst(two, enough))
            await enough.wait()
            await asyncio.gather(*(program.kill() for program in killed))
            costs = await calls
        await asyncio.gather(*hanging)

    async with Database(postgres_place.url) as db:

        async def swept() -> bool:
            return not await rows(db, HoldRow)

        await until(swept, 2 * PATIENCE)

    statuses, spent = await settled_books(postgres_place.url)
    statuses["abandoned"] -= 3
    assert_nothing_lost(statuses, spent, costs, around.first.asked - 3)
    assert await sweeper.stop() == 0


def assert_nothing_lost(statuses: Counter[str], spent: int, costs: list[int], asked: int) -> None:
    """Each answer is charged once; a call is recorded once, though it was cut."""
    flying = LIMITS["in_flight"]
    assert len(set(costs)) == 1, "the same words cost the same"
    assert len(costs) <= statuses["answered"] <= len(costs) + flying
    assert spent == statuses["answered"] * costs[0]
    assert asked <= statuses.total() <= asked + flying
