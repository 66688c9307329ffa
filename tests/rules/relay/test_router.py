"""Which route is asked when, which fault allows what, and how upstreams do."""

import logging
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from bot.catalogue.model import Route
from bot.catalogue.service import Catalogue
from bot.community.service import Community
from bot.core.clock import HandClock
from bot.relay.errors import NoRoute, RefusedUpstream, UpstreamFailed, UpstreamTimeout
from bot.relay.health import Health
from bot.relay.router import Connected, Router
from bot.settings.community import CommunityFile
from bot.settings.serving import Capability
from bot.upstreams.dialect import Link
from bot.upstreams.failures import (
    Broken,
    Cut,
    Empty,
    Misconfigured,
    RateLimited,
    Refused,
    TimedOut,
    UpstreamFailure,
)
from bot.upstreams.openai import OpenAI
from bot.words.say import explain

CHAT = frozenset({Capability.CHAT})


class Mute(OpenAI):
    """A dialect that cannot stream."""

    offers = frozenset({Capability.CHAT})


@dataclass
class Road:
    """A router over upstreams whose answers a test lines up: failures, then success."""

    router: Router
    clock: HandClock
    coming: dict[str, list[UpstreamFailure]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    told: list[tuple[str, int]] = field(default_factory=list)

    async def attempt(self, connected: Connected, route: Route) -> str:
        assert connected.link.name == route.upstream
        self.asked.append(route.upstream)
        if ahead := self.coming.get(route.upstream):
            raise ahead.pop(0)
        return f"from {route.upstream}"

    async def ask(self, model: str = "m", needs: Capability = Capability.CHAT) -> str:
        answer, route = await self.router.ask(
            self.router.catalogue.get(model), frozenset({needs}), self.attempt
        )
        self.router.answered(route)
        return answer


def road(*routes: dict[str, Any], router: dict[str, Any] | None = None) -> Road:
    names = [route["upstream"] for route in routes]
    upstreams = [
        {"name": name, "dialect": "openai", "base_url": "http://127.0.0.1:1/v1"} for name in names
    ]
    file = CommunityFile.model_validate(
        {
            "upstreams": upstreams,
            "models": [{"id": "m", "routes": list(routes)}],
            "router": router or {},
        }
    )
    clock, told = HandClock(), []
    links = {name: Link(name, "http://127.0.0.1:1/v1", None, None, 1, 1) for name in names}
    connected = {name: Connected(OpenAI(), link) for name, link in links.items()}
    made = Router(
        connected,
        Catalogue(file),
        Community(file),
        clock,
        on_misconfigured=lambda *what: told.append(what),
        random=Random(7),
    )
    return Road(made, clock, told=told)


ONE = ({"upstream": "a"},)
TWO = ({"upstream": "a"}, {"upstream": "b", "priority": 1})


async def test_lower_priority_is_asked_first():
    way = road({"upstream": "a", "priority": 5}, {"upstream": "b", "priority": 1})

    assert await way.ask() == "from b"


async def test_weight_shares_among_equals():
    way = road({"upstream": "a", "weight": 3}, {"upstream": "b"})

    for _ in range(2_000):
        await way.ask()

    assert Counter(way.asked)["a"] == pytest.approx(1_500, abs=80)


async def test_weight_never_overrules_priority():
    way = road({"upstream": "a", "weight": 1}, {"upstream": "b", "weight": 1_000, "priority": 1})

    assert {await way.ask() for _ in range(50)} == {"from a"}


@pytest.mark.parametrize("failure", [Broken(500), Broken(None), Empty(), Cut()], ids=repr)
async def test_a_5xx_a_refused_connection_and_an_empty_answer_are_retried_once(failure):
    way = road(*TWO)
    way.coming = {"a": [failure]}

    assert await way.ask() == "from a"
    assert way.asked == ["a", "a"]


async def test_after_the_retry_comes_the_next_route():
    way = road(*TWO)
    way.coming = {"a": [Broken(503), Broken(503)]}

    assert await way.ask() == "from b"
    assert way.asked == ["a", "a", "b"]


async def test_retries_can_be_turned_off():
    way = road(*TWO, router={"retries": 0})
    way.coming = {"a": [Broken(503)]}

    assert await way.ask() == "from b"


@pytest.mark.parametrize(
    "failure", [Refused(400, "no"), RateLimited(None), Misconfigured(401), TimedOut()], ids=repr
)
async def test_other_faults_go_to_the_next_route_at_once(failure):
    way = road(*TWO)
    way.coming = {"a": [failure]}

    assert await way.ask() == "from b"
    assert way.asked == ["a", "b"]


async def test_a_timeout_is_retried_once_where_there_is_no_other_route():
    way = road(*ONE)
    way.coming = {"a": [TimedOut()]}

    assert await way.ask() == "from a"

    way.coming = {"a": [TimedOut(), TimedOut()]}
    with pytest.raises(UpstreamTimeout):
        await way.ask()
    assert len(way.asked) == 4


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ([Broken(500)] * 2, [Refused(400, "too long")], RefusedUpstream),
        ([Refused(400, "too long")], [Broken(500)] * 2, UpstreamFailed),
        ([Refused(400, "no")], [Refused(422, "too long")], RefusedUpstream),
        ([Broken(500)] * 2, [TimedOut()], UpstreamTimeout),
        ([TimedOut()], [RateLimited(9)], NoRoute),
        ([RateLimited(9)], [Empty(), Empty()], UpstreamFailed),
        ([TimedOut()], [Misconfigured(403)], UpstreamFailed),
    ],
)
async def test_the_last_route_asked_decides_what_is_told(first, last, told):
    way = road(*TWO)
    way.coming = {"a": first, "b": last}

    with pytest.raises(told) as failed:
        await way.ask()

    if told is RefusedUpstream:
        assert failed.value.params["reason"] == "too long"


