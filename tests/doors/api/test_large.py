"""Calls as large as they may be: answered, while the watchdog looks who keeps the loop busy."""

import asyncio
import base64
import os
from typing import Any

from tests.doors.api.conftest import Opening
from tests.doors.api.wire import chat
from tests.fakes.house import MODELS

WIDE = {"context": 50_000_000, "routes": [{"upstream": "first"}]}
EMBEDDER = WIDE | {"id": "text-embedding-3-small", "kind": "embedding"}
LIMITS = {"daily_tokens": 100_000_000}
MANY = 50_000


def pictured(data: bytes) -> list[dict[str, Any]]:
    """Return a message with a picture inside."""
    url = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    return [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]


async def test_a_picture_of_many_megabytes_goes_into_a_chat(opening: Opening) -> None:
    asked = chat(model="wide") | {"messages": pictured(os.urandom(16_000_000))}

    async with opening(models=[{"id": "wide"} | WIDE], limits=LIMITS) as house:
        client = house.client(await house.key())
        answer = await client.post("/v1/chat/completions", json=asked)

    assert answer.status_code == 200
    assert house.first.seen[0].body["messages"] == asked["messages"]


async def test_a_conversation_of_many_turns_is_counted_and_answered(opening: Opening) -> None:
    turns = [{"role": "user", "content": f"Turn {n} of a long talk"} for n in range(MANY)]

    async with opening(models=[{"id": "wide"} | WIDE], limits=LIMITS) as house:
        client = house.client(await house.key())
        asked = chat(model="wide") | {"messages": turns}
        answer = await client.post("/v1/chat/completions", json=asked)

    assert answer.status_code == 200
    assert answer.json()["usage"]["prompt_tokens"] > MANY


async def test_a_thousand_vectors_written_out_come_back_as_they_were(opening: Opening) -> None:
    inputs = [f"Input {n}" for n in range(1_200)]

    async with opening(models=[*MODELS, EMBEDDER], limits=LIMITS) as house:
        client = house.client(await house.key())
        body = {"model": EMBEDDER["id"], "input": inputs, "encoding_format": "float"}
        answer = (await client.post("/v1/embeddings", json=body)).json()

    assert [each["index"] for each in answer["data"]] == list(range(1_200))
    assert {len(each["embedding"]) for each in answer["data"]} == {1_536}
    assert all(isinstance(number, float) for number in answer["data"][-1]["embedding"])


async def test_the_loop_goes_on_while_large_pictures_are_written_out(opening: Opening) -> None:
    async with opening(limits=LIMITS) as house:
        client = house.client(await house.key())
        body = {"model": "flux", "prompt": "A cat", "n": 4, "response_format": "b64_json"}
        answers = await asyncio.gather(
            *(client.post("/v1/images/generations", json=body) for _ in range(4))
        )

    assert [len(answer.json()["data"]) for answer in answers] == [4] * 4
