"""What an account must show, worked out the simplest way from what happened to it.

Nothing here asks the product: plans are read from the table below, moments are compared as such.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.ledger.calls import Held
from bot.members.people import Person

BASE, UNIT, IN_FLIGHT, SWITCHES, WINNERS = 80_000, 800, 3, 3, 1
THRESHOLDS = (2, 4, 6)
PLANS: dict[str, Any] = {
    "activation": {"daily_tokens": 160_000, "claude": True, "days": 3},
    "exchange": {
        "1": {"daily_tokens": 85_000, "claude": True, "days": 30},
        "2": {"daily_tokens": 320_000, "days": 30},
    },
    "level": {
        "1": {"daily_tokens": 88_000},
        "2": {"daily_tokens": 128_000},
        "3": {"daily_tokens": 170_000},
    },
    "donation": {
        "3": {"claude": True, "days": 30},
        "5": {"daily_tokens": 320_000, "days": 30},
        "100": {"unlimited": True, "claude": True, "days": 10},
    },
    "contest": {"daily_tokens": 400_000, "claude": True, "days": 30},
}


@dataclass(eq=False)
class Gift:
    """Something given for a time; `id` None until the database was asked for its number."""

    source: str
    plan: str | None
    terms: dict[str, Any]
    start: datetime
    end: datetime
    id: int | None = None
    revoked: bool = False

    def looks(self) -> tuple[Any, ...]:
        """Return what a grant shows."""
        tokens, unlimited = self.terms.get("daily_tokens"), self.terms.get("unlimited", False)
        claude = "claude" if self.terms.get("claude") else None
        return self.source, self.plan, tokens, claude, unlimited, self.start, self.end


@dataclass(eq=False)
class Account:
    """One member's number; whoever returns after a deletion has another."""

    person: Person
    gifts: list[Gift] = field(default_factory=list)
    mode: str = "tokens"
    suspended: bool = False
    key: str | None = None
    code: str | None = None
    spent: Counter[date] = field(default_factory=Counter)
    switched: Counter[date] = field(default_factory=Counter)
    points: Counter[int] = field(default_factory=Counter)
    held: list[Held] = field(default_factory=list)
    gone: bool = False


@dataclass(eq=False)
class Activation:
    """A code that was activated."""

    newcomer: Account
    owner: Account
    at: datetime
    credited_at: datetime | None
    voided: bool = False


@dataclass(eq=False)
class Exchange:
    """Referrals that were offered for a plan."""

    id: int
    owner: Account
    referrals: int
    asked_at: datetime
    state: str
    gift: Gift | None = None


@dataclass(eq=False)
class Donation:
    """A receipt that counts."""

    owner: Account
    gift: Gift
    refunded: bool = False


@dataclass(eq=False)
class Deed:
    """Something staff did; `undo` changes the model and says whether there is anything to undo."""

    audit_id: int
    undo: Callable[[], bool]
    undone: bool = False


