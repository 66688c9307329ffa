"""Processes that share one PostgreSQL: one bot, four APIs, one that does the jobs."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import pytest_asyncio

from bot.sandbox.discord.components import walk
from bot.sandbox.discord.furniture import ADA, BEA, CHAT, HOME, MO
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.storage.database import Database
from bot.storage.tables.ledger import DayRow
from tests.fakes.person import key_of, new_key_of
from tests.fakes.postgres import execute
from tests.fakes.program import (
    PATIENCE,
    Launcher,
    Outside,
    Program,
    asking,
    bearer,
    launching,
    outside,
    services,
    until,
)
from tests.features.ledger.books import assert_books_agree, rows
from tests.process.calls import CALLS, FOR_TEN, PASSING, twenty_five_at_once
from tests.process.conftest import Place, fresh_postgres

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEADLINE = 2.0  # seconds; a second is what is promised
APIS = 4
DROP_CONNECTIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@dataclass
class Community:
    """One community, served by many processes."""

    launcher: Launcher
    around: Outside
    place: Place
    apis: Sequence[Program]
    bot: Program
    jobs: Program
    keys: dict[int, str] = field(default_factory=dict)

    async def start(self, part: str) -> Program:
        """Start one more process."""
        environ = self.around.environ() | self.place.environ
        return await self.launcher.start("run", "--only", part, **environ)

    async def key(self, user: int) -> str:
        """Return somebody's key; the first time they run /gen_key."""
        if user not in self.keys:
            self.keys[user] = await key_of(self.around.discord, user=user)
            self.launcher.secrets.add(self.keys[user])
        return self.keys[user]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def community(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Community]:
    folder = tmp_path_factory.mktemp("several")
    async with AsyncExitStack() as stack:
        url = stack.enter_context(fresh_postgres(postgres_server, migrated=True))
        around = await stack.enter_async_context(outside())
        around.configure(folder, limits=FOR_TEN)
        launcher = await stack.enter_async_context(launching(folder))
        place = Place(url, {"LATCHKEY_DATABASE_URL": url})
        served = Community(launcher, around, place, [], None, None)  # type: ignore[arg-type]  # set below
        served.bot, served.jobs = await served.start("bot"), await served.start("jobs")
        served.apis = [await served.start("api") for _ in range(APIS)]
        for program in (*served.apis, served.bot, served.jobs):
            await program.ready()
        yield served


async def asked(client: httpx.AsyncClient, program: Program, key: str) -> httpx.Response:
    return await client.get(f"{program.url}/v1/usage", headers=bearer(key))


async def seconds_until_refused(
    client: httpx.AsyncClient, programs: Sequence[Program], key: str, status: int
) -> float:
    """Return how long it took until every one of the programs refuses the key."""
    began = time.perf_counter()

    async def refused() -> bool:
        answers = await asyncio.gather(*(asked(client, each, key) for each in programs))
        return {answer.status_code for answer in answers} == {status}

    await until(refused, DEADLINE)
    return time.perf_counter() - began


async def test_every_process_tells_how_it_is_and_what_it_runs(community: Community) -> None:
    parts = {"discord": community.bot, "jobs": community.jobs, "": community.apis[0]}

    health = {part: await program.health() for part, program in parts.items()}

    for part, answer in health.items():
        told = answer.json()
        running = {name for name in ("discord", "jobs") if told[name] != "off"}
        assert (answer.status_code, told["status"], told["database"]) == (200, "ok", "ok")
        assert running == ({part} if part else set())
        assert set(told["upstreams"]) == {"first", "second"}
        assert told["models"] == 2


async def test_only_the_api_takes_calls(community: Community) -> None:
    key = await community.key(BEA)
    async with httpx.AsyncClient(headers=bearer(key), trust_env=False, timeout=PATIENCE) as client:
        answers = [
            await client.post(f"{program.url}/v1/chat/completions", json=asking("Hello!"))
            for program in (community.bot, community.jobs, community.apis[0])
        ]

    assert [answer.status_code for answer in answers] == [404, 404, 200]


async def test_twenty_five_calls_over_four_processes_on_an_allowance_for_ten_are_exactly_ten(
    community: Community,
) -> None:
    key, discord = await community.key(ADA), community.around.discord
    switch = await discord.acts.command(
        ADA, CHAT, "set_limit_mode", {"mode": "requests"}, guild_id=HOME
    )
    await discord.acts.answer(switch)

    answers = await twenty_five_at_once(
        [program.url for program in community.apis], key, community.around.first
    )

    assert answers == {(200, None): PASSING, (429, "insufficient_quota"): CALLS - PASSING}
    async with Database(community.place.url) as db:
        await assert_books_agree(db, at_rest=True)
        assert max(day.spent for day in await rows(db, DayRow)) == PASSING * 800


