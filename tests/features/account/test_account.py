"""The overview that every door shows, on both databases."""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from bot.account.service import calls_left
from bot.core.clock import HandClock
from bot.core.units import Mode
from bot.ledger.calls import Standing
from bot.ledger.reports import ModelUse
from bot.relay.caller import Caller
from bot.storage.database import Database
from tests.conftest import NOON
from tests.fakes.house import ADA, House, opened_house

HELLO = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello there"}]}


@pytest.fixture
async def house(db: Database, clock: HandClock) -> AsyncIterator[House]:
    """A house on either database."""
    async with opened_house(db, clock) as opened:
        yield opened


async def caller(house: House) -> Caller:
    """Return Ada as a caller, as Discord's door makes her one."""
    return await house.inner.callers.by_person(ADA)


async def test_a_newcomers_account_is_whole_and_empty(house: House) -> None:
    await house.key()

    overview = await house.inner.account.overview(await caller(house))

    assert (overview.standing.allowance, overview.standing.spent) == (80_000, 0)
    assert overview.sources == ()
    assert overview.models == ()
    assert [use.spent for use in overview.days] == [0] * 30


async def test_the_account_shows_what_calls_cost_whoever_asks(house: House) -> None:
    client = house.client(await house.key())
    await client.post("/v1/chat/completions", json=HELLO)
    await client.post("/v1/chat/completions", json=HELLO | {"model": "maker/deep-model"})

    overview = await house.inner.account.overview(await caller(house))
    told = (await client.get("/v1/usage")).json()

    cheap, dear = sorted(overview.models, key=lambda use: use.cost)
    assert (cheap.model, dear.model) == ("gpt-4o", "maker/deep-model")
    assert dear.cost == -(-dear.tokens * 5 // 2)
    assert overview.standing.spent == cheap.cost + dear.cost == told["spent"]
    assert overview.days[-1].day == date(2026, 11, 20)
    assert overview.days[-1].calls == 2


async def test_the_account_names_every_grant_that_runs(house: House) -> None:
    await house.key()
    await house.grant(daily_tokens=160_000, access="claude")
    await house.grant(days=1, daily_tokens=100_000)

    now = await house.inner.account.overview(await caller(house))
    house.clock.move(days=2)
    later = await house.inner.account.overview(await caller(house))

    assert now.standing.allowance == later.standing.allowance == 160_000
    assert {grant.daily_tokens for grant in now.sources} == {160_000, 100_000}
    assert {grant.daily_tokens for grant in later.sources} == {160_000}


async def test_a_new_day_begins_at_nothing_without_anything_being_rewritten(
    house: House,
) -> None:
    client = house.client(await house.key())
    await client.post("/v1/chat/completions", json=HELLO)
    house.clock.move(days=1)

    overview = await house.inner.account.overview(await caller(house))

    assert overview.standing.spent == 0
    assert overview.models == ()
    assert [use.calls for use in overview.days[-2:]] == [1, 0]


async def test_a_profile_shows_the_key_masked_and_when_it_was_used(house: House) -> None:
    key = await house.key()
    before = await house.inner.account.profile(await caller(house))
    await house.client(key).post("/v1/chat/completions", json=HELLO)

    after = await house.inner.account.profile(await caller(house))

    assert before.member_since == NOON
    assert before.key_last_used_at is None
    assert after.key_last_used_at == NOON
    assert after.key is not None
    assert after.key.plain is None
    assert after.key.masked == f"lk_…{key[-4:]}"


async def test_a_profile_without_a_key_says_so(house: House) -> None:
    profile = await house.inner.account.profile(await caller(house))

    assert (profile.key, profile.key_last_used_at) == (None, None)


@pytest.mark.parametrize(
    ("mode", "allowance", "left"),
    [
        (Mode.TOKENS, 1_000, 6),  # 600 left, and a call has cost 100 on average
        (Mode.REQUESTS, 2_000, 1),  # 1,600 left, and a request at 1.5 costs 1,200
        (Mode.TOKENS, 100, 0),
        (Mode.TOKENS, None, None),
    ],
)
def test_calls_left_go_by_the_price_so_far(
    mode: Mode, allowance: int | None, left: int | None
) -> None:
    standing = Standing(
        mode, allowance, 300, 100, 3, 1, None, 0, date(2026, 11, 20), NOON, NOON, 800
    )

    assert calls_left(standing, ModelUse("gpt-4o", 3, 300, 300), 1_500) == left


def test_calls_that_cost_nothing_are_not_counted_down() -> None:
    standing = Standing(
        Mode.TOKENS, 1_000, 0, 0, 3, 0, None, 0, date(2026, 11, 20), NOON, NOON, 800
    )

    assert calls_left(standing, ModelUse("free", 3, 300, 0), 0) is None