@dataclass
class Life:
    """Everything that happened so far."""

    zone: ZoneInfo
    adds_up: bool
    credit_after: timedelta
    now: datetime
    closed: int = 0  # the last month whose awards are made
    accounts: dict[Person, Account] = field(default_factory=dict)
    left: dict[Person, tuple[date, Account]] = field(default_factory=dict)
    activated: set[Person] = field(default_factory=set)
    activations: list[Activation] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    donations: dict[str, Donation] = field(default_factory=dict)
    deeds: list[Deed] = field(default_factory=list)

    # Time.

    @property
    def today(self) -> date:
        """Return the community's day."""
        return self.now.astimezone(self.zone).date()

    def month(self, moment: datetime) -> int:
        """Return a moment's month, counted from the year 0."""
        local = moment.astimezone(self.zone)
        return local.year * 12 + local.month - 1

    def begin(self, month: int) -> datetime:
        """Return when a month begins."""
        first = datetime(month // 12, month % 12 + 1, 1, tzinfo=self.zone)
        return first.astimezone(UTC)

    def over(self) -> int:
        """Return the newest month that is over by five minutes."""
        ended = datetime.combine(self.today.replace(day=1), time(0, 5), self.zone)
        return self.month(self.now) - (1 if self.now >= ended.astimezone(UTC) else 2)

    # What an account shows.

    def running(self, account: Account) -> list[Gift]:
        """Return what runs or will run."""
        return [gift for gift in account.gifts if not gift.revoked and gift.end > self.now]

    def allowance(self, account: Account) -> int | None:
        """Return the tokens of today, None without limit."""
        active = [gift.terms for gift in self.running(account) if gift.start <= self.now]
        if any(terms.get("unlimited") for terms in active):
            return None
        more = [terms.get("daily_tokens") or 0 for terms in active]
        return BASE + sum(more) if self.adds_up else max([BASE, *more])

    def access(self, account: Account) -> set[str]:
        """Return what may be opened."""
        active = [gift for gift in self.running(account) if gift.start <= self.now]
        return {"free"} | {"claude" for gift in active if gift.terms.get("claude")}

    def taken(self, account: Account, day: date) -> int:
        """Return what is spent and held of a day."""
        held = sum(one.amount for one in account.held if one.standing.day == day)
        return account.spent[day] + held

    def waiting(self, account: Account) -> int:
        """Return the activations not credited yet."""
        mine = [each for each in self.activations if each.owner is account and not each.voided]
        return sum(each.credited_at is None for each in mine)

    def credited(self, account: Account) -> int:
        """Return the activations that count."""
        mine = [each for each in self.activations if each.owner is account and not each.voided]
        return len(mine) - self.waiting(account)

    def balance(self, account: Account) -> int:
        """Return the referrals that are left."""
        mine = [each for each in self.exchanges if each.owner is account]
        gone = sum(each.referrals for each in mine if self.stands(each) in ("waiting", "approved"))
        return self.credited(account) - gone

    def stands(self, exchange: Exchange) -> str:
        """Return how far an exchange is."""
        late = self.now - exchange.asked_at >= timedelta(days=7)
        return "lapsed" if exchange.state == "waiting" and late else exchange.state

    # What happens to one.

    def join(self, person: Person) -> Account:
        """Return a person's account, made new for who comes or returns."""
        if person not in self.accounts:
            account = self.accounts[person] = Account(person)
            if person in self.left:
                day, before = self.left.pop(person)
                account.suspended = before.suspended
                if day == self.today:
                    account.spent[day], account.switched[day] = (
                        before.spent[day],
                        before.switched[day],
                    )
        return self.accounts[person]

    def leave(self, person: Person) -> None:
        """Delete everything but what cannot be escaped."""
        account = self.accounts.pop(person)
        account.gone = True
        self.left[person] = (self.today, account)
        for gift in account.gifts:
            gift.revoked = True
        self.exchanges = [each for each in self.exchanges if each.owner is not account]

    def give(self, account: Account, gift: Gift) -> Gift:
        """Give something."""
        account.gifts.append(gift)
        return gift

    def plan(self, account: Account, source: str, plan: str | None = None) -> Gift:
        """Give a plan: at once, or after the one of its kind that runs."""
        terms = PLANS[source] if plan is None else PLANS[source][plan]
        same = [
            gift.end for gift in self.running(account) if (gift.source, gift.plan) == (source, plan)
        ]
        start = max([self.now, *same])
        return self.give(
            account, Gift(source, plan, terms, start, start + timedelta(terms["days"]))
        )

    def level(self, account: Account, level: int, start: datetime, end: datetime) -> Gift:
        """Give a level."""
        plan = str(level)
        return self.give(account, Gift("level", plan, PLANS["level"][plan], start, end))

    def revoke(self, gift: Gift) -> bool:
        """End a gift; False where it was ended before."""
        before, gift.revoked = gift.revoked, True
        return not before

    def regive(self, account: Account, gift: Gift) -> bool:
        """Give again what was ended, for the rest of its time; False where there is none."""
        if account.gone or gift.end <= self.now:
            return False
        start = max(self.now, gift.start)
        again = self.give(account, replace(gift, id=None, revoked=False, start=start))
        for donation in self.donations.values():
            if donation.gift is gift:
                donation.gift = again
        return True

    def activate(self, newcomer: Account, owner: Account) -> Gift:
        """Let a newcomer activate a code."""
        credited_at = None if self.credit_after else self.now
        self.activated.add(newcomer.person)
        self.activations.append(Activation(newcomer, owner, self.now, credited_at))
        return self.plan(newcomer, "activation")

    # What the jobs do.

    def tick(self) -> None:
        """Credit who waited long enough, then close the months that are over."""
        for each in self.activations:
            waits = each.credited_at is None and not each.voided
            if waits and each.at + self.credit_after <= self.now:
                each.credited_at = self.now
        months = range(self.closed + 1, self.over() + 1)
        self.closed = max(self.closed, self.over())
        for month in months:
            self._award(month)
        for month in months:
            self._contest(month)

    def _award(self, month: int) -> None:
        start, end = self.begin(month + 1), self.begin(month + 2)
        for account in self.accounts.values():
            level = sum(account.points[month] >= each for each in THRESHOLDS)
            if level and self.now < end:
                self.level(account, level, start, end)

    def _contest(self, month: int) -> None:
        counts = Counter(
            each.owner
            for each in self.activations
            if each.credited_at is not None
            and self.month(each.credited_at) == month
            and not (each.voided or each.owner.gone or each.owner.suspended)
        )
        best = sorted(counts.values(), reverse=True)[:WINNERS]
        for owner, count in counts.items():
            if count >= min(best):
                self.plan(owner, "contest")