async def test_five_failures_in_a_row_rest_a_route_and_a_probe_brings_it_back():
    way = road(*TWO, router={"retries": 0})
    way.coming = {"a": [Broken(500)] * 5}
    for _ in range(5):
        await way.ask()
    way.asked.clear()

    assert await way.ask() == "from b"
    assert way.asked == ["b"]
    assert way.router.health() == {"a": Health.RESTING, "b": Health.OK}

    way.clock.move(seconds=10)
    assert await way.ask() == "from a"
    assert way.router.health() == {"a": Health.OK, "b": Health.OK}


async def test_refusals_are_no_strike_against_a_route():
    way = road(*TWO)
    way.coming = {"a": [Refused(400, "no")] * 20}
    for _ in range(20):
        await way.ask()

    assert way.asked.count("a") == 20
    assert way.router.health()["a"] is Health.OK


async def test_a_rate_limited_route_rests_as_long_as_it_asked():
    way = road(*TWO)
    way.coming = {"a": [RateLimited(42.0)]}

    await way.ask()
    way.clock.move(seconds=41)
    await way.ask()
    assert way.asked == ["a", "b", "b"]

    way.clock.move(seconds=1)
    assert await way.ask() == "from a"


async def test_when_every_route_rests_the_soonest_decides_when_to_try_again():
    way = road(*TWO)
    way.coming = {"a": [RateLimited(42.0)], "b": [RateLimited(7.0)]}
    with pytest.raises(NoRoute) as failed:
        await way.ask()
    assert failed.value.retry_after == 7.0
    way.clock.move(seconds=3)

    with pytest.raises(NoRoute) as resting:
        await way.ask()

    assert resting.value.retry_after == 4.0
    assert way.asked == ["a", "b"]
    assert "Try again in a moment" in explain(resting.value)


async def test_a_long_wait_for_a_route_is_told_in_words():
    way = road(*ONE)
    way.coming = {"a": [RateLimited(3_900.0)]}

    with pytest.raises(NoRoute) as failed:
        await way.ask()

    assert "Try again in 1 hour 5 minutes" in explain(failed.value)


async def test_staff_hear_once_of_a_route_that_refuses_our_credentials():
    way = road(*TWO)
    way.coming = {"a": [Misconfigured(401), Misconfigured(401)]}

    await way.ask()
    way.clock.move(seconds=300)
    await way.ask()

    assert way.told == [("a", 401)]
    assert way.router.health()["a"] is Health.MISCONFIGURED

    way.clock.move(seconds=300)
    await way.ask()
    assert way.router.health()["a"] is Health.OK

    way.coming = {"a": [Misconfigured(403)]}
    await way.ask()
    assert way.told == [("a", 401), ("a", 403)]


async def test_only_one_call_at_a_time_probes_a_route():
    way = road(*TWO, router={"retries": 0, "breaker_failures": 1})
    way.coming = {"a": [Broken(500)]}
    await way.ask()
    way.clock.move(seconds=10)
    model = way.router.catalogue.get("m")

    async def probe(connected: Connected, route: Route) -> str:
        return await way.ask() if route.upstream == "a" else "never"

    inner, route = await way.router.ask(model, CHAT, probe)

    assert (inner, route.upstream) == ("from b", "a")


