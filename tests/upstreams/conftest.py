"""Upstreams on loopback and the way to them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from bot.sandbox.upstreams.loopback import Loopback
from bot.sandbox.upstreams.openai import LoopbackOpenAI
from bot.upstreams.dialect import Link
from bot.upstreams.http import Http
from tests.fakes.serve import serving

KEY = "sk-loopback-0123456789abcdef"


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    """The way out, open."""
    async with Http() as opened:
        yield opened


@pytest.fixture
def linked(http: Http) -> Callable[..., Link]:
    """Connect an address: `linked(url)`; patience in seconds may be given."""

    def connect(url: str, *, connect: float = 5, idle: float = 20, key: str | None = KEY) -> Link:
        return Link("loopback", f"{url}/v1", key, http, connect, idle)

    return connect


@pytest.fixture
def openai_upstream() -> LoopbackOpenAI:
    """An upstream that speaks OpenAI's chat completions, accepting one key."""
    return LoopbackOpenAI(key=KEY)


@pytest.fixture
async def link(openai_upstream: LoopbackOpenAI, linked: Callable[..., Link]) -> AsyncIterator[Link]:
    """A link to `openai_upstream`, which is being served."""
    async with serving(openai_upstream.app()) as url:
        yield linked(url)


@pytest.fixture
def reached(http: Http) -> Callable[[Loopback], AbstractAsyncContextManager[Link]]:
    """Serve an upstream for a block: `async with reached(upstream) as link`."""

    @asynccontextmanager
    async def reach(upstream: Loopback) -> AsyncIterator[Link]:
        async with serving(upstream.app()) as url:
            yield Link("loopback", f"{url}{upstream.base}", upstream.key, http, 5, 20)

    return reach
