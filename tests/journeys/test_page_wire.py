"""The page's WebSocket itself: who may open it, and what nonsense it gets answered."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from bot.sandbox.discord import furniture
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.page.page import Page
from tests.fakes.serve import serving


@pytest_asyncio.fixture
async def address() -> AsyncIterator[str]:
    async with LoopbackDiscord().serve("127.0.0.1", 0) as discord:
        app = Starlette(routes=Page(discord, "http://127.0.0.1:8080").routes())
        async with serving(app) as url:
            yield url.replace("http", "ws") + "/live"


async def until(page: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        told: dict[str, Any] = json.loads(await page.recv())
        if told["is"] == kind:
            return told


async def test_another_website_cannot_play_the_people_of_the_sandbox(address: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(address, origin="http://evil.example")

    assert refused.value.response.status_code == 403


async def test_a_page_is_told_who_it_is_and_what_is_there(address: str) -> None:
    async with connect(f"{address}?you={furniture.MO}&channel={furniture.STAFF}") as page:
        hello = await until(page, "hello")
        history = await until(page, "history")

    names = {each["name"]: each["part"] for each in hello["people"] if not each["bot"]}
    assert hello["you"] == str(furniture.MO)
    assert (names["Ada"], names["Mo"], names["Bea"]) == ("member", "moderator", "member")
    assert history["channel"] == str(furniture.STAFF)


async def test_a_member_who_asks_for_the_staff_channel_is_taken_elsewhere(address: str) -> None:
    async with connect(f"{address}?you={furniture.ADA}&channel={furniture.STAFF}") as page:
        history = await until(page, "history")
        await page.send(json.dumps({"do": "look", "channel": str(furniture.STAFF), "n": 1}))
        no = await until(page, "no")

    assert history["channel"] == str(furniture.CHAT)
    assert (no["n"], no["why"]) == (1, "You cannot see that channel.")


@pytest.mark.parametrize(
    "asked",
    [
        7,
        {},
        {"do": "fly"},
        {"do": ["look"]},
        {"do": "look"},
        {"do": "look", "channel": "12x"},
        {"do": "look", "channel": "99"},
        {"do": "be", "user": "99"},
        {"do": "be", "user": str(furniture.BOT)},
        {"do": "command", "channel": str(furniture.CHAT), "name": "nothing", "options": {}},
        {"do": "command", "channel": str(furniture.CHAT), "name": "", "options": {}},
        {"do": "command", "channel": str(furniture.CHAT), "name": "a", "options": []},
        {"do": "complete", "channel": str(furniture.CHAT), "name": "a", "options": {}},
        {"do": "press", "message": "5", "custom_id": "x"},
        {"do": "press", "message": "5", "custom_id": "x", "values": [1]},
        {"do": "submit", "modal": "5", "fields": {}},
        {"do": "submit", "modal": "5", "fields": {"a": {"filename": "a"}}},
        {"do": "say", "channel": str(furniture.CHAT), "text": ""},
        {"do": "say", "channel": str(furniture.CHAT), "text": "x" * 2001},
        {"do": "say", "channel": str(furniture.CHAT), "text": "a", "reply_to": "5"},
        {"do": "say", "channel": str(furniture.CHAT), "text": "a", "files": [{"data": "?"}]},
        {"do": "menu", "channel": str(furniture.CHAT), "name": "x", "target": "5"},
        {"do": "look", "channel": str(furniture.COMMUNITY)},
        {"do": "edit", "message": "5", "text": "a"},
        {"do": "edit", "message": "5"},
        {"do": "delete", "message": "5"},
        {"do": "locale", "locale": "tlh"},
        {"do": "travel", "leap": "hour"},
    ],
    ids=str,
)
async def test_nonsense_is_answered_with_a_sentence_and_the_page_goes_on(
    address: str, asked: Any
) -> None:
    async with connect(address) as page:
        await page.send("not json")
        await page.send(json.dumps(asked | {"n": 1} if isinstance(asked, dict) else asked))
        no = await until(page, "no")
        await page.send(json.dumps({"do": "look", "channel": str(furniture.CHAT), "n": 2}))
        done = await until(page, "done")

    assert no["why"]
    assert done["n"] == 2
