"""Calls in any order, on a real database, against a model that fits on a page."""

import asyncio
import itertools
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from bot.core.clock import HandClock, minute_of
from bot.core.ids import Ids
from bot.ledger.calls import Held, HoldAsk
from bot.ledger.errors import (
    AllowanceHeld,
    AllowanceSpent,
    LimitReached,
    MinuteSpent,
    TooManyInFlight,
)
from bot.ledger.rules import Limits
from bot.ledger.service import Ledger
from bot.storage.database import Database
from tests.conftest import NOON
from tests.features.ledger.asks import RULES, costing, request, tokens
from tests.features.ledger.books import add_members, assert_books_agree

MOST_IN_FLIGHT, PER_MINUTE, FLOOR = 4, 5, 16
MEMBERS = itertools.count(1)
BY_HAND = replace(RULES, renew_seconds=3_600)  # leases are renewed where a rule says so
EXAMPLES = settings(
    max_examples=30,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass
class World:
    """One database, two processes' ledgers on it, and the loop they run in."""

    runner: asyncio.Runner
    clock: HandClock
    db: Database
    ledgers: list[Ledger]


@dataclass
class Account:
    """What the member's account must show, kept the simplest way."""

    spent: dict[date, int] = field(default_factory=dict)
    held: dict[int, Held] = field(default_factory=dict)
    lost: dict[int, Held] = field(default_factory=dict)
    minutes: list[int] = field(default_factory=list)

    def taken(self, day: date) -> int:
        """Return what is spent and held of a day."""
        held = sum(one.amount for one in self.held.values() if one.standing.day == day)
        return self.spent.get(day, 0) + held

    def breaks(self, ask: HoldAsk) -> type[LimitReached] | None:
        """Return the limit that a call must run into."""
        limits, terms = ask.limits, ask.terms
        if len(self.held) >= limits.in_flight:
            return TooManyInFlight
        begun = self.minutes.count(minute_of(ask.arrived))
        if limits.per_minute is not None and begun >= limits.per_minute:
            return MinuteSpent
        least = terms.flat or terms.prompt + min(terms.cap, FLOOR) * terms.choices
        day = ask.arrived.date()
        room = max(0, (limits.allowance or 0) - self.taken(day))
        if least <= room:
            return None
        waits = self.spent.get(day, 0) + least <= (limits.allowance or 0)
        return AllowanceHeld if waits else AllowanceSpent


class Calls(RuleBasedStateMachine):
    """One member's calls through two processes' ledgers."""

    world: World
    held = Bundle("held")
    ended = Bundle("ended")

    @initialize()
    def join(self) -> None:
        self.clock, self.account, self.member = self.world.clock, Account(), next(MEMBERS)
        self.clock.moment = NOON  # every example at the same time of its member's first day
        self.ours, self.theirs = self.world.ledgers
        self.run = self.world.runner.run
        self.run(add_members(self.world.db, self.member))

    @rule(target=held, cap=st.integers(0, 400), prompt=st.integers(0, 300), n=st.integers(1, 3))
    def ask_in_tokens(self, cap: int, prompt: int, n: int) -> Any:
        return self._ask(tokens(1_000, prompt=prompt, cap=cap, choices=n), None)

    @rule(target=held, allowance=st.sampled_from([800, 2_400, 8_000]))
    def ask_in_requests(self, allowance: int) -> Any:
        return self._ask(request(allowance), PER_MINUTE)

    def _ask(self, ask: HoldAsk, per_minute: int | None) -> Any:
        limits = Limits(ask.limits.allowance, MOST_IN_FLIGHT, per_minute)
        ask = ask._replace(member_id=self.member, arrived=self.clock.now(), limits=limits)
        expected = self.account.breaks(ask)

        answer = self.run(self._try(ask))

        if not isinstance(answer, Held):
            assert type(answer) is expected
            return multiple()
        assert expected is None
        self.account.held[answer.id] = answer
        if per_minute is not None:
            self.account.minutes.append(minute_of(ask.arrived))
        taken = self.account.taken(ask.arrived.date())
        assert answer.standing.spent + answer.standing.held == taken <= (limits.allowance or 0)
        return answer

    async def _try(self, ask: HoldAsk) -> Held | LimitReached:
        try:
            return await self.ours.hold(ask)
        except LimitReached as refused:
            return refused

    @rule(target=ended, one=consumes(held), cost=st.integers(0, 1_500))
    def settle(self, one: Held, cost: int) -> Held:
        account, day = self.account, one.standing.day
        late = account.lost.pop(one.id, None) is not None
        room = (one.ask.limits.allowance or 0) - account.taken(day)
        charged = cost if late else min(cost, max(one.amount, one.amount + room))

        settled = self.run(self.ours.settle(one, costing(cost)))

        account.held.pop(one.id, None)
        account.spent[day] = account.spent.get(day, 0) + charged
        assert (settled.cost, settled.overrun, settled.first) == (charged, cost - charged, True)
        assert settled.standing.spent == account.spent[day]
        return one

    @rule(one=ended, cost=st.integers(0, 1_500), which=st.integers(0, 1))
    def settle_again(self, one: Held, cost: int, which: int) -> None:
        settled = self.run(self.world.ledgers[which].settle(one, costing(cost)))

        assert not settled.first

    @rule(one=consumes(held))
    def release(self, one: Held) -> None:
        self.run(self.ours.release(one))

        minutes = self.account.minutes
        if self.account.held.pop(one.id, None) and minutes and minutes[-1] == one.minute:
            minutes.pop()

    @rule()
    def die(self) -> None:
        """Stand still for as long as a lease lasts; the neighbour sweeps."""
        gone = self.run(self.theirs.sweep())
        self.clock.move(seconds=60)

        gone += self.run(self.theirs.sweep())

        assert gone == len(self.account.held)
        self.account.lost |= self.account.held
        self.account.held.clear()

    @rule()
    def live(self) -> None:
        """Renew in time: the neighbour's sweeps find nothing."""
        for _ in range(2):
            self.run(self.ours.renew())
            assert self.run(self.theirs.sweep()) == 0
            self.clock.move(seconds=59)

    @rule(seconds=st.sampled_from([20, 200, 50_000]))
    def wait(self, seconds: int) -> None:
        self.clock.move(seconds=seconds)

    @invariant()
    def both_processes_show_what_the_model_says(self) -> None:
        limits = Limits(8_000, MOST_IN_FLIGHT, PER_MINUTE)
        for ledger in self.world.ledgers:
            shown = self.run(ledger.standing(self.member, request().mode, limits))
            assert shown.spent + shown.held == self.account.taken(self.clock.now().date())
            assert shown.in_flight == len(self.account.held)

    def teardown(self) -> None:
        if hasattr(self, "account"):
            self.die()
            self.run(assert_books_agree(self.world.db, at_rest=True))


def test_calls_in_any_order_leave_the_books_right(database_url: str, clock: HandClock) -> None:
    async def opened() -> World:
        db = Database(database_url)
        ledgers = [Ledger(db, clock, Ids(), lambda: BY_HAND) for _ in range(2)]
        for ledger in ledgers:
            await ledger.__aenter__()
        return World(runner, clock, db, ledgers)

    async def closed(world: World) -> None:
        for ledger in world.ledgers:
            await ledger.__aexit__()
        await world.db.close()

    with asyncio.Runner() as runner:
        Calls.world = runner.run(opened())
        try:
            run_state_machine_as_test(Calls, settings=EXAMPLES)
        finally:
            runner.run(closed(Calls.world))
