"""SIGTERM while calls run: they end or are told so, new ones are refused, the exit is clean."""

import asyncio
import json
import signal
from pathlib import Path

import httpx
import pytest

from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.storage.database import Database
from bot.storage.tables.ledger import CallRow
from tests.fakes.program import PATIENCE, Launcher, Outside, asking, bearer, issued, until
from tests.fakes.serve import nobody
from tests.features.ledger.books import assert_books_agree, rows
from tests.process.conftest import Place

AFTER_THREE = Trouble(Fault.SLOW, 3)


async def stream(client: httpx.AsyncClient, model: str, begun: asyncio.Event) -> list[str]:
    """Read a stream to its end; return its events."""
    events: list[str] = []
    body = asking("Hello!", model=model, stream=True)
    async with client.stream("POST", "/v1/chat/completions", json=body) as answer:
        async for line in answer.aiter_lines():
            begun.set()
            if line.startswith("data: "):
                events.append(line.removeprefix("data: "))
    return events


async def test_a_stream_that_can_end_ends_and_one_that_hangs_is_cut_after_fifteen_seconds(
    launcher: Launcher, around: Outside, sqlite_place: Place, tmp_path: Path
) -> None:
    around.configure(tmp_path)
    around.first.faults.every(AFTER_THREE)
    around.second.faults.every(AFTER_THREE)
    launcher.secrets.add(key := await issued(sqlite_place.url))
    program = await launcher.start("run", **around.environ())
    url = await program.ready()

    async with (
        httpx.AsyncClient(
            base_url=url, headers=bearer(key), timeout=PATIENCE, trust_env=False
        ) as client,
        asyncio.timeout(2 * PATIENCE),
    ):
        begun = [asyncio.Event(), asyncio.Event()]
        ending = asyncio.create_task(stream(client, "gpt-4o", begun[0]))
        hanging = asyncio.create_task(stream(client, "gpt-4o-mini", begun[1]))
        await asyncio.gather(*(each.wait() for each in begun))
        program.terminate()

        async def draining() -> bool:
            return (await client.get("/v1/health")).json()["status"] == "draining"

        await until(draining)
        health = await client.get("/v1/health")
        late = await client.post("/v1/chat/completions", json=asking("Am I late?"))
        assert not ending.done()
        around.first.gate.set()
        ended, cut = await asyncio.gather(ending, hanging)

    assert (health.status_code, int(health.headers["retry-after"]) >= 1) == (503, True)
    assert (late.status_code, int(late.headers["retry-after"]) >= 1) == (503, True)
    assert late.json()["error"]["code"] == "unavailable"
    assert ended[-1] == "[DONE]"
    assert json.loads(cut[-1])["error"]["code"] == "stream_incomplete"
    assert "[DONE]" not in cut
    assert await program.ended() == 0
    assert around.second.hangups == 1
    async with Database(sqlite_place.url) as db:
        await assert_books_agree(db, at_rest=True)
        calls = {call.model: call for call in await rows(db, CallRow)}
    assert {model: call.status for model, call in calls.items()} == {
        "gpt-4o": "answered",
        "gpt-4o-mini": "partial",
    }
    assert 0 < calls["gpt-4o-mini"].cost < calls["gpt-4o"].cost


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["sigterm", "sigint"])
async def test_a_process_with_nothing_to_do_leaves_at_once(
    launcher: Launcher, around: Outside, tmp_path: Path, number: signal.Signals
) -> None:
    around.configure(tmp_path)
    program = await launcher.start("run", **around.environ())
    url = await program.ready()

    assert await program.stop(number) == 0
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{url}/v1/health")


async def test_a_process_that_waits_for_discord_leaves_too(
    launcher: Launcher, around: Outside, tmp_path: Path
) -> None:
    around.configure(tmp_path)
    environ = around.environ() | {"LATCHKEY_DISCORD_API_URL": f"{nobody()}/api/v10"}
    program = await launcher.start("run", "--only", "bot", **environ)
    await program.says("Discord does not answer")

    assert await program.stop() == 0
