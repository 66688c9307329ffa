"""Upstreams' lists of models: read regularly, told to staff once, applied where that is wished."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.core.clock import HandClock
from bot.core.signals import Topic
from bot.relay import lists as lists_module
from bot.relay.health import Health
from bot.sandbox.upstreams.troubles import Fault
from bot.storage.database import Database
from tests.features.catalogue.market import Market, opened, rename
from tests.features.ledger.books import until

APPLY = {"catalogue": {"sync": "apply"}}
TITLE = "**Upstreams' lists of models have changed.**\n"


@pytest.fixture
async def market(db: Database, clock: HandClock) -> AsyncIterator[Market]:
    """A process that reports."""
    async with opened(db, clock, {}) as (made,):
        yield made


@pytest.fixture
async def applying(db: Database, clock: HandClock) -> AsyncIterator[Market]:
    """A process that applies."""
    async with opened(db, clock, APPLY) as (made,):
        yield made


async def test_lists_that_hold_what_is_routed_are_worth_no_post(market: Market) -> None:
    assert await market.look() == []
    assert await market.look() == []


async def test_new_gone_and_repriced_models_are_told_in_one_post_once(market: Market) -> None:
    await market.look()
    market.fresed.coefficients["gpt-4"] = 2.5
    market.fresed.models = ("gpt-4", "gpt-5")
    market.other.models = ("gpt-4",)

    told = await market.look()

    assert told == [
        TITLE + "New there, and not in latchkey.toml: fresed: `gpt-5`\n"
        "Gone there, and still asked for until latchkey.toml says otherwise: other: `theirs`\n"
        "Priced otherwise there; your prices stay as latchkey.toml says: "
        "fresed: `gpt-4` x2 → x2.5"
    ]
    assert await market.look() == []
    assert market.catalogue.get("gpt-4").coefficient == 2_000
    assert market.health("solo") is Health.OK


async def test_a_restart_tells_nothing_again(db: Database, clock: HandClock) -> None:
    async with opened(db, clock, {}, {}) as (before, after):
        before.other.models = ("gpt-4", "theirs", "new")
        assert len(await before.look()) == 1

        assert await after.look() == []


async def test_the_first_look_says_what_is_routed_and_not_listed(market: Market) -> None:
    market.other.models = ("gpt-4",)

    told = await market.look()

    assert told == [TITLE + "Routed there by latchkey.toml, but not listed: other: `theirs`"]
    assert await market.look() == []


async def test_applied_prices_are_in_force_for_new_calls(applying: Market) -> None:
    applying.fresed.coefficients["gpt-4"] = 0.125

    (told,) = await applying.look()

    assert "in force for models that are asked for there first: fresed: `gpt-4` x2 → x0.125" in told
    assert applying.catalogue.get("gpt-4").coefficient == 125
    assert applying.catalogue.written()[0].coefficient == 2_000
    assert applying.catalogue.get("solo").coefficient == 1_000


async def test_a_price_of_nothing_is_told_and_not_taken_over(applying: Market) -> None:
    applying.fresed.coefficients["gpt-4"] = 0.0

    await applying.look()

    assert applying.catalogue.get("gpt-4").coefficient == 2_000


async def test_applied_routes_rest_while_their_model_is_gone(applying: Market) -> None:
    await applying.look()
    applying.other.models = ("gpt-4",)

    (told,) = await applying.look()
    assert "Gone there, and not asked for until they are back: other: `theirs`" in told
    assert applying.health("solo") is Health.RESTING
    assert applying.health("gpt-4") is Health.OK

    applying.other.models = ("gpt-4", "theirs")
    assert await applying.look() == [TITLE + "Listed again: other: `theirs`"]
    assert applying.health("solo") is Health.OK


async def test_a_route_whose_model_was_never_listed_is_asked_all_the_same(
    applying: Market,
) -> None:
    applying.other.models = ("gpt-4",)

    await applying.look()

    assert applying.health("solo") is Health.OK


async def test_what_was_applied_holds_from_the_start_of_the_next_process(
    db: Database, clock: HandClock
) -> None:
    async with opened(db, clock, APPLY, APPLY, {}) as (first, second, reporting):
        first.fresed.coefficients["gpt-4"] = 3.0
        await first.look()

        await second.lists.load()
        await reporting.lists.load()

        assert second.catalogue.get("gpt-4").coefficient == 3_000
        assert reporting.catalogue.get("gpt-4").coefficient == 2_000


async def test_other_processes_follow_without_a_restart(
    postgres_url: str, clock: HandClock
) -> None:
    async with Database(postgres_url) as db, opened(db, clock, APPLY, APPLY) as (one, other):
        await other.lists.changes.start()
        keeping = asyncio.create_task(other.lists.keep())
        one.fresed.coefficients["gpt-4"] = 3.0
        await one.sync.read()

        await other.lists.changes.poll()
        await until(lambda: other.catalogue.get("gpt-4").coefficient == 3_000)
        keeping.cancel()


async def test_what_cannot_be_read_is_read_again_until_it_can(
    applying: Market, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lists_module, "AGAIN_SECONDS", 0.01)
    applying.fresed.coefficients["gpt-4"] = 3.0
    await applying.sync.read()
    await rename(applying.db, "upstream_models", "elsewhere")
    keeping = asyncio.create_task(applying.lists.keep())
    applying.lists.changes.signals.fire(Topic.EVERYTHING)
    await until(lambda: caplog.records)
    assert applying.catalogue.get("gpt-4").coefficient == 2_000

    await rename(applying.db, "elsewhere", "upstream_models")

    await until(lambda: applying.catalogue.get("gpt-4").coefficient == 3_000)
    keeping.cancel()


async def test_lists_are_read_when_they_are_due_by_whoever_comes_first(
    db: Database, clock: HandClock
) -> None:
    async with opened(db, clock, {}, {}) as (one, other):
        await one.sync.run()
        one.other.models = ("gpt-4", "theirs", "new")

        for minutes in (0, 30, 29):
            clock.move(minutes=minutes)
            await one.sync.run()
            await other.sync.run()
        assert await one.posts() == []

        clock.move(minutes=1)
        await other.sync.run()
        assert len(await one.posts()) == 1


async def test_a_clock_that_went_back_does_not_stop_the_sync(market: Market) -> None:
    await market.sync.run()
    market.other.models = ("gpt-4", "theirs", "new")
    market.clock.moment -= timedelta(days=300)

    await market.sync.run()

    assert len(await market.posts()) == 1


async def test_a_sync_that_is_off_asks_nobody(db: Database, clock: HandClock) -> None:
    async with opened(db, clock, {"catalogue": {"sync": "off"}}) as (market,):
        market.other.models = ()

        await market.sync.run()

        assert await market.posts() == []


async def test_two_processes_that_look_at_once_tell_staff_once(
    postgres_url: str, clock: HandClock
) -> None:
    async with Database(postgres_url) as db, opened(db, clock, {}, {}) as (one, other):
        one.other.models = ("gpt-4", "theirs", "new")

        await asyncio.gather(one.sync.read(), other.sync.read())

        assert len(await one.posts()) == 1


async def test_a_list_that_cannot_be_read_changes_nothing_and_is_told_the_third_time(
    market: Market,
) -> None:
    await market.look()
    market.other.aside.every(Fault.BROKEN)

    assert await market.look() == []
    assert market.router.health()["other"] is Health.FAILING
    assert await market.look() == []
    assert await market.look() == [
        TITLE + "The list cannot be read, so calls will hardly fare better: `other`"
    ]
    assert await market.look() == []
    assert market.health("solo") is Health.OK

    market.other.aside.every(None)
    assert await market.look() == [TITLE + "The list can be read again: `other`"]
    assert market.router.health()["other"] is Health.OK


async def test_a_key_that_an_upstream_refuses_is_told_at_once(market: Market) -> None:
    market.other.aside.every(Fault.UNAUTHORIZED)

    (told,) = await market.look()

    assert "cannot be read" in told
    assert market.router.health()["other"] is Health.MISCONFIGURED


@pytest.mark.parametrize("fault", [Fault.EMPTY, Fault.GARBAGE])
async def test_a_list_with_nothing_in_it_takes_no_model_away(
    applying: Market, fault: Fault
) -> None:
    await applying.look()
    applying.other.aside.every(fault)

    await applying.look()
    applying.other.aside.every(None)
    applying.other.models = ()
    await applying.look()

    assert applying.health("solo") is Health.OK


async def test_an_upstream_without_a_list_is_left_alone(applying: Market) -> None:
    applying.other.aside.every(Fault.NOT_FOUND)

    for _ in range(4):
        assert await applying.look() == []
    assert applying.router.health()["other"] is Health.OK
