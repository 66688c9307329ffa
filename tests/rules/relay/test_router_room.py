"""Which route takes a call by what it can do and by the room it has, and what is noted of it."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest

from bot.catalogue.model import Route
from bot.core.errors import Kind
from bot.relay.errors import NoRoute, Unable, UpstreamFailed
from bot.relay.gate import Gate
from bot.relay.health import Health
from bot.relay.router import Connected
from bot.settings.serving import Capability
from bot.upstreams.failures import Broken, Misconfigured, RateLimited, TimedOut
from bot.words.say import explain
from tests.rules.relay.test_router import CHAT, ONE, TWO, Road, road

SHORT = {"busy_seconds": 0.02}


def limited(way: Road, upstream: str, **limits: int) -> Gate:
    """Give an upstream limits of its own."""
    gate = Gate(way.clock, **limits)
    way.router.upstreams[upstream] = replace(way.router.upstreams[upstream], gate=gate)
    return gate


def without(way: Road, upstream: str, *missing: Capability) -> None:
    known = way.router.upstreams[upstream]
    offers = known.offers - frozenset(missing)
    way.router.upstreams[upstream] = replace(known, adjusted=offers)


@dataclass
class Held:
    """Calls that are answered once a test lets them."""

    way: Road
    go_on: asyncio.Event

    async def ask(self) -> str:
        model = self.way.router.catalogue.get("m")

        async def attempt(_connected: Connected, route: Route) -> str:
            self.way.asked.append(route.upstream)
            await self.go_on.wait()
            return f"from {route.upstream}"

        answer, _ = await self.way.router.ask(model, CHAT, attempt)
        return answer


async def begun(way: Road, calls: int) -> None:
    """Let the calls go until that many have asked; nothing in their way waits for anything."""
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(way.asked) == calls


async def test_a_call_goes_only_where_what_it_needs_is_offered() -> None:
    way = road(*TWO)
    without(way, "a", Capability.TOOLS)

    assert await way.ask(needs=Capability.TOOLS) == "from b"
    assert await way.ask(needs=Capability.CHAT) == "from a"


async def test_latchkey_toml_may_know_of_abilities_that_the_dialect_does_not_promise() -> None:
    way = road(*ONE)
    known = way.router.upstreams["a"]
    more = known.dialect.offers | {Capability.WEB}
    way.router.upstreams["a"] = replace(known, adjusted=more)

    assert await way.ask(needs=Capability.WEB) == "from a"


async def test_what_no_route_offers_is_refused_in_words_before_anybody_is_asked() -> None:
    way = road(*TWO)
    for upstream in "ab":
        without(way, upstream, Capability.TOOLS)

    with pytest.raises(Unable) as refused:
        await way.ask(needs=Capability.TOOLS)

    assert way.asked == []
    assert refused.value.kind is Kind.INVALID
    assert refused.value.params["param"] == "tools"
    assert explain(refused.value) == (
        "`m` cannot do that here: none of its upstreams offers tools. Leave it out, or choose "
        "another model."
    )


async def test_what_no_one_route_offers_together_is_refused_too() -> None:
    way = road(*TWO)
    without(way, "a", Capability.TOOLS)
    without(way, "b", Capability.VISION)
    needs = frozenset({Capability.CHAT, Capability.TOOLS, Capability.VISION})

    with pytest.raises(Unable, match="unable") as refused:
        await way.router.ask(way.router.catalogue.get("m"), needs, way.attempt)

    assert "tools and pictures in messages" in explain(refused.value)


async def test_a_route_that_rests_and_lacks_an_ability_says_nothing_about_when_to_come_back() -> (
    None
):
    way = road(*TWO)
    without(way, "a", Capability.TOOLS)
    way.coming = {"b": [RateLimited(40.0)]}

    with pytest.raises(NoRoute) as failed:
        await way.ask(needs=Capability.TOOLS)

    assert failed.value.retry_after == 40.0


async def test_a_full_upstream_is_routed_around() -> None:
    way = road(*TWO)
    limited(way, "a", concurrency=2)
    held = Held(way, asyncio.Event())
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(held.ask()) for _ in range(3)]
        await begun(way, 3)
        held.go_on.set()

    assert [call.result() for call in calls] == ["from a", "from a", "from b"]
    assert way.router.health() == {"a": Health.OK, "b": Health.OK}


async def test_an_upstreams_minute_is_kept() -> None:
    way = road(*TWO)
    limited(way, "a", per_minute=2)

    first = [await way.ask() for _ in range(3)]
    way.clock.move(seconds=60)

    assert [*first, await way.ask()] == ["from a", "from a", "from b", "from a"]


async def test_a_call_waits_for_a_place_where_every_upstream_is_full() -> None:
    way = road(*ONE)
    limited(way, "a", concurrency=1)
    held = Held(way, asyncio.Event())
    async with asyncio.TaskGroup() as group:
        first = group.create_task(held.ask())
        await begun(way, 1)
        second = group.create_task(way.ask())
        await asyncio.sleep(0)
        assert way.asked == ["a"]
        held.go_on.set()

    assert (first.result(), second.result()) == ("from a", "from a")


async def test_many_who_wait_come_in_one_after_the_other() -> None:
    way = road(*ONE)
    gate = limited(way, "a", concurrency=2)
    most = 0
    model = way.router.catalogue.get("m")

    async def attempt(_connected: Connected, _route: Route) -> str:
        nonlocal most
        most = max(most, gate.running)
        await asyncio.sleep(0)
        return "answer"

    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(way.router.ask(model, CHAT, attempt)) for _ in range(50)]

    assert {call.result()[0] for call in calls} == {"answer"}
    assert (most, gate.running) == (2, 0)


async def test_whoever_waits_too_long_hears_when_to_try_again() -> None:
    way = road(*ONE, router=SHORT)
    limited(way, "a", concurrency=1)
    held = Held(way, asyncio.Event())
    async with asyncio.TaskGroup() as group:
        group.create_task(held.ask())
        await begun(way, 1)
        with pytest.raises(NoRoute) as failed:
            await way.ask()
        held.go_on.set()

    assert failed.value.kind is Kind.NO_ROUTE
    assert failed.value.retry_after == 1.0
    assert "is busy with other calls" in explain(failed.value)


async def test_a_minute_that_is_full_says_when_it_ends() -> None:
    way = road(*ONE, router=SHORT)
    limited(way, "a", per_minute=1)
    await way.ask()
    way.clock.move(seconds=15)

    with pytest.raises(NoRoute) as failed:
        await way.ask()

    assert failed.value.retry_after == 45.0


async def test_after_a_failure_the_full_route_is_waited_for() -> None:
    way = road(*TWO, router={"retries": 0})
    limited(way, "b", concurrency=1)
    way.coming = {"a": [Broken(500), Broken(500)]}
    held = Held(way, asyncio.Event())

    async def taken(_connected: Connected, route: Route) -> str:
        if route.upstream == "a":
            raise Broken(500)
        await held.go_on.wait()
        return "from b"

    async with asyncio.TaskGroup() as group:
        group.create_task(way.router.ask(way.router.catalogue.get("m"), CHAT, taken))
        await asyncio.sleep(0)
        second = group.create_task(way.ask())
        await asyncio.sleep(0)
        held.go_on.set()

    assert second.result() == "from b"


async def test_a_failure_is_what_is_told_where_nobody_has_room_afterwards() -> None:
    way = road(*TWO, router={"retries": 0} | SHORT)
    gate = limited(way, "b", concurrency=1)
    gate.enter()
    way.coming = {"a": [Broken(500)]}

    with pytest.raises(UpstreamFailed):
        await way.ask()


async def test_a_place_comes_back_whatever_becomes_of_the_call() -> None:
    way = road(*ONE, router={"retries": 3})
    gate = limited(way, "a", concurrency=1)
    way.coming = {"a": [Broken(500)] * 4}
    with pytest.raises(UpstreamFailed):
        await way.ask()
    assert gate.running == 0

    held = Held(way, asyncio.Event())
    call = asyncio.create_task(held.ask())
    await begun(way, 5)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)

    assert gate.running == 0


async def test_who_leaves_while_waiting_takes_no_place() -> None:
    way = road(*ONE)
    gate = limited(way, "a", concurrency=1)
    gate.enter()
    call = asyncio.create_task(way.ask())
    await asyncio.sleep(0)

    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    gate.leave()

    assert (gate.running, way.asked) == (0, [])
    assert await way.ask() == "from a"


@dataclass(frozen=True)
class Stream:
    """An answer that goes on."""

    line: AsyncExitStack


async def test_a_stream_keeps_its_place_until_it_is_closed() -> None:
    way = road(*ONE)
    gate = limited(way, "a", concurrency=1)

    async def attempt(_connected: Connected, _route: Route) -> Stream:
        return Stream(AsyncExitStack())

    stream, _ = await way.router.ask(way.router.catalogue.get("m"), CHAT, attempt)
    assert gate.running == 1

    await stream.line.aclose()
    assert gate.running == 0


async def test_the_attempts_of_a_call_that_needed_several_are_noted() -> None:
    way = road({"upstream": "a", "model": "theirs"}, {"upstream": "b", "priority": 1})
    way.coming = {"a": [Broken(503), TimedOut()]}
    trail: list = []

    await way.router.ask(way.router.catalogue.get("m"), CHAT, way.attempt, trail=trail)

    assert [each[:5] for each in trail] == [
        (1, "a", "theirs", "broken", 503),
        (2, "a", "theirs", "timed_out", None),
        (3, "b", "m", "answered", None),
    ]


async def test_a_call_that_is_answered_at_once_leaves_no_trail() -> None:
    way, trail = road(*TWO), []

    await way.router.ask(way.router.catalogue.get("m"), CHAT, way.attempt, trail=trail)

    assert trail == []


async def test_an_attempt_whose_caller_left_is_noted() -> None:
    way, trail = road(*ONE), []

    async def left(_connected: Connected, _route: Route) -> str:
        way.clock.move(seconds=0.25)
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await way.router.ask(way.router.catalogue.get("m"), CHAT, left, trail=trail)

    assert [tuple(each) for each in trail] == [(1, "a", "m", "given_up", None, 250)]


async def test_the_latest_attempts_of_an_upstream_are_summed_up() -> None:
    way = road(*TWO, router={"retries": 0})
    way.coming = {"a": [Broken(500)]}

    for _ in range(4):
        await way.ask()

    recent = way.router.attempts.recent()
    assert recent["a"][:2] == (4, 3)
    assert recent["b"][:2] == (1, 1)


async def test_a_route_that_is_gone_is_not_asked_until_it_is_back() -> None:
    way = road(*TWO)
    way.router.conditions.gone = frozenset({("a", "m")})

    assert await way.ask() == "from b"
    assert way.router.conditions.route(("a", "m")) is Health.RESTING

    way.router.conditions.gone = frozenset()
    assert await way.ask() == "from a"


async def test_a_model_all_of_whose_routes_are_gone_rests() -> None:
    way = road(*ONE)
    way.router.conditions.gone = frozenset({("a", "m")})

    with pytest.raises(NoRoute) as failed:
        await way.ask()

    assert way.router.health_of(way.router.catalogue.get("m")) is Health.RESTING
    assert failed.value.retry_after == 300


async def test_an_upstream_nobody_asked_does_as_its_list_does() -> None:
    way = road(*TWO)
    way.router.conditions.unlisted = {"a": Health.MISCONFIGURED, "b": Health.FAILING}

    assert way.router.health() == {"a": Health.MISCONFIGURED, "b": Health.FAILING}

    await way.ask()
    assert way.router.health()["a"] is Health.OK


async def test_what_must_not_be_made_twice_waits_for_a_place_and_is_asked_once() -> None:
    way = road(*ONE)
    gate = limited(way, "a", concurrency=1)
    gate.enter()
    way.coming = {"a": [Broken(500)]}
    model = way.router.catalogue.get("m")
    call = asyncio.create_task(way.router.ask(model, CHAT, way.attempt, once=True))
    await asyncio.sleep(0)

    gate.leave()

    with pytest.raises(UpstreamFailed):
        await call
    assert way.asked == ["a"]


async def test_a_route_that_begins_to_rest_while_somebody_waits_for_it_is_let_go() -> None:
    way = road(*ONE)
    gate = limited(way, "a", concurrency=1)
    gate.enter()
    call = asyncio.create_task(way.ask())
    await asyncio.sleep(0)

    way.router.failed(way.router.catalogue.get("m").routes[0], Misconfigured(401))
    gate.leave()

    with pytest.raises(NoRoute):
        await call
    assert way.asked == []
