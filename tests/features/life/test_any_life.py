"""An account's whole life in any order, on a real database, against a model of its history."""

import asyncio
import itertools
import shutil
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from bot.allowance.donations import NoReceipt, ReceiptUsed, RefundedBefore
from bot.audit import Action, AlreadyDone
from bot.core.clock import HandClock
from bot.core.units import Mode
from bot.ledger.calls import Held, HoldAsk
from bot.ledger.errors import AllowanceHeld, AllowanceSpent, TooManyInFlight
from bot.ledger.rules import Terms
from bot.levels.errors import NoLevel
from bot.members.errors import Suspended, SwitchesSpent
from bot.members.people import Person
from bot.referrals import errors
from bot.referrals.purse import purse_of
from bot.relay.errors import InvalidKey
from bot.staff.errors import NotUndoable, ProposalGone
from bot.staff.grants import GrantGone
from bot.staff.members import NoKeyToReset, NotSuspended, SuspendedBefore
from bot.storage.tables.allowance import GrantRow
from bot.storage.tables.ledger import DayRow, HoldRow, PaceRow
from tests.conftest import NOON
from tests.fakes.postgres import execute, named
from tests.features.ledger.asks import costing
from tests.features.life import model
from tests.features.life.model import Account, Deed, Donation, Exchange, Gift, Life
from tests.features.life.world import World, caught, opened
from tests.features.staff.room import ADA, BEA

CAST = (ADA, BEA, Person(300_000_000_000_000_009, at_home=True))
FLOOR = 16  # completion tokens that must fit
SOMEBODY = 310_000_000_000_000_000
STARTS = (
    NOON,
    datetime(2026, 10, 24, 21, tzinfo=UTC),  # before a day of 25 hours in Berlin
    datetime(2027, 3, 27, 22, tzinfo=UTC),  # before one of 23
    datetime(2028, 2, 28, 18, tzinfo=UTC),  # before a leap day
)
WAITS = st.sampled_from(
    [{"hours": 1}, {"hours": 7}, {"days": 1}, {"days": 3, "seconds": 1}, {"days": 7}, {"days": 40}]
)
WHO, PICK = st.sampled_from(CAST), st.integers(0, 7)
CHOICES: list[tuple[str, dict[str, Any]]] = []
Fresh = Callable[[], str]


def step(weight: int, **draws: Any) -> Callable[[Any], Any]:
    """Make a method one of the things that happen, so many times as often as the rarest."""

    def kept(method: Any) -> Any:
        CHOICES.extend([(method.__name__, draws)] * weight)
        return method

    return kept


