"""The main journey at the Discord door, on both databases."""

from collections.abc import AsyncIterator

import pytest
from openai import AsyncOpenAI

from bot.core.clock import HandClock
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.stage import Stage, acted, key_in, running, text


@pytest.fixture
async def either(
    database_url: str, clock: HandClock, discord: LoopbackDiscord
) -> AsyncIterator[Stage]:
    """A connected bot over either database."""
    async with (
        Database(database_url) as db,
        acted(db, clock, discord) as stage,
        running(stage.bot),
    ):
        yield stage


async def test_a_key_from_discord_streams_an_answer_whose_cost_the_limits_show(
    either: Stage,
) -> None:
    key = key_in(await either.run("gen_key"))
    async with AsyncOpenAI(api_key=key, base_url=f"{either.house.url}/v1") as sdk:
        stream = await sdk.chat.completions.create(
            model="gpt-4o",
            messages=[{"role": "user", "content": "Write me a long story"}],
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
    cost = chunks[-1].usage.total_tokens
    await either.house.quiet()

    limits, info = await either.run("all_limits"), await either.run("user_info")

    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert f"Spent: **{cost:,}** of **80,000** tokens" in text(limits)
    assert f"Left: **{80_000 - cost:,}** tokens" in text(limits)
    assert f"Today: {cost:,} tokens in 1 call" in text(info)
    assert await either.house.spent() == cost


async def test_a_switch_in_discord_prices_the_next_call_of_the_api(either: Stage) -> None:
    key = key_in(await either.run("gen_key"))
    client = either.house.client(key)
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
    (await client.post("/v1/chat/completions", json=body)).raise_for_status()
    before = await either.house.spent()

    await either.run("set_limit_mode", mode="requests")
    (await client.post("/v1/chat/completions", json=body)).raise_for_status()

    assert await either.house.spent() == before + 800


async def test_a_key_replaced_in_discord_stops_at_once_and_the_new_one_works(
    either: Stage,
) -> None:
    old = key_in(await either.run("gen_key"))
    client = either.house.client(old)
    first = await client.get("/v1/usage")

    asked = await either.run("resetkey")
    done = await either.click(asked, "Recreate key", done=lambda m: "```" in text(m))
    second = await client.get("/v1/usage")
    third = await either.house.client(key_in(done)).get("/v1/usage")

    assert [r.status_code for r in (first, second, third)] == [200, 401, 200]
