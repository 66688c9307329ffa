"""Streams as odd upstreams send them: scripted chunk by chunk, through a dialect of the test's."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from bot.core.tokens import count
from bot.ledger.rules import Flag, Status
from bot.relay.errors import NoRoute, StreamIncomplete, UpstreamFailed
from bot.relay.health import Health
from bot.relay.router import Connected
from bot.relay.streamed import EARLY
from bot.upstreams.dialect import Chunk, Completion, Link, Usage
from bot.upstreams.failures import Cut, Empty
from bot.upstreams.openai import OpenAI
from tests.features.relay.house import House, text_in

ROLE = {"role": "assistant", "content": ""}


def chunk(
    delta: dict[str, Any] | None = None,
    *,
    finish: str | None = None,
    usage: tuple[int, int] | None = None,
    **fields: Any,
) -> Chunk:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    body = {"id": "1", "object": "chat.completion.chunk", "choices": choices} | fields
    if usage:
        body["usage"] = dict(zip(("prompt_tokens", "completion_tokens"), usage, strict=True))
    content = bool(delta and delta.get("content"))
    return Chunk(body, Usage(*usage) if usage else None, content, finish is not None)


class Scripted(OpenAI):
    """A dialect whose streams are these chunks; a fault among them is raised."""

    def __init__(self, *script: Chunk | Exception) -> None:
        self.script = script

    async def complete(self, link: Link, body: dict[str, Any]) -> Completion:
        raise next(fault for fault in self.script if isinstance(fault, Exception))

    @asynccontextmanager
    async def stream(self, link: Link, body: dict[str, Any]) -> AsyncIterator[AsyncIterator[Chunk]]:
        async with aclosing(self._play()) as chunks:
            yield chunks

    async def _play(self) -> AsyncIterator[Chunk]:
        for step in self.script:
            if isinstance(step, Exception):
                raise step
            yield step


async def shown(house: House, *script: Chunk | Exception, **fields: Any) -> list[dict[str, Any]]:
    """Play a script as the first upstream's stream and return what the caller sees."""
    upstreams = house.relay.router.upstreams
    upstreams["first"] = Connected(Scripted(*script), upstreams["first"].link)
    caller, seen = await house.caller(), []
    try:
        async with house.relay.stream(caller, house.ask(**fields)) as chunks:
            async for body in chunks:
                seen += [body]
    finally:
        await house.settled(caller)
    return seen


async def test_an_answer_without_content_that_says_why_is_an_answer(cottage: House):
    seen = await shown(cottage, chunk(ROLE), chunk({}, finish="length"), chunk(usage=(7, 16)))

    assert [body["choices"][0]["finish_reason"] for body in seen] == [None, "length"]
    [record] = await cottage.records()
    assert (record.status, record.cost) == (Status.ANSWERED, 2 * (7 + 16))


async def test_usage_told_with_every_chunk_counts_once_and_shows_once(cottage: House):
    script = [chunk({"content": "word "}, usage=(7, number)) for number in (1, 2, 3)]

    seen = await shown(cottage, *script, stream_options={"include_usage": True})

    assert [body.get("usage") for body in seen] == [
        None,
        None,
        None,
        {"prompt_tokens": 7, "completion_tokens": 3},
    ]
    assert (await cottage.records())[0].cost == 2 * (7 + 3)


async def test_chunks_without_choices_or_usage_pass_through(cottage: House):
    filtered = chunk(prompt_filter_results=[{"ok": True}])

    seen = await shown(cottage, filtered, chunk({"content": "Hello"}), chunk({}, finish="stop"))

    assert seen[0]["prompt_filter_results"] == [{"ok": True}]
    assert seen[1]["choices"][0]["delta"]["content"] == "Hello"


async def test_an_upstream_that_stalls_with_empty_chunks_fills_no_memory(cottage: House):
    stalling = [chunk({"content": ""}) for _ in range(1_000)]

    seen = await shown(cottage, *stalling, chunk({"content": "Hello"}), chunk({}, finish="stop"))

    assert len(seen) == EARLY + 2
    assert "".join(map(text_in, seen)) == "Hello"


async def test_a_fault_of_ours_mid_stream_costs_what_was_delivered_and_blames_no_client(
    cottage: House,
):
    with pytest.raises(KeyError):
        await shown(cottage, chunk({"content": "Hello there"}), KeyError("a bug"))

    [record] = await cottage.records()
    assert (record.status, record.cost) == (Status.PARTIAL, 2 * (9 + count("Hello there")))
    assert record.flags == Flag.PARTIAL | Flag.ESTIMATED


async def test_a_fault_of_ours_before_content_costs_nothing(cottage: House):
    with pytest.raises(KeyError):
        await shown(cottage, chunk(ROLE), KeyError("a bug"))
    caller = await cottage.caller()
    with pytest.raises(KeyError):
        await cottage.relay.chat(caller, cottage.ask())

    assert await cottage.settled(caller) == 0
    assert [record.status for record in await cottage.records()] == [Status.FAILED] * 2


async def test_streams_that_keep_breaking_rest_their_route(cottage: House):
    for _ in range(3):  # two of them with a retry, then one without
        with pytest.raises(UpstreamFailed):
            await shown(cottage, chunk(ROLE), Empty(), model="solo")

    with pytest.raises(NoRoute):
        await shown(cottage, chunk(ROLE), Empty(), model="solo")

    assert cottage.relay.router.attempts.outcomes["first", "empty"] == 5
    assert cottage.relay.router.health()["first"] is Health.RESTING


async def test_streams_that_are_cut_after_content_rest_their_route_too(cottage: House):
    for _ in range(5):
        with pytest.raises(StreamIncomplete):
            await shown(cottage, chunk({"content": "Hello"}), Cut(), model="solo")

    with pytest.raises(NoRoute):
        await shown(cottage, chunk({"content": "Hello"}), Cut(), model="solo")

    assert cottage.relay.router.attempts.outcomes["first", "cut"] == 5


@pytest.mark.parametrize("wanted", [False, True])
async def test_a_last_chunk_that_only_says_null_usage_is_shown_to_nobody(
    cottage: House, wanted: bool
):
    script = [chunk({"content": "Hello"}), chunk({}, finish="stop"), chunk(usage=None)]
    script[-1].body["usage"] = None

    seen = await shown(cottage, *script, stream_options={"include_usage": wanted})

    assert [len(body["choices"]) for body in seen] == [1, 1, 0][: 2 + wanted]
    assert [body["usage"]["completion_tokens"] for body in seen if "usage" in body] == [1] * wanted