class Lives(RuleBasedStateMachine):
    """Three people's lives, and those of whom they bring."""

    loop: asyncio.Runner
    fresh: Fresh
    world: World

    def __init__(self) -> None:
        super().__init__()
        self.life = Life(ZoneInfo("UTC"), False, timedelta(), NOON)
        self.count = itertools.count(1)

    @initialize(
        start=st.sampled_from(STARTS),
        zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu"]),
        adds_up=st.booleans(),
        approval=st.booleans(),
        days=st.sampled_from([0, 0, 3]),
        friends=st.integers(0, 3),
    )
    def open(
        self, start: datetime, zone: str, adds_up: bool, approval: bool, days: int, friends: int
    ) -> None:
        self.clock, self.run = HandClock(moment=start), self.loop.run
        self.approval = approval
        self.life = Life(ZoneInfo(zone), adds_up, timedelta(days), start)
        self.life.closed = self.life.over()
        limits = {"daily_tokens": model.BASE, "request_unit": model.UNIT}
        limits |= {"stacking": "sum" if adds_up else "highest", "requests_per_minute": 1_000}
        limits |= {"in_flight": model.IN_FLIGHT, "mode_switches_per_day": model.SWITCHES}
        referrals = {"credit_after_days": days, "contest_winners": model.WINNERS}
        referrals |= {"exchange": "approval" if approval else "instant"}
        self.world = self.run(
            opened(
                type(self).fresh(),
                self.clock,
                community={"timezone": zone},
                limits=limits,
                referrals=referrals,
                levels={"thresholds": list(model.THRESHOLDS), "cooldown_seconds": 0},
                plans=model.PLANS,
            )
        )
        self.built = self.world.room.built
        self.run(self.world.tick())
        self.bring(ADA, friends)

    def join(self, person: Person) -> Account:
        self.run(self.world.room.member(person))
        return self.life.join(person)

    def done(self, outcome: Any, expected: type[Exception] | None) -> bool:
        """Check that something was refused as it had to be; True where it was done."""
        if expected is None:
            assert not isinstance(outcome, Exception), repr(outcome)
            return True
        assert type(outcome) is expected, repr(outcome)
        return False

    def deed(self, outcome: Any, undo: Callable[[], bool]) -> None:
        self.life.deeds.append(Deed(outcome.audit_id, undo))

    # Referrals.

    @step(2, who=WHO, whose=WHO)
    def activate(self, who: Person, whose: Person) -> None:
        newcomer, owner = self.join(who), self.life.accounts.get(whose)
        code = self._code(whose)

        outcome = self.run(caught(self.built.referring.referrals.activate(who, code)))

        if self.done(outcome, self._bar(newcomer, owner)):
            assert owner is not None
            self.life.activate(newcomer, owner).id = outcome.id

    def _code(self, whose: Person) -> str:
        """Return a person's code, a lost one where everything of theirs was deleted."""
        account = self.life.accounts.get(whose)
        if account is None:
            left = self.life.left.get(whose)
            return (left and left[1].code) or "22222222"
        number = self.run(self.world.room.member(whose))
        account.code = self.run(self.built.referring.referrals.overview(number)).code
        return account.code

    def _bar(self, newcomer: Account, owner: Account | None) -> type[Exception] | None:
        pairs = [(each.newcomer, each.owner) for each in self.life.activations]
        bars = (
            (newcomer.suspended, Suspended),
            (newcomer.person in self.life.activated, errors.CodeUsedBefore),
            (owner is None, errors.NoSuchCode),
            (owner is newcomer, errors.OwnCode),
            ((owner, newcomer) in pairs, errors.CodeLoop),
            (owner is not None and owner.suspended, errors.CodeResting),
        )
        return next((failure for holds, failure in bars if holds), None)

    @step(1, whose=WHO, count=st.integers(1, 2))
    def bring(self, whose: Person, count: int) -> None:
        self.join(whose)
        for _ in range(count):
            self._newcomer(whose)

    def _newcomer(self, whose: Person) -> None:
        newcomer, owner = Person(SOMEBODY + next(self.count), at_home=True), self.life.join(whose)
        code = self._code(whose)

        outcome = self.run(caught(self.built.referring.referrals.activate(newcomer, code)))

        if self.done(outcome, errors.CodeResting if owner.suspended else None):
            self.life.activate(self.life.join(newcomer), owner).id = outcome.id

    @step(4, who=WHO, referrals=st.sampled_from([1, 1, 2]))
    def exchange(self, who: Person, referrals: int) -> None:
        account, life, number = self.join(who), self.life, next(self.count)
        balance, expected = life.balance(account), None
        if balance < referrals:
            expected = errors.ReferralsOwed if balance < 0 else errors.NotEnoughReferrals
        if account.suspended:
            expected = Suspended

        outcome = self.run(caught(self.built.referring.exchanges.exchange(who, referrals, number)))

        if self.done(outcome, expected):
            made = Exchange(number, account, referrals, life.now, "waiting")
            life.exchanges.append(made)
            if not self.approval:
                made.state, made.gift = "approved", life.plan(account, "exchange", str(referrals))
            assert life.balance(account) >= 0

    @step(3, pick=PICK, what=st.sampled_from(["approve", "decline", "withdraw"]))
    def decide(self, pick: int, what: str) -> None:
        if not self.life.exchanges:
            return
        exchange = self.life.exchanges[-1 - pick % len(self.life.exchanges)]
        stood = self.life.stands(exchange)

        outcome = self.run(caught(self._decided(exchange, what)))

        if self.done(outcome, None if stood == "waiting" else errors.ExchangeDecided):
            exchange.state = {"decline": "declined", "withdraw": "withdrawn"}.get(what, "approved")
            if what == "approve":
                plan = str(exchange.referrals)
                exchange.gift = self.life.plan(exchange.owner, "exchange", plan)
                (entry,) = self.run(self.built.audit.browse(limit=1))
                undo = lambda: self._unapprove(exchange)  # noqa: E731 - the deed keeps it
                self.life.deeds.append(Deed(entry.id, undo))

    async def _decided(self, exchange: Exchange, what: str) -> Any:
        actor = await self.world.room.actor()
        if what == "approve":
            return await self.world.desk.approve(actor, exchange.id)
        if what == "decline":
            return await self.world.desk.decline(actor, exchange.id, "not now")
        return await self.built.referring.exchanges.withdraw(exchange.owner.person, exchange.id)

    def _unapprove(self, exchange: Exchange) -> bool:
        gift = exchange.gift
        if exchange.owner.gone or gift is None or gift.end <= self.life.now:
            return False
        if not self.life.revoke(gift):
            return False
        exchange.state = "declined"
        return True

    @step(1, pick=PICK)
    def void(self, pick: int) -> None:
        here = [each for each in self.life.activations if not each.newcomer.gone]
        if not here:
            return
        activation = here[-1 - pick % len(here)]

        outcome = self.run(self.world.act(Action.REFERRALS_VOID, activation.newcomer.person))

        def undo() -> bool:
            activation.voided = False
            return True

        if self.done(outcome, errors.VoidedBefore if activation.voided else None):
            activation.voided = True
            self.deed(outcome, undo)

    # Grants.

    @step(
        1,
        who=WHO,
        terms=st.sampled_from(
            [
                {"tokens": 90_000, "claude": False, "unlimited": False, "days": 1},
                {"tokens": 2_000_000, "claude": True, "unlimited": False, "days": 2},
                {"tokens": None, "claude": True, "unlimited": False, "days": 10},
                {"tokens": None, "claude": False, "unlimited": True, "days": 1},
            ]
        ),
    )
    def grant(self, who: Person, terms: dict[str, Any]) -> None:
        account, life = self.join(who), self.life
        outcome = self.run(self.world.act(Action.GRANT_GIVE, who, **terms))

        self.done(outcome, None)
        given = {"daily_tokens": terms["tokens"]} | terms
        end = life.now + timedelta(terms["days"])
        gift = life.give(account, Gift("staff", None, given, life.now, end))
        gift.id = outcome.change.after["grant_id"]
        self.deed(outcome, lambda: life.revoke(gift))

    @step(2, who=WHO, pick=PICK)
    def revoke(self, who: Person, pick: int) -> None:
        """End any gift the person ever had, the latest first."""
        account, life = self.join(who), self.life
        if not account.gifts:
            return
        gift = account.gifts[-1 - pick % len(account.gifts)]
        if gift.id is None:  # given and ended between two looks
            return
        outcome = self.run(self.world.act(Action.GRANT_REVOKE, None, grant=gift.id))

        if self.done(outcome, None if gift in life.running(account) else GrantGone):
            life.revoke(gift)
            self.deed(outcome, lambda: life.regive(account, gift))

    @step(
        3,
        who=WHO,
        amount=st.sampled_from([5, 5, 5, 3, 100]),
        receipt=st.sampled_from(["r1", " R1 ", "r2", "r3", "r4"]),
    )
    def donate(self, who: Person, amount: int, receipt: str) -> None:
        account, life, known = self.join(who), self.life, receipt.strip().lower()
        outcome = self.run(
            self.world.act(Action.DONATION_RECORD, who, amount=amount, receipt=receipt)
        )

        if not self.done(outcome, ReceiptUsed if known in life.donations else None):
            return
        donation = Donation(account, life.plan(account, "donation", str(amount)))
        donation.gift.id = outcome.change.after["grant_id"]
        life.donations[known] = donation

        def strike() -> bool:
            if donation.refunded:
                return False
            life.revoke(donation.gift)
            del life.donations[known]
            return True

        self.deed(outcome, strike)

    @step(2, pick=PICK, unknown=st.sampled_from([False] * 7 + [True]))
    def refund(self, pick: int, unknown: bool) -> None:
        life, known = self.life, [*self.life.donations]
        receipt = "none" if unknown or not known else known[pick % len(known)].upper()
        donation = life.donations.get(receipt.lower())
        expected: type[Exception] | None = None
        if donation is None:
            expected = NoReceipt
        elif donation.refunded:
            expected = RefundedBefore
        elif donation.owner.gone:
            expected = ProposalGone
        outcome = self.run(self.world.act(Action.DONATION_REFUND, None, receipt=receipt))

        if not self.done(outcome, expected):
            return
        assert donation is not None
        donation.refunded, ended = True, life.revoke(donation.gift)

        def undo() -> bool:
            donation.refunded = False
            if ended:
                life.regive(donation.owner, donation.gift)
            return True

        self.deed(outcome, undo)

    @step(1, who=WHO, level=st.integers(0, 3))
    def set_level(self, who: Person, level: int) -> None:
        if level:
            self._grant_level(who, level)
        else:
            self._revoke_level(who)

    def _grant_level(self, who: Person, level: int) -> None:
        account, life = self.join(who), self.life
        replaced = [gift for gift in life.running(account) if gift.source == "level"]
        outcome = self.run(self.world.act(Action.LEVEL_GRANT, who, level=level))

        self.done(outcome, None)
        for gift in replaced:
            life.revoke(gift)
        end = life.begin(life.month(life.now) + 2)
        given = life.level(account, level, life.now, end)
        given.id = outcome.change.after["grant_id"]

        def undo() -> bool:
            done = life.revoke(given)
            if done:
                for gift in replaced:
                    life.regive(account, gift)
            return done

        self.deed(outcome, undo)

    def _revoke_level(self, who: Person) -> None:
        account, life = self.join(who), self.life
        taken = [gift for gift in life.running(account) if gift.source == "level"]
        outcome = self.run(self.world.act(Action.LEVEL_REVOKE, who))

        if self.done(outcome, None if taken else NoLevel):
            for gift in taken:
                life.revoke(gift)
            self.deed(outcome, lambda: sum(life.regive(account, gift) for gift in taken) > 0)

    @step(5, pick=PICK)
    def undo(self, pick: int) -> None:
        if not self.life.deeds:
            return
        deed = self.life.deeds[-1 - pick % len(self.life.deeds)]
        expected: type[Exception] | None = AlreadyDone if deed.undone else None
        if not deed.undone and not deed.undo():
            expected = NotUndoable

        outcome = self.run(self.world.undo(deed.audit_id))

        deed.undone |= self.done(outcome, expected)

    # Standing, key, mode.

    @step(1, who=WHO, out=st.booleans())
    def judge(self, who: Person, out: bool) -> None:
        account = self.join(who)
        if out and (not account.suspended or who == BEA):
            self._suspend(who)
        else:
            self._restore(who)

    def _suspend(self, who: Person) -> None:
        account = self.join(who)
        outcome = self.run(self.world.act(Action.MEMBER_SUSPEND, who))

        if self.done(outcome, SuspendedBefore if account.suspended else None):
            account.suspended = True
            self.deed(outcome, lambda: self._turned(account, suspended=False))

    def _restore(self, who: Person) -> None:
        account = self.join(who)
        outcome = self.run(self.world.act(Action.MEMBER_RESTORE, who))

        if self.done(outcome, None if account.suspended else NotSuspended):
            account.suspended = False
            self.deed(outcome, lambda: self._turned(account, suspended=True))

    def _turned(self, account: Account, *, suspended: bool) -> bool:
        if account.gone or account.suspended == suspended:
            return False
        account.suspended = suspended
        return True

    @step(1, who=WHO, themself=st.booleans())
    def renew_key(self, who: Person, themself: bool) -> None:
        if themself:
            self._replace_key(who)
        else:
            self._reset_key(who)

    def _replace_key(self, who: Person) -> None:
        account = self.join(who)
        outcome = self.run(caught(self.built.keys.replace(who)))

        if self.done(outcome, Suspended if account.suspended else None):
            before, account.key = account.key, outcome.plain
            self._dead(before)

    def _reset_key(self, who: Person) -> None:
        account = self.join(who)
        if account.suspended:
            return
        outcome = self.run(self.world.act(Action.MEMBER_RESET_KEY, who))

        if self.done(outcome, None if account.key else NoKeyToReset):
            before, account.key = account.key, self.run(self.built.keys.show(who)).plain
            self._dead(before)

    def _dead(self, key: str | None) -> None:
        if key is not None:
            with pytest.raises(InvalidKey):
                self.run(self.built.callers.by_key(key))

    @step(1, who=WHO, mode=st.sampled_from(Mode))
    def switch_mode(self, who: Person, mode: Mode) -> None:
        account, today = self.join(who), self.life.today
        spent = account.mode != mode and account.switched[today] >= model.SWITCHES
        outcome = self.run(caught(self.built.members.switch_mode(who, mode)))

        if self.done(outcome, SwitchesSpent if spent else None) and account.mode != mode:
            account.mode = mode
            account.switched[today] += 1

    # Calls.

    @step(
        4,
        who=WHO,
        prompt=st.integers(0, 60_000),
        cap=st.sampled_from([0, 10, 4_000, 90_000]),
        ends=st.booleans(),
    )
    def call(self, who: Person, prompt: int, cap: int, ends: bool) -> None:
        account, life = self.join(who), self.life
        flat = model.UNIT if account.mode == "requests" else None
        allowance, taken = life.allowance(account), life.taken(account, life.today)
        room = None if allowance is None else max(0, allowance - taken)
        wanted, least = flat or prompt + cap, flat or prompt + min(cap, FLOOR)
        expected: type[Exception] | None = None
        if room is not None and least > room:
            waits = account.spent[life.today] + least <= (allowance or 0)
            expected = AllowanceHeld if waits else AllowanceSpent
        if len(account.held) >= model.IN_FLIGHT:
            expected = TooManyInFlight
        if account.suspended:
            expected = Suspended

        outcome = self.run(caught(self._held(who, Terms(1_000, prompt, cap, flat=flat))))

        if self.done(outcome, expected):
            assert outcome.amount == (wanted if room is None else min(wanted, room))
            assert outcome.standing.day == life.today
            account.held.append(outcome)
            if ends:
                self._end(account, outcome, prompt + 20)

    async def _held(self, who: Person, terms: Terms) -> Held:
        caller = await self.built.callers.by_person(who)
        limits, now = self.built.callers.limits(caller), self.clock.now()
        ask = HoldAsk(caller.member_id, None, "chat", "m", caller.mode, now, terms, limits)
        return await self.built.ledger.hold(ask)

    @step(2, pick=PICK, cost=st.none() | st.integers(0, 120_000))
    def end(self, pick: int, cost: int | None) -> None:
        """End a call on the day on which it began, whatever the day is now."""
        calls = [(each, one) for each in self.life.accounts.values() for one in each.held]
        if not calls:
            return
        account, one = calls[pick % len(calls)]
        if cost is not None:
            self._end(account, one, cost)
            return
        account.held.remove(one)
        self.run(self.built.ledger.release(one))

    def _end(self, account: Account, one: Held, cost: int) -> None:
        account.held.remove(one)
        day, allowance = one.standing.day, one.ask.limits.allowance
        charged = cost
        if allowance is not None:
            charged = min(cost, max(one.amount, allowance - self.life.taken(account, day)))
        account.spent[day] += charged

        settled = self.run(self.built.ledger.settle(one, costing(cost)))

        assert (settled.cost, settled.overrun) == (charged, cost - charged)
        assert settled.standing.spent == account.spent[day]

    def _freed(self, account: Account) -> None:
        while account.held:
            self.run(self.built.ledger.release(account.held.pop()))

    # Time, talk, leaving.

    @step(1, who=WHO, points=st.integers(1, 4))
    def talk(self, who: Person, points: int) -> None:
        account, earned = self.life.join(who), self.built.levelling.points
        for _ in range(points):
            earned.count(who.discord_id)
        self.run(earned.flush())
        account.points[self.life.month(self.life.now)] += points

    @step(3, passes=WAITS, ticks=st.booleans())
    def wait(self, passes: dict[str, int], ticks: bool) -> None:
        self._passed(timedelta(**passes), ticks=ticks)

    @step(1, seconds=st.sampled_from([-1, 0, 299, 300]))
    def wait_for_midnight(self, seconds: int) -> None:
        tomorrow = self.life.today + timedelta(days=1)
        ends = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=self.life.zone)
        at = ends.astimezone(UTC) + timedelta(seconds=seconds)
        self._passed(max(at - self.life.now, timedelta()), ticks=True)

    @step(2, seconds=st.sampled_from([-1, 0, 299, 300, 90_000]))
    def wait_for_the_next_month(self, seconds: int) -> None:
        begins = self.life.begin(self.life.month(self.life.now) + 1)
        step = begins + timedelta(seconds=seconds) - self.life.now
        self._passed(max(step, timedelta()), ticks=True)

    def _passed(self, step: timedelta, *, ticks: bool) -> None:
        step += timedelta(minutes=1)  # the jobs look about once a minute
        self.clock.move(seconds=step.total_seconds())
        self.life.now += step
        if ticks:
            self.run(self.world.tick())
            self.life.tick()

    @step(1, who=WHO, returns=st.booleans())
    def delete_everything(self, who: Person, returns: bool) -> None:
        account = self.life.accounts.get(who)
        if account is None:
            return
        self._freed(account)

        self.run(self.world.privacy.forget(who))

        self.life.leave(who)
        self._dead(account.key)
        if returns:
            self.join(who)

    @rule(
        what=st.sampled_from(CHOICES).flatmap(
            lambda choice: st.tuples(st.just(choice[0]), st.fixed_dictionaries(choice[1]))
        )
    )
    def happens(self, what: tuple[str, dict[str, Any]]) -> None:
        """Let one of all that happen: one rule, so that no example goes without any of it."""
        name, drawn = what
        getattr(self, name)(**drawn)

    # What has to be true.

    @invariant()
    def everybody_has_what_their_history_gives_them(self) -> None:
        if hasattr(self, "world"):
            for person in CAST:
                self.run(self._compare(person))
            assert self.world.faults.seen == []

    async def _compare(self, person: Person) -> None:
        account, life = self.life.accounts.get(person), self.life
        member = await self.built.members.known(person.discord_id)
        assert (member is None) == (account is None)
        if member is None or account is None:
            return
        await self._compare_gifts(account, member.id)
        caller = await self.built.callers.of(member)
        assert caller.today.allowance == life.allowance(account)
        assert caller.today.access == life.access(account)
        assert (caller.mode, caller.suspended) == (account.mode, account.suspended)
        standing = await self.built.account.standing(caller)
        assert (standing.day, standing.spent) == (life.today, account.spent[life.today])
        assert standing.held == life.taken(account, life.today) - standing.spent
        assert standing.in_flight == len(account.held)
        async with self.built.db.read() as tx:
            purse = await purse_of(tx, member.id, self.clock.now())
        assert (purse.credited, purse.waiting) == (life.credited(account), life.waiting(account))
        assert purse.balance == life.balance(account)
        if account.key is not None:
            by_key = await caught(self.built.callers.by_key(account.key))
            if account.suspended:
                assert isinstance(by_key, Suspended)
            else:
                assert not isinstance(by_key, Exception)
                assert (by_key.today.allowance, by_key.today.access, by_key.mode) == (
                    caller.today.allowance,
                    caller.today.access,
                    caller.mode,
                )

    async def _compare_gifts(self, account: Account, number: int) -> None:
        """Compare grants with the model's gifts, which learn their numbers from them."""
        grants = await self.built.allowances.of(number)
        gifts = {gift.id: gift for gift in account.gifts if gift.id is not None}
        unknown = [gift for gift in self.life.running(account) if gift.id is None]
        for grant in grants:
            looks = (grant.source, grant.plan, grant.daily_tokens, grant.access, grant.unlimited)
            times = (grant.starts_at, grant.ends_at)
            if grant.id not in gifts:
                same = [gift for gift in unknown if gift.looks() == looks + times]
                assert same, f"{grant} was never given"
                same[0].id = grant.id
                unknown.remove(same[0])
                gifts[grant.id] = same[0]
            assert gifts[grant.id].looks() == looks + times
        assert {grant.id for grant in grants} == {g.id for g in self.life.running(account)}

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            for account in self.life.accounts.values():
                self._freed(account)
            self.run(self._compare_at_rest())
        finally:
            self.run(self.world.close())

    async def _compare_at_rest(self) -> None:
        for person in self.life.accounts:
            await self._compare(person)
        async with self.built.db.read() as tx:
            assert (await tx.scalars(select(HoldRow.id))).all() == []
            assert not any((await tx.scalars(select(PaceRow.in_flight))).all())
            assert not any((await tx.scalars(select(DayRow.held))).all())
            spent = sum((await tx.scalars(select(DayRow.spent))).all())
            running = (GrantRow.revoked_at.is_(None), GrantRow.ends_at > self.clock.now())
            given = len((await tx.scalars(select(GrantRow.id).where(*running))).all())
        everybody = [*self.life.accounts.values()]
        assert given == sum(len(self.life.running(account)) for account in everybody)
        assert spent >= sum(account.spent[self.life.today] for account in everybody)


@pytest.fixture
def fresh_sqlite(sqlite_template: Path, tmp_path: Path) -> Fresh:
    """Migrated SQLite databases, one a call."""

    def made() -> str:
        path = tmp_path / f"{uuid.uuid4().hex}.db"
        shutil.copy(sqlite_template, path)
        return f"sqlite+aiosqlite:///{path}"

    return made


@pytest.fixture
def fresh_postgres(postgres_server: str) -> Fresh:
    """Migrated PostgreSQL databases, one a call; they go with their server."""

    def made() -> str:
        name = f"t{uuid.uuid4().hex}"
        execute(postgres_server, f"CREATE DATABASE {name} TEMPLATE latchkey_template")
        return named(postgres_server, name)

    return made


@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 8), ("postgres", 2)])
def test_whatever_happens_to_an_account_it_shows_what_its_history_gives(
    kind: str, examples: int, request: pytest.FixtureRequest
) -> None:
    Lives.fresh = staticmethod(request.getfixturevalue(f"fresh_{kind}"))
    profile = settings(
        max_examples=examples,
        stateful_step_count=40,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    with asyncio.Runner() as Lives.loop:
        run_state_machine_as_test(Lives, settings=profile)
