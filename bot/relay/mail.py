"""Temporary mailboxes: made once, priced by the domain that was given, read free by their owner."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import or_, update

from bot.catalogue.model import Route
from bot.core.errors import Failure, Invalid
from bot.core.units import metered
from bot.ledger.calls import Settled
from bot.relay.belongings import NAMES, Belonging, Belongings, Sort, free_model
from bot.relay.caller import Caller
from bot.relay.errors import InvalidField, InvalidKey, UpstreamTimeout
from bot.relay.flat import FlatAsk, Flats
from bot.relay.router import Connected
from bot.settings.serving import Capability, TempMail
from bot.storage.tables.belongings import BelongingRow
from bot.upstreams.goods import Mailbox

MODEL = NAMES[Sort.MAILBOX]  # what the records of mailboxes say
USUAL = "1secmail.com"
MAILS = frozenset({Capability.TEMP_MAIL})
PAUSE = 5.0  # seconds between two times an upstream is asked for one mailbox's messages
LOOK_SECONDS = 0.5  # how often to see whether another process's pause is over
MOST_LOOKS = 60
NAMED = 5  # domains that a refusal names
MOST_SHOWN = 25
Letters: TypeAlias = list[dict[str, Any]]


class NoMailboxes(Invalid):
    """Nothing here makes mailboxes."""

    message_id = "mailbox.none_made"


class UnknownDomain(Invalid):
    """No mailbox can be made at a domain."""

    message_id = "mailbox.unknown_domain"

    def __init__(self, domain: str, known: list[str]) -> None:
        """Name the domain, cut to a length fit for a sentence, and some of those there are."""
        super().__init__(param="domain", domain=domain[:100], known=", ".join(known))


class Domain(NamedTuple):
    """Where a mailbox can be made; the coefficient in thousandths, the price in metered tokens."""

    name: str
    coefficient: int
    price: int


class Made(NamedTuple):
    """A mailbox that was made, under an id of ours."""

    id: str
    email: str
    upstream: str
    settled: Settled


@dataclass(slots=True)
class _Latest:
    """The last answer for a mailbox, or the one that is on its way."""

    answer: asyncio.Task[Letters | Failure]
    asked: float  # of the steady clock


@dataclass(frozen=True)
class Mail:
    """Has mailboxes made, and gives their messages to their owners."""

    flats: Flats
    belongings: Belongings
    _latest: OrderedDict[str, _Latest] = field(default_factory=OrderedDict)

    @property
    def offered(self) -> bool:
        """Say whether mailboxes can be made here."""
        connected = self.flats.router.upstreams.get(self._settings.upstream or "")
        return connected is not None and connected.offers >= MAILS

    def domains(self) -> list[Domain]:
        """Return every domain with its price, none where no mailboxes are made."""
        if not self.offered:
            return []
        return [self._domain(name) for name in self._settings.domains]

    def price(self, domain: str) -> int:
        """Return what a mailbox at a domain costs, or at the usual one where it is unknown."""
        known = domain if domain in self._settings.domains else USUAL
        return self._domain(known).price

    async def make(
        self, caller: Caller, domain: str | None, *, endpoint: str, arrived: datetime
    ) -> Made:
        """Have a mailbox made; once the upstream has been asked, it is never asked again."""
        upstream = self._settings.upstream
        if upstream is None or not self.offered:
            raise NoMailboxes
        wanted = self._known(USUAL if domain is None else domain)

        async def attempt(connected: Connected, route: Route) -> tuple[str, str]:
            made = await connected.dialect.mailbox(connected.link, wanted.name)
            # It was made and is paid for: whoever stops waiting now, it is kept.
            return await self.flats.desk.chores.finish(self._keep(caller.member_id, route, made))

        route = Route(upstream, MODEL, 1, 0)
        model = free_model(MODEL, route, coefficient=wanted.coefficient)
        served = await self.flats.serve(
            caller,
            FlatAsk(endpoint, model, MAILS, arrived, once=True),
            attempt,
            costs=lambda kept: self._given(kept[1], wanted).price,
        )
        kept, email = served.value
        if not kept:
            raise InvalidKey
        return Made(kept, email, served.upstream, served.settled)

    async def letters(self, member_id: int, which: str) -> Letters:
        """Return the messages in a mailbox of the member's, at most `PAUSE` seconds old."""
        owned = await self.belongings.find(member_id, Sort.MAILBOX, which)
        now = self._now()
        while self._latest and _old(next(iter(self._latest.values())), now):
            self._latest.popitem(last=False)
        latest = self._latest.get(which)
        if latest is None or _old(latest, now):
            latest = self._latest[which] = self._ask(owned, now)
            self._latest.move_to_end(which)
        # Whoever stops waiting, the answer comes for those who ask next.
        answer = await asyncio.shield(latest.answer)
        if isinstance(answer, Failure):
            raise answer
        return answer

    async def mailboxes(self, member_id: int) -> list[Belonging]:
        """Return the member's mailboxes, newest first."""
        return await self.belongings.all_of(member_id, Sort.MAILBOX, most=MOST_SHOWN)

    async def mailbox(self, member_id: int, which: str) -> Belonging:
        """Return a mailbox of the member's."""
        return await self.belongings.find(member_id, Sort.MAILBOX, which)

    async def forget(self, member_id: int, which: str) -> None:
        """Let a mailbox of the member's go."""
        await self.belongings.let_go(member_id, Sort.MAILBOX, which)

    @property
    def _settings(self) -> TempMail:
        return self.flats.community.temp_mail

    def _domain(self, name: str) -> Domain:
        coefficient = self._settings.domains[name]
        unit = self.flats.community.limits.request_unit
        return Domain(name, coefficient, metered(unit, coefficient))

    def _known(self, name: str) -> Domain:
        """Return the domain that somebody names."""
        found = name.strip().lower()
        if found not in self._settings.domains:
            raise UnknownDomain(name, list(self._settings.domains)[:NAMED])
        return self._domain(found)

    def _given(self, email: str, wanted: Domain) -> Domain:
        """Return the domain that an address is at; one without a price costs as what was asked."""
        found = email.rpartition("@")[2].lower()
        return self._domain(found) if found in self._settings.domains else wanted

    async def _keep(self, member_id: int, route: Route, made: Mailbox) -> tuple[str, str]:
        """Keep a mailbox; return its id, "" where its owner is gone, and its address."""
        belongings = self.belongings
        async with belongings.db.begin() as tx:
            await belongings.members.lock(tx, member_id)
            kept = await belongings.keep(
                tx,
                member_id,
                Sort.MAILBOX,
                route,
                made.identifier,
                model=made.email.rpartition("@")[2].lower(),
                email=made.email,
            )
        return kept or "", made.email

    def _ask(self, owned: Belonging, now: float) -> _Latest:
        """Begin to ask for a mailbox's messages."""
        answer = self.flats.desk.chores.start(self._answer(owned))
        return _Latest(answer, now)

    async def _answer(self, owned: Belonging) -> Letters | Failure:
        """Return the messages, or why there are none: that too is told to all who ask meanwhile."""
        try:
            await self._turn(owned)
            if (latest := self._latest.get(owned.id)) is not None:
                latest.asked = self._now()
            letters = await self.belongings.read(
                owned,
                MAILS,
                lambda connected: connected.dialect.letters(connected.link, owned.identifier),
            )
        except Failure as failure:
            return failure
        return [_without(letter, owned) for letter in letters]

    async def _turn(self, owned: Belonging) -> None:
        """Wait until no process has asked for this mailbox's messages lately, and note that we do.

        A moment of another host's clock may lie ahead of ours; one far ahead is a clock set back.
        """
        pause, one = timedelta(seconds=PAUSE), BelongingRow.id == owned.id
        for _ in range(MOST_LOOKS):
            now = self.belongings.clock.now()
            at = BelongingRow.asked_at
            free = or_(at.is_(None), at <= now - pause, at > now + pause)
            async with self.belongings.db.begin() as tx:
                noted = await tx.execute(update(BelongingRow).where(one, free).values(asked_at=now))
            if noted.rowcount:
                return
            await asyncio.sleep(LOOK_SECONDS)
        raise UpstreamTimeout(model=MODEL).unchosen()

    def _now(self) -> float:
        return self.belongings.clock.monotonic()


def read(body: Mapping[str, Any]) -> str | None:
    """Return the domain that a body asks for, if any."""
    domain = body.get("domain")
    if domain is None or isinstance(domain, str):
        return domain
    raise InvalidField("domain", "a text, as GET /v1/temp_mail/domains lists them")


def _old(latest: _Latest, now: float) -> bool:
    return latest.answer.done() and now - latest.asked >= PAUSE


def _without(letter: dict[str, Any], owned: Belonging) -> dict[str, Any]:
    """Return a message that names the mailbox as we do, where it names it at all."""
    return {
        name: owned.id if value == owned.identifier else value for name, value in letter.items()
    }