async def test_a_probe_that_is_given_up_leaves_the_route_to_the_next():
    way = road(*ONE, router={"retries": 0, "breaker_failures": 1})
    way.coming = {"a": [Broken(500)]}
    with pytest.raises(UpstreamFailed):
        await way.ask()
    way.clock.move(seconds=10)

    async def left(_connected: Connected, _route: Route) -> str:
        raise KeyError("the caller is gone")

    with pytest.raises(KeyError):
        await way.router.ask(way.router.catalogue.get("m"), CHAT, left)

    assert await way.ask() == "from a"


async def test_a_route_whose_dialect_cannot_is_not_asked():
    way = road(*TWO)
    way.router.upstreams["a"] = Connected(Mute(), way.router.upstreams["a"].link)

    assert await way.ask(needs=Capability.STREAM) == "from b"
    assert await way.ask(needs=Capability.CHAT) == "from a"


async def test_attempts_are_counted_by_how_they_went():
    way = road(*TWO)
    way.coming = {"a": [Broken(500), TimedOut()]}

    await way.ask()

    assert way.router.attempts.outcomes == {
        ("a", "broken"): 1,
        ("a", "timed_out"): 1,
        ("b", "answered"): 1,
    }


async def test_a_model_does_as_well_as_the_best_of_its_routes():
    way = road(*TWO, router={"retries": 0, "breaker_failures": 1})
    model = way.router.catalogue.get("m")
    way.coming = {"a": [Broken(500)]}
    await way.ask()
    assert way.router.health_of(model) is Health.OK

    way.coming = {"b": [Broken(500)]}
    with pytest.raises(UpstreamFailed):
        await way.ask()

    assert way.router.health_of(model) is Health.RESTING


async def test_an_upstream_that_fails_now_and_then_is_failing_not_resting():
    way = road(*ONE, router={"retries": 0})
    way.coming = {"a": [Broken(500)]}
    with pytest.raises(UpstreamFailed):
        await way.ask()

    assert way.router.health() == {"a": Health.FAILING}


async def test_the_log_says_why_an_upstream_fails_when_it_rests_and_when_it_is_well(caplog):
    caplog.set_level(logging.INFO)
    way = road(*TWO, router={"retries": 0})
    way.coming = {"a": [Broken(503)] * 4 + [TimedOut()]}

    for _ in range(5):
        await way.ask()
    way.clock.move(seconds=10)
    await way.ask()

    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "upstream a, model m: failed with status 503"),
        (
            "WARNING",
            "upstream a, model m: not reached in time, or silent for too long; it rests for 10 s",
        ),
        ("INFO", "upstream a, model m: answers again"),
    ]


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (Misconfigured(401), "misconfigured, status 401: check its api_key and base_url; it rests"),
        (RateLimited(42.0), "rate limited, status 429; it rests for 42 s"),
        (Refused(404, "no such model: my secret prompt"), "refused the request with status 404"),
        (Broken(None), "refused or lost the connection"),
        (Empty(), "nothing that is an answer"),
        (Cut(), "broke off"),
    ],
    ids=repr,
)
async def test_every_kind_of_failure_has_its_line_without_the_upstreams_words(
    caplog, failure, words
):
    way = road(*TWO, router={"retries": 0})
    way.coming = {"a": [failure]}

    await way.ask()

    [record] = caplog.records
    assert words in record.getMessage()
    assert "secret" not in caplog.text


async def test_an_upstream_that_fails_every_other_call_does_not_flood_the_log(caplog):
    way = road(*TWO, router={"retries": 0})
    model = way.router.catalogue.get("m")
    route = model.routes[0]

    for _ in range(500):
        way.router.failed(route, Broken(500))
        way.router.answered(route)
    way.clock.move(seconds=60)
    way.router.failed(route, Broken(500))

    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert told == [
        "upstream a, model m: failed with status 500",
        "upstream a, model m: failed with status 500 (499 more since this was last said)",
    ]


async def test_a_dead_upstream_is_told_of_as_seldom_as_its_rests_begin(caplog):
    way = road(*ONE)
    for _ in range(3_600):  # an hour of a call a second
        way.coming = {"a": [Broken(None), Broken(None)]}
        with pytest.raises((UpstreamFailed, NoRoute)):
            await way.ask()
        way.clock.move(seconds=1)

    assert 10 <= len(caplog.records) <= 25
    assert "it rests for 300 s" in caplog.records[-1].getMessage()
    assert way.router.health() == {"a": Health.RESTING}
