"""POST /v1/embeddings, by OpenAI's SDK and by plain HTTP."""

import base64
import struct
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest

from bot.core.tokens import count
from bot.sandbox.upstreams.troubles import Fault
from tests.doors.api.conftest import Opening
from tests.doors.api.test_sdks import sdk
from tests.doors.api.wire import post, wire
from tests.fakes.house import MODELS, House

PATH = "/v1/embeddings"
EMBEDDER = {
    "id": "embedder",
    "kind": "embedding",
    "coefficient": 2,
    "context": 8_191,
    "routes": [{"upstream": "first", "model": "text-embedding-3-small"}],
}
TEXT = "Cafés are counted exactly"
WORDS = 4  # as the loopback upstream counts it


@pytest.fixture
async def house(opening: Opening) -> AsyncIterator[House]:
    """A house with a model that embeds."""
    async with opening(models=[*MODELS, EMBEDDER]) as opened:
        yield opened


def body(**fields: Any) -> dict[str, Any]:
    return {"model": "embedder", "input": TEXT, "dimensions": 8} | fields


async def test_openai_embeds_a_text_and_reads_the_base64_it_asks_for(house: House) -> None:
    async with sdk(house, await house.key()) as client:
        raw = await client.embeddings.with_raw_response.create(**body())
        floats = await client.embeddings.create(**body(encoding_format="float"))

    answer = raw.parse()
    assert house.first.seen[0].body["encoding_format"] == "base64"
    assert answer.data[0].embedding == pytest.approx(floats.data[0].embedding, abs=1e-6)
    assert len(answer.data[0].embedding) == 8
    assert answer.model == "embedder"
    assert answer.usage.prompt_tokens == answer.usage.total_tokens == WORDS
    assert raw.headers["x-latchkey-cost"] == str(2 * WORDS)
    assert raw.headers["x-latchkey-upstream"] == "first"
    assert raw.headers["x-ratelimit-remaining-tokens"] == str(80_000 - 2 * WORDS)
    assert await house.spent() == 2 * 2 * WORDS


@pytest.mark.parametrize(
    ("given", "vectors", "tokens"),
    [
        (["one", "two words", "three more words"], 3, 6),
        ([5, 6, 7], 1, 3),
        ([[5, 6, 7], [8]], 2, 4),
    ],
)
async def test_openai_embeds_lists_and_token_ids(
    house: House, given: list[Any], vectors: int, tokens: int
) -> None:
    async with sdk(house, await house.key()) as client:
        answer = await client.embeddings.create(**body(input=given))

    assert [entry.index for entry in answer.data] == list(range(vectors))
    assert len({tuple(entry.embedding) for entry in answer.data}) == vectors
    assert house.first.seen[0].body["input"] == given
    assert await house.spent() == 2 * tokens


async def test_what_is_not_ours_passes_through_and_base64_stays_as_it_came(house: House) -> None:
    client = house.client(await house.key())
    strange = {"user": "ada", "x_future": {"deep": [None]}}

    answer = await client.post(PATH, json=body(encoding_format="base64", **strange))

    seen = house.first.seen[0].body
    assert {name: seen[name] for name in strange} == strange
    assert seen["model"] == "text-embedding-3-small"
    [entry] = answer.json()["data"]
    assert len(struct.unpack("<8f", base64.b64decode(entry["embedding"]))) == 8


async def test_in_request_mode_a_call_costs_the_flat_price(house: House) -> None:
    client = house.client(await house.key())
    await house.requests_mode()

    answer = await client.post(PATH, json=body(input=["many words"] * 50))

    assert answer.headers["x-latchkey-cost"] == "1600" == str(await house.spent())
    assert answer.headers["x-ratelimit-remaining-requests"] == "19"


async def test_without_usage_our_count_is_told_and_paid(house: House) -> None:
    client = house.client(await house.key())
    house.first.faults.next(Fault.NULL_USAGE)

    answer = await client.post(PATH, json=body())

    counted = count(TEXT)
    assert answer.json()["usage"] == {"prompt_tokens": counted, "total_tokens": counted}
    assert await house.spent() == 2 * counted


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"model": "gpt-4o"}, "model", "invalid_request"),
        ({"model": "embeder"}, "model", "model_not_found"),
        ({"input": ""}, "input", "invalid_request"),
        ({"input": [[]]}, "input", "invalid_request"),
        ({"input": [1, "a"]}, "input", "invalid_request"),
        ({"input": ["a"] * 2_049}, "input", "invalid_request"),
        ({"input": [1] * 8_192}, "input", "context_length_exceeded"),
    ],
)
async def test_what_cannot_be_embedded_is_told_clearly_and_costs_nothing(
    house: House, fields: dict[str, Any], param: str, code: str
) -> None:
    async with sdk(house, await house.key(), max_retries=0) as client:
        with pytest.raises(openai.BadRequestError) as refused:
            await client.embeddings.create(**body(**fields))

    assert (refused.value.param, refused.value.code) == (param, code)
    assert house.first.asked == 0
    assert await house.spent() == 0


async def test_an_upstream_that_fails_costs_nothing(house: House) -> None:
    house.first.faults.every(Fault.BROKEN)
    async with sdk(house, await house.key(), max_retries=0) as client:
        with pytest.raises(openai.InternalServerError) as failed:
            await client.embeddings.create(**body())

    assert failed.value.status_code == 502
    assert await house.spent() == 0


async def test_leaving_ends_the_upstreams_call_at_once_and_costs_what_went_in(
    house: House,
) -> None:
    key = await house.key()
    house.first.faults.next(Fault.SLOW)

    async with wire(house.url) as line:
        await line.send(post(key, body(), path=PATH))
        await house.first.until(lambda upstream: upstream.asked == 1)
        line.hang_up()
        await house.first.until(lambda upstream: upstream.hangups == 1)

    assert [record.status for record in await house.records()] == ["left"]
    assert await house.spent() == 2 * count(TEXT)
