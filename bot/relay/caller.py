"""Who calls: worked out once from a key or a person, then kept until something of it changes."""

import hashlib
from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.allowance.rules import Grant, Stacking, Today, today
from bot.allowance.service import Allowances
from bot.catalogue.model import Model
from bot.community.service import Community
from bot.core.clock import Clock
from bot.core.secrets import well_formed
from bot.core.signals import Signals, Topic
from bot.core.units import Mode
from bot.keys.service import Keys
from bot.ledger.calls import HoldAsk
from bot.ledger.rules import Limits, Terms
from bot.members.errors import Suspended
from bot.members.people import Person
from bot.members.service import Member, Members
from bot.relay.errors import InvalidKey, NoAccess
from bot.storage.database import Tx

KEPT = 50_000  # callers
STRANGERS = 10_000  # digests of well-formed keys that are nobody's


@dataclass(frozen=True, slots=True)
class Caller:
    """A member who calls, and what they may do today; `key_id` is None in Discord."""

    member_id: int
    key_id: int | None
    mode: Mode
    suspended: bool
    today: Today


def check_access(caller: Caller, model: Model) -> None:
    """Raise NoAccess for a model that is not in what the caller may call today."""
    if model.access not in caller.today.access:
        raise NoAccess(model.id, model.access)


@dataclass(frozen=True, slots=True)
class _Known:
    """A caller, and what is needed to renew or refuse them."""

    caller: Caller
    grants: tuple[Grant, ...]
    reason: str | None = field(repr=False)  # why suspended


class Callers:
    """Every caller seen lately; a change of a member drops what is known of them."""

    def __init__(
        self,
        keys: Keys,
        members: Members,
        allowances: Allowances,
        community: Community,
        clock: Clock,
        signals: Signals,
    ) -> None:
        self.keys = keys
        self.members = members
        self.allowances = allowances
        self.community = community
        self.clock = clock
        self._known: OrderedDict[bytes, _Known] = OrderedDict()  # by the key's digest
        self._digests: defaultdict[int, set[bytes]] = defaultdict(set)  # by member
        self._strangers: OrderedDict[bytes, None] = OrderedDict()
        self._drops = 0
        signals.on(Topic.MEMBER, self._drop)
        signals.on(Topic.SUSPENDED, self._drop)
        signals.on(Topic.LEAVING, self._drop)
        signals.on(Topic.SETTINGS, self._drop_all)
        signals.on(Topic.EVERYTHING, self._drop_all)

    async def by_key(self, raw: str) -> Caller:
        """Return whose key this is; raise InvalidKey or Suspended."""
        digest = hashlib.sha256(raw.encode(errors="replace")).digest()
        if (known := self._known.get(digest)) is not None:
            self._known.move_to_end(digest)
        elif digest in self._strangers or not well_formed(raw):
            raise InvalidKey
        else:
            known = await self._load(digest)
        if known.caller.suspended:
            raise Suspended(reason=known.reason)
        until = known.caller.today.valid_until
        if until is not None and self.clock.now() >= until:
            known = self._renew(digest, known)
        return known.caller

    async def by_person(self, person: Person) -> Caller:
        """Return the caller behind an interaction, a member from now on; raise why they may not."""
        return await self.members.looking(person, self.seen)

    async def of(self, member: Member) -> Caller:
        """Return the caller that a member is, whether or not they may call now."""
        async with self.members.db.read() as tx:
            return await self.seen(tx, member)

    async def seen(self, tx: Tx, member: Member) -> Caller:
        """Return the same as `of`, inside a transaction."""
        today = self._today(await self.allowances.listed(tx, member.id))
        return Caller(member.id, None, member.mode, suspended=member.suspended, today=today)

    def limits(self, caller: Caller) -> Limits:
        """Return the limits the caller's calls are held against."""
        rules = self.community.limits
        per_minute = rules.requests_per_minute if caller.mode is Mode.REQUESTS else None
        return Limits(caller.today.allowance, rules.in_flight, per_minute)

    def hold_ask(
        self, caller: Caller, model: Model, endpoint: str, arrived: datetime, terms: Terms
    ) -> HoldAsk:
        """Return what a call of the caller's asks the ledger for."""
        return HoldAsk(
            member_id=caller.member_id,
            key_id=caller.key_id,
            endpoint=endpoint,
            model=model.id,
            mode=caller.mode,
            arrived=arrived,
            terms=terms,
            limits=self.limits(caller),
        )

    async def _load(self, digest: bytes) -> _Known:
        """Read whose key it is; what changed meanwhile must not be kept as it was."""
        drops = self._drops
        owner = await self.keys.who(digest)
        if owner is None:
            if drops == self._drops:
                self._strangers[digest] = None
                if len(self._strangers) > STRANGERS:
                    self._strangers.popitem(last=False)
            raise InvalidKey
        grants = await self.allowances.of(owner.member_id)
        reason = await self.members.suspension(owner.member_id) if owner.suspended else None
        caller = Caller(
            owner.member_id, owner.key_id, owner.mode, owner.suspended, self._today(grants)
        )
        known = _Known(caller, grants, reason)
        if drops == self._drops:
            self._keep(digest, known)
        return known

    def _keep(self, digest: bytes, known: _Known) -> None:
        self._known[digest] = known
        self._digests[known.caller.member_id].add(digest)
        if len(self._known) > KEPT:
            oldest, _ = next(iter(self._known.items()))
            self._forget(oldest)

    def _forget(self, digest: bytes) -> None:
        member_id = self._known.pop(digest).caller.member_id
        self._digests[member_id].discard(digest)
        if not self._digests[member_id]:
            del self._digests[member_id]

    def _renew(self, digest: bytes, known: _Known) -> _Known:
        """Work out today anew: a grant has begun or ended."""
        caller = replace(known.caller, today=self._today(known.grants))
        renewed = replace(known, caller=caller)
        if digest in self._known:
            self._known[digest] = renewed
        return renewed

    def _today(self, grants: tuple[Grant, ...]) -> Today:
        limits = self.community.limits
        stacking = Stacking(limits.stacking)
        return today(limits.daily_tokens, grants, self.clock.now(), stacking)

    def _drop(self, member_id: int) -> None:
        self._drops += 1
        self._strangers.clear()  # a key may just have been made
        for digest in tuple(self._digests.get(member_id, ())):
            self._forget(digest)

    def _drop_all(self, _subject: int) -> None:
        self._drops += 1
        self._strangers.clear()
        self._known.clear()
        self._digests.clear()
