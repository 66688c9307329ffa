"""Clients that hang up: noticed at once, the upstream let go, the charge as the table says."""

import asyncio

import pytest

from bot.sandbox.upstreams.troubles import Fault, Trouble
from tests.doors.api.wire import chat, eventually, get, post, wire
from tests.fakes.house import House


async def gone(house: House) -> None:
    """Wait until the upstream has noticed that we hung up."""
    await house.first.until(lambda upstream: upstream.hangups == 1)


@pytest.mark.parametrize("stream", [False, True])
async def test_leaving_before_any_content_costs_the_counted_prompt(
    house: House, stream: bool
) -> None:
    key = await house.key()
    house.first.faults.next(Fault.SLOW)

    async with wire(house.url) as line:
        await line.send(post(key, chat(stream=stream)))
        await house.first.until(lambda upstream: upstream.asked == 1)
        line.hang_up()
        await gone(house)

    [record] = await house.records()
    assert record.status == "left"
    assert record.completion_tokens == 0
    assert record.cost == record.prompt_tokens == await house.spent() > 0
    assert house.second.asked == 0


async def test_leaving_mid_stream_costs_prompt_and_what_was_delivered(house: House) -> None:
    key = await house.key()
    house.first.faults.next(Trouble(Fault.SLOW, 4))  # a role and three words, then silence

    async with wire(house.url) as line:
        await line.send(post(key, chat(stream=True)))
        await line.head()
        seen = b""
        while b"the" not in seen and b"am" not in seen:
            seen += await line.piece()
        line.hang_up()
        await gone(house)

    [record] = await house.records()
    assert record.status == "partial"
    assert 0 < record.completion_tokens < 15
    assert record.cost == record.prompt_tokens + record.completion_tokens == await house.spent()


async def test_leaving_politely_is_leaving_too(house: House) -> None:
    key = await house.key()
    house.first.faults.next(Fault.SLOW)

    async with wire(house.url) as line:
        await line.send(post(key, chat()))
        await house.first.until(lambda upstream: upstream.asked == 1)
        line.writer.close()
        await gone(house)

    assert [record.status for record in await house.records()] == ["left"]


async def test_leaving_is_noticed_behind_pipelined_requests(house: House) -> None:
    key = await house.key()
    house.first.faults.next(Fault.SLOW)

    async with wire(house.url) as line:
        await line.send(post(key, chat()) + get("/v1/models") * 3)
        await house.first.until(lambda upstream: upstream.asked == 1)
        line.hang_up()
        await gone(house)

    assert [record.status for record in await house.records()] == ["left"]
    assert house.first.asked == 1


async def test_leaving_in_the_middle_of_the_body_makes_no_call(house: House) -> None:
    key = await house.key()
    whole = post(key, chat())

    async with wire(house.url) as line:
        await line.send(whole[:-10])
        await asyncio.sleep(0)
        line.hang_up()
    answer = await house.client(key).get("/v1/usage")

    assert answer.json()["spent"] == 0
    assert house.first.asked == 0


async def test_in_request_mode_leaving_costs_the_flat_price_once(house: House) -> None:
    key = await house.key()
    await house.requests_mode()
    house.first.faults.next(Fault.SLOW)

    async with wire(house.url) as line:
        await line.send(post(key, chat(n=3)))
        await house.first.until(lambda upstream: upstream.asked == 1)
        line.hang_up()
        await gone(house)

    assert await house.spent() == 800


async def test_many_clients_leaving_at_once_leave_nothing_held(house: House) -> None:
    key = await house.key()
    await house.grant(unlimited=True)
    house.first.faults.every(Trouble(Fault.SLOW, 2))

    async def visit(stream: bool) -> None:
        async with wire(house.url) as line:
            await line.send(post(key, chat(stream=stream)))
            if stream:
                await line.head()
            line.hang_up()

    await asyncio.gather(*(visit(stream=at % 2 == 0) for at in range(4)))
    client = house.client(key)
    house.first.faults.every(None)

    async def let_in_again() -> bool:
        return (await client.post("/v1/chat/completions", json=chat())).status_code == 200

    await eventually(let_in_again)

    assert await house.spent() > 0
    assert house.inner.ledger.open_holds() == 0
