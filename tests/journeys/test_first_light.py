"""The main journey: a key from the page, the official SDK spends it, the page shows the cost."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from openai import AsyncOpenAI
from playwright.async_api import Page, expect
from starlette.applications import Starlette

from bot.sandbox.page.page import Page as SandboxPage
from tests.fakes.program import Launcher, bearer, launching, outside
from tests.fakes.serve import serving
from tests.journeys.conftest import Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUARTER = 4  # the example's and the tests' price of gpt-4o-mini is a quarter


@dataclass(frozen=True)
class Spent:
    """What the SDK was told of its two calls."""

    cost: int
    remaining: int
    words: str


@asynccontextmanager
async def sandbox(folder: Path) -> AsyncIterator[tuple[Launcher, str]]:
    """Run `latchkey sandbox`; gives the page's address."""
    async with launching(folder) as launcher:
        program = await launcher.start("sandbox")
        yield launcher, (await program.says(r"Page: (http://\S+)"))[1]


@asynccontextmanager
async def on_postgresql(folder: Path, url: str) -> AsyncIterator[tuple[Launcher, str]]:
    """Run `latchkey run` on PostgreSQL, and the page over the Discord it is connected to."""
    async with AsyncExitStack() as stack:
        around = await stack.enter_async_context(outside())
        around.configure(folder)
        launcher = await stack.enter_async_context(launching(folder))
        program = await launcher.start("run", **around.environ(), LATCHKEY_DATABASE_URL=url)
        page = SandboxPage(around.discord, await program.ready())
        yield launcher, await stack.enter_async_context(serving(Starlette(routes=page.routes())))


async def runs(page: Page, command: str) -> None:
    await page.get_by_test_id("composer").fill(command)
    await page.keyboard.press("Enter")


async def key_copied(page: Page) -> str:
    """Run /gen_key as a newcomer would, and press what copies the key."""
    await runs(page, "/gen_key")
    message = page.get_by_test_id("message").last
    await expect(message.get_by_test_id("only-you")).to_be_visible()
    await message.get_by_test_id("code").get_by_test_id("copy").click()
    key: str = await page.evaluate("navigator.clipboard.readText()")
    return key.strip()


async def spends(base_url: str, key: str) -> Spent:
    """Let the SDK stream an answer and ask for another, and add up what that cost."""
    words = ""
    async with AsyncOpenAI(
        base_url=base_url, api_key=key, http_client=httpx.AsyncClient(trust_env=False)
    ) as sdk:
        stream = await sdk.chat.completions.create(
            model="gpt-4o",
            messages=[{"role": "user", "content": "Hello! Please write a little code."}],
            stream=True,
            stream_options={"include_usage": True},
        )
        streamed = None
        async for chunk in stream:
            words += chunk.choices[0].delta.content or "" if chunk.choices else ""
            streamed = chunk.usage or streamed
        answer = await sdk.chat.completions.with_raw_response.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": "And a list of steps."}]
        )
    whole = answer.parse().usage
    assert streamed is not None
    assert whole is not None
    quarter = -(-whole.total_tokens // QUARTER)
    assert int(answer.headers["x-latchkey-cost"]) == quarter
    remaining = int(answer.headers["x-ratelimit-remaining-tokens"])
    return Spent(streamed.total_tokens + quarter, remaining, words)


async def told(page: Page) -> dict[str, int]:
    """Run /all_limits, and read its numbers."""
    await runs(page, "/all_limits")
    message = page.get_by_test_id("message").last
    await expect(message).to_contain_text("Your limits today")
    text = await message.inner_text()
    patterns = {
        "spent": r"Spent: ([\d,]+) of",
        "limit": r"Spent: [\d,]+ of ([\d,]+)",
        "left": r"Left: ([\d,]+)",
        "calls": r"Calls today: ([\d,]+)",
    }
    found = {name: re.search(pattern, text) for name, pattern in patterns.items()}
    assert all(found.values()), text
    return {name: int(match[1].replace(",", "")) for name, match in found.items() if match}


async def the_journey(visit: Visit, launcher: Launcher, url: str) -> None:
    page = await visit(url)
    key = await key_copied(page)
    launcher.secrets.add(key)
    await page.get_by_test_id("tab-calls").click()
    base_url = await page.get_by_test_id("api-url").inner_text()

    spent = await spends(base_url, key)
    shown = await told(page)
    await page.close()  # before its server goes
    async with httpx.AsyncClient(trust_env=False) as client:
        usage = (await client.get(f"{base_url}/usage", headers=bearer(key))).json()

    assert re.fullmatch(r"lk_[0-9A-Za-z]{36}", key)
    assert "Hello" in spent.words
    assert shown == {
        "spent": spent.cost,
        "limit": 80_000,
        "left": 80_000 - spent.cost,
        "calls": 2,
    }
    assert (usage["spent"], usage["held"], usage["remaining"]) == (shown["spent"], 0, shown["left"])
    assert spent.remaining == shown["left"]
    assert sorted((each["model"], each["calls"]) for each in usage["models"]) == [
        ("gpt-4o", 1),
        ("gpt-4o-mini", 1),
    ]
    assert sum(each["cost"] for each in usage["models"]) == spent.cost
    assert [(day["spent"], day["calls"]) for day in usage["days"]][-1] == (spent.cost, 2)


async def test_a_newcomer_gets_a_key_spends_it_and_sees_what_it_cost(
    visit: Visit, tmp_path: Path
) -> None:
    async with sandbox(tmp_path) as (launcher, url):
        await the_journey(visit, launcher, url)

        assert await launcher.started[0].stop() == 0


async def test_the_same_journey_on_postgresql(
    visit: Visit, tmp_path: Path, postgres_url: str
) -> None:
    async with on_postgresql(tmp_path, postgres_url) as (launcher, url):
        await the_journey(visit, launcher, url)

        assert await launcher.started[0].stop() == 0
