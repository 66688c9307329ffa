"""Messages onto upstreams that chat, and answer in ways for which Messages have no block."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.core.tokens import count
from bot.ledger.rules import Status
from bot.relay.errors import UpstreamFailed
from tests.fakes.serve import serving
from tests.features.relay.house import House, opened_house, text_in
from tests.features.relay.spoken import answered, asked, said

AUDIO = {"id": "a", "data": "UklGRg==", "transcript": "Hi"}
CALL = {"name": "get_weather", "arguments": '{"city": "Oslo"}'}
both_ways = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


def odd(message: dict[str, Any], finish: str, *, streams: bool = True) -> Starlette:
    """Return an upstream that answers every chat with one message, whole or in a chunk."""

    async def chat(request: Request) -> Response:
        streamed = streams and (await request.json())["stream"]
        kind = "delta" if streamed else "message"
        choice = {"index": 0, kind: message, "finish_reason": finish}
        body = {"id": "1", "choices": [choice]}
        if not streamed:
            return JSONResponse(body)
        events = b"data: %b\n\ndata: [DONE]\n\n" % orjson.dumps(body)
        return Response(events, media_type="text/event-stream")

    return Starlette(routes=[Route("/v1/chat/completions", chat, methods=["POST"])])


@asynccontextmanager
async def before(
    db, clock, message: dict[str, Any], finish: str, **how: bool
) -> AsyncIterator[House]:
    """Open a house whose first upstream is odd, and whose second is not."""
    async with (
        serving(odd(message, finish, **how)) as url,
        opened_house(db, clock, urls={"first": url}) as house,
    ):
        yield house


@both_ways
async def test_sound_alone_is_no_message_and_the_next_route_is_asked(small_db, clock, streamed):
    async with before(small_db, clock, {"content": None, "audio": AUDIO}, "stop") as house:
        caller = await house.caller()

        message = await answered(house, caller, asked(house), streamed=streamed)

        assert said(message).startswith("Hello")
        assert message["stop_reason"] == "end_turn"
        await house.settled(caller)
        [record] = await house.records()
        assert (record.status, record.upstream) == (Status.ANSWERED, "second")


@both_ways
async def test_sound_alone_from_the_only_route_costs_nothing(small_db, clock, streamed):
    async with before(small_db, clock, {"content": None, "audio": AUDIO}, "stop") as house:
        caller = await house.caller()

        with pytest.raises(UpstreamFailed):
            await answered(house, caller, asked(house, model="solo"), streamed=streamed)

        assert await house.settled(caller) == 0
        [record] = await house.records()
        assert (record.status, record.cost) == (Status.FAILED, 0)


@both_ways
async def test_an_answer_that_broke_off_before_a_word_is_still_a_message(small_db, clock, streamed):
    async with before(small_db, clock, {"content": None}, "length") as house:
        caller = await house.caller()

        message = await answered(house, caller, asked(house), streamed=streamed)

        assert (message["content"], message["stop_reason"]) == ([], "max_tokens")


@both_ways
async def test_a_function_call_is_a_call_of_a_tool_and_paid(small_db, clock, streamed):
    async with before(small_db, clock, {"function_call": CALL}, "function_call") as house:
        caller = await house.caller()

        message = await answered(house, caller, asked(house), streamed=streamed)

        [block] = message["content"]
        assert (block["name"], block["input"]) == ("get_weather", {"city": "Oslo"})
        assert message["stop_reason"] == "tool_use"
        assert message["usage"]["output_tokens"] > 0
        assert await house.settled(caller) > 0
        [record] = await house.records()
        assert record.upstream == "first"


async def test_an_upstream_that_does_not_stream_is_streamed_in_one_piece(small_db, clock):
    said_whole = {"role": "assistant", "content": "All of it at once"}
    async with before(small_db, clock, said_whole, "stop", streams=False) as house:
        caller = await house.caller()
        ask = house.ask(stream_options={"include_usage": True})

        async with house.relay.stream(caller, ask) as stream:
            chunks = [chunk async for chunk in stream]
        message = await answered(house, caller, asked(house), streamed=True)

        assert "".join(map(text_in, chunks)) == said(message) == "All of it at once"
        assert {chunk["model"] for chunk in chunks} == {"gpt-4o"}
        assert chunks[-1]["usage"]["completion_tokens"] == count("All of it at once")
        assert await house.settled(caller) > 0
        assert {record.upstream for record in await house.records()} == {"first"}
