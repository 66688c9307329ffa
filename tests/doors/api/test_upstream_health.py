"""How upstreams, routes and models do, as the API tells it; and upstreams with limits."""

import asyncio
from typing import Any

from bot.relay.health import Health
from bot.sandbox.upstreams.openai import LoopbackOpenAI
from bot.sandbox.upstreams.troubles import Fault, Trouble
from tests.doors.api.conftest import Opening
from tests.doors.api.wire import chat
from tests.fakes.house import House
from tests.fakes.serve import serving

CHAT = "/v1/chat/completions"


def upstream(url: str, **settings: Any) -> dict[str, Any]:
    return {"name": "only", "dialect": "openai", "base_url": f"{url}/v1"} | settings


def only(**fields: Any) -> list[dict[str, Any]]:
    return [{"id": "gpt-4o", "routes": [{"upstream": "only"}]} | fields]


async def full(house: House) -> dict[str, Any]:
    answer = await house.client(await house.key()).get("/v1/models/full")
    return {entry["id"]: entry for entry in answer.json()["data"]}


async def test_the_full_list_tells_how_every_route_is_in_the_order_they_are_asked(
    house: House,
) -> None:
    house.first.faults.every(Fault.UNAUTHORIZED)
    client = house.client(await house.key())
    assert (await client.post(CHAT, json=chat())).status_code == 200

    model = (await full(house))["gpt-4o"]

    assert model["health"] == "ok"
    assert model["routes"] == [
        {"upstream": "first", "priority": 0, "health": "misconfigured", "tier": None},
        {"upstream": "second", "priority": 1, "health": "ok", "tier": None},
    ]


async def test_the_full_list_tells_the_upstreams_own_tier_once_its_list_was_read(
    house: House,
) -> None:
    house.inner.router.conditions.tiers = {("first", "their-gpt"): "premium"}

    model = (await full(house))["gpt-4o"]

    assert [route["tier"] for route in model["routes"]] == ["premium", None]
    assert model["tier"] == "free"


async def test_metrics_tell_which_models_can_be_called_and_how_fast_upstreams_are(
    house: House,
) -> None:
    client = house.client(await house.key())
    await client.post(CHAT, json=chat())
    house.first.faults.every(Fault.UNAUTHORIZED)
    await client.post(CHAT, json=chat(model="maker/deep-model"))

    text = (await house.client().get("/metrics")).text

    assert 'latchkey_model_up{model="gpt-4o"} 1' in text
    assert 'latchkey_model_up{model="maker/deep-model"} 0' in text
    assert 'latchkey_upstream_seconds_count{upstream="first"} 1' in text
    assert 'latchkey_upstream_calls_total{upstream="first",outcome="misconfigured"} 1' in text


async def test_an_upstream_that_is_full_is_told_with_when_to_try_again(opening: Opening) -> None:
    server = LoopbackOpenAI()
    async with serving(server.app()) as url:
        sections = {
            "upstreams": [upstream(url, concurrency=1)],
            "models": only(),
            "router": {"busy_seconds": 0.05},
        }
        async with opening(**sections) as house:
            client = house.client(await house.key())
            server.faults.next(Fault.SLOW)
            first = asyncio.create_task(client.post(CHAT, json=chat()))
            await server.until(lambda upstream: upstream.asked == 1)

            busy = await client.post(CHAT, json=chat())
            server.gate.set()

            assert busy.status_code == 503
            assert busy.headers["retry-after"] == "1"
            assert busy.json()["error"]["code"] == "no_route"
            assert "busy with other calls" in busy.json()["error"]["message"]
            assert (await first).status_code == 200
            assert house.inner.router.health() == {"only": Health.OK}
            assert len(await house.records()) == 1


async def test_calls_wait_for_their_turn_at_an_upstream_of_one_place(opening: Opening) -> None:
    server = LoopbackOpenAI(pace=0.001)
    async with serving(server.app()) as url:
        sections = {
            "upstreams": [upstream(url, concurrency=1)],
            "models": only(),
            "limits": {"in_flight": 20},
        }
        async with opening(**sections) as house:
            client = house.client(await house.key())

            answers = await asyncio.gather(
                *(client.post(CHAT, json=chat(stream=at % 2 == 0)) for at in range(12))
            )

            assert {answer.status_code for answer in answers} == {200}
            assert len(await house.records()) == 12
            gate = house.inner.router.upstreams["only"].gate
            assert gate is not None
            assert gate.running == 0


async def test_a_minute_that_is_used_up_is_told_until_it_ends(opening: Opening) -> None:
    server = LoopbackOpenAI()
    async with serving(server.app()) as url:
        sections = {
            "upstreams": [upstream(url, requests_per_minute=1)],
            "models": only(),
            "router": {"busy_seconds": 0.01},
        }
        async with opening(**sections) as house:
            client = house.client(await house.key())
            assert (await client.post(CHAT, json=chat())).status_code == 200
            house.clock.move(seconds=18)

            busy = await client.post(CHAT, json=chat())

            assert (busy.status_code, busy.headers["retry-after"]) == (503, "42")
            house.clock.move(seconds=42)
            assert (await client.post(CHAT, json=chat())).status_code == 200


async def test_what_an_upstream_can_do_is_as_latchkey_toml_says(opening: Opening) -> None:
    server = LoopbackOpenAI()
    tools = [{"type": "function", "function": {"name": "weather", "parameters": {}}}]
    async with serving(server.app()) as url:
        sections = {
            "upstreams": [upstream(url, without=["tools", "stream"], offers=["web"])],
            "models": [*only(), *only(id="gpt-4o+web")],
        }
        async with opening(**sections) as house:
            client = house.client(await house.key())

            armed = await client.post(CHAT, json=chat(tools=tools))
            streamed = await client.post(CHAT, json=chat(stream=True))
            web = await client.post(CHAT, json=chat(model="gpt-4o+web"))

            assert (armed.status_code, streamed.status_code, web.status_code) == (400, 400, 200)
            assert armed.json()["error"]["param"] == "tools"
            assert "streamed answers" in streamed.json()["error"]["message"]
            assert await house.spent() > 0
            assert len(await house.records()) == 1


async def test_an_upstreams_own_wish_for_a_rest_is_told_on(opening: Opening) -> None:
    async with opening(models=only(routes=[{"upstream": "first"}])) as house:
        client = house.client(await house.key())
        house.first.faults.next(Trouble(Fault.RATE_LIMITED, 33))

        resting = await client.post(CHAT, json=chat())

        assert (resting.status_code, resting.headers["retry-after"]) == (503, "33")