async def test_a_key_revoked_in_one_process_stops_working_in_every_other(
    community: Community, capsys: pytest.CaptureFixture[str]
) -> None:
    old = await community.key(MO)
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
        warm = [(await asked(client, each, old)).status_code for each in community.apis]

        new = community.keys[MO] = await new_key_of(community.around.discord, MO)
        community.launcher.secrets.add(new)
        took = await seconds_until_refused(client, community.apis, old, 401)
        answers = [(await asked(client, each, new)).status_code for each in community.apis]

    with capsys.disabled():
        print(f"\n    a revoked key was refused elsewhere after {took:.2f} s")
    assert warm == answers == [200] * APIS


async def test_a_member_suspended_in_one_process_is_out_in_every_other(
    community: Community, capsys: pytest.CaptureFixture[str]
) -> None:
    key = await community.key(BEA)
    community.around.first.faults.next(Trouble(Fault.SLOW, 3))
    body = asking("Hello!", stream=True)
    async with (
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE, headers=bearer(key)) as client,
        services(community.place.url) as elsewhere,
        client.stream("POST", f"{community.apis[0].url}/v1/chat/completions", json=body) as running,
    ):
        lines = running.aiter_lines()
        first = await anext(lines)
        warm = [(await asked(client, each, key)).status_code for each in community.apis]
        member = await elsewhere.members.known(BEA)
        assert member is not None

        await elsewhere.members.suspend(member.id, "Sold tokens")
        took = await seconds_until_refused(client, community.apis, key, 403)
        rest = [line async for line in lines if line]
        refused = await asked(client, community.apis[1], key)
        await elsewhere.members.restore(member.id)

        async def restored() -> bool:
            answers = [await asked(client, each, key) for each in community.apis]
            return {answer.status_code for answer in answers} == {200}

        await until(restored, DEADLINE)

    with capsys.disabled():
        print(f"\n    a suspended member was refused elsewhere after {took:.2f} s")
    assert first.startswith("data: ")
    assert warm == [200] * APIS
    assert refused.json()["error"]["code"] == "account_suspended"
    assert "Sold tokens" in refused.json()["error"]["message"]
    assert json.loads(rest[-1].removeprefix("data: "))["error"]["code"] == "stream_incomplete"


async def pressed(discord: LoopbackDiscord, panel: dict[str, Any], label: str) -> int:
    """Let Mo press a button; the interaction's number."""
    button = next(each for each in walk(panel["components"]) if each.get("label") == label)
    return await discord.acts.press(MO, int(panel["id"]), button["custom_id"])


async def test_a_setting_that_staff_change_holds_in_every_process(
    community: Community, capsys: pytest.CaptureFixture[str]
) -> None:
    acts, key = community.around.discord.acts, await community.key(BEA)
    asked = await acts.command(MO, CHAT, "settings", guild_id=HOME)
    panel = await acts.answer(asked, timeout=PATIENCE)
    opened = await pressed(community.around.discord, panel, "More limits")
    await acts.modal(opened, timeout=PATIENCE)
    fields = {"limits.body_bytes": "20", "reason": "only short questions today"}
    question = await acts.answer(await acts.submit(MO, opened, fields), timeout=PATIENCE)

    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE, headers=bearer(key)) as client:

        async def all_answer(status: int) -> bool:
            calls = [
                client.post(f"{each.url}/v1/chat/completions", json=asking("Hello!"))
                for each in community.apis
            ]
            return {answer.status_code for answer in await asyncio.gather(*calls)} == {status}

        confirmed = await pressed(community.around.discord, question, "Confirm")
        done = await acts.settled(confirmed, done=lambda m: "Undo" in str(m), timeout=PATIENCE)
        began = time.perf_counter()
        await until(lambda: all_answer(413), DEADLINE)
        took = time.perf_counter() - began
        await pressed(community.around.discord, done, "Undo")
        await until(lambda: all_answer(200), DEADLINE + PATIENCE)

    with capsys.disabled():
        print(f"\n    a changed setting held elsewhere after {took:.2f} s")


async def test_every_process_goes_on_after_the_database_dropped_its_connections(
    community: Community,
) -> None:
    key = await community.key(BEA)
    programs = [*community.apis, community.bot, community.jobs]

    execute(community.place.url, DROP_CONNECTIONS)

    async def well() -> bool:
        health = await asyncio.gather(*(program.health() for program in programs))
        return {answer.status_code for answer in health} == {200}

    await until(well)
    async with httpx.AsyncClient(headers=bearer(key), trust_env=False, timeout=PATIENCE) as client:
        answers = [
            await client.post(f"{program.url}/v1/chat/completions", json=asking("Hello!"))
            for program in community.apis
        ]
    assert [answer.status_code for answer in answers] == [200] * APIS
    assert await key_of(community.around.discord, "show_key", BEA) == key


async def test_a_second_bot_waits_its_turn_and_takes_over(community: Community) -> None:
    second = await community.start("bot")
    await second.says("another process is the bot; this process waits")
    waiting = await second.health()
    key = await community.key(BEA)

    assert await community.bot.stop() == 0
    community.bot = second
    await second.ready()

    assert (waiting.status_code, waiting.json()["discord"]) == (503, "starting")
    assert await key_of(community.around.discord, "show_key", BEA) == key
