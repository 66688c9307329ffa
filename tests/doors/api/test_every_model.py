"""Every model of the example file answers, with every upstream on loopback as in the sandbox."""

import asyncio
import base64
import tomllib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.core.clock import HandClock
from bot.sandbox.upstreams.drawing import drawn, mark_of
from bot.sandbox.upstreams.row import Row
from bot.settings.community import CommunityFile
from bot.settings.example import example
from bot.storage.database import Database
from tests.doors.api.wire import chat
from tests.fakes.house import House, opened_house

MANY = {"in_flight": 1_000, "daily_tokens": 10**9}
PICTURE = f"data:image/png;base64,{base64.b64encode(drawn(mark_of('a cat'), (8, 8))).decode()}"
PUBLIC = "https://93.184.215.14/picture.png"  # passed on, and fetched by nobody here


@pytest.fixture
async def house(sqlite_url: str, clock: HandClock) -> AsyncIterator[House]:
    """A house of the example file, all its upstreams served as the sandbox serves them."""
    raw = tomllib.loads(example())
    file = CommunityFile.model_validate({name: raw[name] for name in ("upstreams", "models")})
    async with Database(sqlite_url) as db, Row(0.0, "key-of-the-row").served(file) as served:
        upstreams = [
            {"name": one.name, "dialect": one.dialect, "base_url": one.base_url}
            | {"api_key": one.api_key}
            for one in served.upstreams
        ]
        sections = {"upstreams": upstreams, "models": raw["models"], "limits": MANY}
        async with opened_house(db, clock, **sections) as opened:
            yield opened


def ways(kinds: list[str], model: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return a request for each thing that a model is for."""
    known: dict[str, tuple[str, str, dict[str, Any]]] = {
        "chat": ("POST", "/v1/chat/completions", chat(model=model)),
        "image": ("POST", "/v1/images/generations", {"model": model, "prompt": "a cat"}),
        "edit": (
            *("POST", "/v1/images/edits"),
            {"model": model, "prompt": "a hat", "image": PICTURE},
        ),
        "speech": ("POST", "/v1/audio/speech", {"model": model, "input": "Hello"}),
        "embedding": ("POST", "/v1/embeddings", {"model": model, "input": "Hello"}),
        "vision": ("GET", "/v1/images/vision", {"model": model, "url": PUBLIC}),
        "song": ("POST", "/v1/suno", {"model": model, "prompt": "A song of rain"}),
        "search": ("GET", "/v1/ask", {"prompt": "What is Latchkey?"}),
    }
    asked = [known[kind] for kind in kinds]
    if "chat" in kinds:
        asked.append(("POST", "/v1/chat/completions", chat(model=model, stream=True)))
    return asked


async def test_every_model_of_the_example_file_answers_for_every_kind(house: House) -> None:
    key = await house.key()
    await house.grant(access="claude")
    listed = (await house.client().get("/v1/models")).json()["data"]
    client, several = house.client(key), asyncio.Semaphore(16)

    async def asked(method: str, path: str, body: dict[str, Any]) -> str | None:
        given = {"params": body} if method == "GET" else {"json": body}
        async with several:
            answer: httpx.Response = await client.request(method, path, **given)
        return None if answer.status_code == 200 else f"{body}: {answer.text}"

    async with asyncio.TaskGroup() as group:
        calls = [
            group.create_task(asked(*way))
            for model in listed
            for way in ways(_list(model["kind"]), model["id"])
        ]

    assert len(listed) > 100
    assert len(calls) >= 200
    assert [wrong for call in calls if (wrong := call.result())] == []
    assert house.inner.router.health() == dict.fromkeys(house.inner.router.upstreams, "ok")


async def test_the_rows_lists_hold_what_is_routed_so_staff_read_nothing(house: House) -> None:
    await house.inner.sync.read()

    assert await house.inner.outbox.waiting() == []


async def test_calls_with_tools_pictures_or_sound_go_where_they_are_understood(
    house: House,
) -> None:
    client = house.client(await house.key())
    tools = [{"type": "function", "function": {"name": "weather", "parameters": {}}}]
    seen = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": PICTURE}]

    plain = await client.post("/v1/chat/completions", json=chat(model="blackbox"))
    armed = await client.post("/v1/chat/completions", json=chat(model="blackbox", tools=tools))
    sighted = await client.post(
        "/v1/chat/completions",
        json={"model": "blackbox", "messages": [{"role": "user", "content": seen}]},
    )
    talking = await client.post(
        "/v1/chat/completions",
        json=chat(model="gpt-4", modalities=["text", "audio"], audio={"voice": "alloy"}),
    )

    assert plain.status_code == 200
    assert (armed.status_code, sighted.status_code) == (400, 400)
    assert armed.json()["error"] == {
        "message": "`blackbox` cannot do that here: none of its upstreams offers tools. Leave it "
        "out, or choose another model.",
        "type": "invalid_request_error",
        "param": "tools",
        "code": "invalid_request",
    }
    assert talking.status_code == 200
    assert [record.upstream for record in await house.records()] == ["spafe", "devsdocode"]


def _list(kind: str | list[str]) -> list[str]:
    return [kind] if isinstance(kind, str) else kind
