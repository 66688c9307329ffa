"""Fixtures of the journeys: a real browser on the sandbox page."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect
from starlette.applications import Starlette

from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.page.page import Page as SandboxPage
from tests.conftest import missing
from tests.fakes.serve import serving
from tests.journeys.puppet import Puppet, connected

Visit = Callable[..., Awaitable[Page]]
NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 10_000  # milliseconds
API = "http://127.0.0.1:8080"


def chromium() -> Path | None:
    """Find a Chromium: LATCHKEY_CHROMIUM, else one on the path."""
    given = os.environ.get("LATCHKEY_CHROMIUM")
    found = given or next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One headless browser for all journeys; those run in the session's event loop."""
    if (path := chromium()) is None:
        missing("Chromium is not installed (LATCHKEY_CHROMIUM): the page's tests are skipped.")
    async with async_playwright() as play:
        expect.set_options(timeout=PATIENCE)
        started = await play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser) -> AsyncIterator[Visit]:
    """Open an address in a window of its own; at the end nothing may have gone wrong in any."""
    wrong: list[str] = []

    async def open_page(url: str, *, scheme: str = "dark", width: int = 1280) -> Page:
        context = await browser.new_context(
            color_scheme=scheme,
            viewport={"width": width, "height": 800},
            permissions=["clipboard-read", "clipboard-write"],
        )
        windows.push_async_callback(context.close)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: said.type == "error" and wrong.append(said.text))
        await page.goto(url)
        await page.wait_for_selector("body[data-connected=true]")
        return page

    async with AsyncExitStack() as windows:
        yield open_page
    assert wrong == []


@dataclass(frozen=True)
class Sandbox:
    """The page's address, the Discord under it, and the bot that answers there."""

    url: str
    discord: LoopbackDiscord
    bot: Puppet


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with LoopbackDiscord().serve("127.0.0.1", 0) as discord:
        app = Starlette(routes=SandboxPage(discord, API).routes())
        gateway = discord.url.replace("http", "ws") + "/gateway"
        async with serving(app) as url, connected(discord.api_url, gateway, discord.token) as bot:
            yield Sandbox(url, discord, bot)


@pytest_asyncio.fixture(loop_scope="session")
async def page(sandbox: Sandbox, visit: Visit) -> Page:
    return await visit(sandbox.url)
