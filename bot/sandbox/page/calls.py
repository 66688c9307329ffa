"""The calls that the product meters, as the page lists them: live, with what they hold and cost."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from starlette.types import Scope

from bot.api.visit import Visit
from bot.ledger.calls import Held, Outcome, Settled
from bot.ledger.rules import Flag
from bot.storage.database import Database
from bot.storage.tables.members import PersonRow

MOST = 100  # calls that are remembered
DISCORD = "discord."  # what the endpoints of the bot's own commands begin with
LONGEST_PATH = 80
PLACES = frozenset({"/v1/health", "/metrics", "/docs", "/openapi.json", "/about", "/favicon.ico"})
PREFLIGHT = "OPTIONS"


@dataclass(slots=True)
class Seen:
    """One call as far as it has come; `member_id` is None where nobody was let in."""

    number: int
    at: datetime
    member_id: int | None
    method: str
    route: str
    in_discord: bool = False
    hold: int | None = None
    running: bool = False
    model: str | None = None
    mode: str | None = None
    held: int = 0
    http: int | None = None
    streamed: bool = False
    outcome: Outcome | None = None
    cost: int = 0
    milliseconds: int | None = None

    def shown(self, who: int | None) -> dict[str, Any]:
        """Return it in the shape the page reads; `who` is the caller's Discord id."""
        outcome = self.outcome
        return {
            "id": self.number,
            "at": self.at.isoformat(),
            "who": None if who is None else str(who),
            "door": "discord" if self.in_discord else "api",
            "method": self.method,
            "route": self.route,
            "running": self.running,
            "model": self.model,
            "mode": self.mode,
            "held": self.held,
            "http": self.http,
            "streamed": self.streamed,
            "cost": self.cost,
            "ms": self.milliseconds,
            "status": outcome and outcome.status.value,
            "upstream": outcome and outcome.upstream,
            "prompt": outcome.prompt_tokens if outcome else 0,
            "completion": outcome.completion_tokens if outcome else 0,
            "flags": [flag.name.lower() for flag in Flag if flag in outcome.flags and flag.name]
            if outcome
            else [],
        }


@dataclass
class Calls:
    """Puts together what the ledger and the API tell of each call; `tell` gets what changed."""

    db: Database
    tell: Callable[[list[dict[str, Any]]], None]
    _seen: dict[int, Seen] = field(default_factory=dict)
    _changed: dict[int, Seen] = field(default_factory=dict)
    _people: dict[int, int] = field(default_factory=dict)
    _stirred: asyncio.Event = field(default_factory=asyncio.Event)
    _count: int = 0

    async def run(self) -> None:
        """Tell of every change until cancelled."""
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            changed, self._changed = list(self._changed.values()), {}
            await self._meet(changed)
            self.tell([self._show(each) for each in changed])

    def known(self) -> list[dict[str, Any]]:
        """List the calls that are remembered, oldest first."""
        return [self._show(each) for each in self._seen.values()]

    def held(self, held: Held) -> None:
        """Note that a call holds what it may cost."""
        ask = held.ask
        inside = ask.endpoint.startswith(DISCORD)
        route = ask.endpoint.removeprefix(DISCORD)
        self._note(
            Seen(
                self._next(),
                ask.arrived,
                ask.member_id,
                "" if inside else "POST",
                f"/{route}" if inside else "/v1/" + route.replace(".", "/"),
                in_discord=inside,
                hold=held.id,
                running=True,
                model=ask.model,
                mode=ask.mode.value,
                held=held.amount,
            )
        )

    def settling(self, held: Held, outcome: Outcome, answer: asyncio.Future[Settled]) -> None:
        """Note how a call ended, once it is charged."""
        answer.add_done_callback(lambda done: self._settled(held, outcome, done))

    def released(self, held: Held) -> None:
        """Note that a call was never sent."""
        if (seen := self._by_hold(held.id)) is not None:
            seen.running, seen.held = False, 0
            self._note(seen)

    def answered(self, scope: Scope, visit: Visit) -> None:
        """Note that the API has answered a request."""
        path = scope["path"][:LONGEST_PATH]
        if path in PLACES or scope["method"] == PREFLIGHT:
            return
        caller = visit.caller
        seen = self._by_arrival(caller.member_id, visit.arrived) if caller else None
        if seen is None:
            member_id = caller.member_id if caller else None
            seen = Seen(self._next(), visit.arrived, member_id, scope["method"], path)
        seen.method, seen.route, seen.http = scope["method"], path, visit.status
        seen.streamed = visit.first_content is not None
        self._note(seen)

    def _settled(self, held: Held, outcome: Outcome, done: asyncio.Future[Settled]) -> None:
        seen = self._by_hold(held.id)
        if seen is None or done.cancelled() or done.exception() is not None:
            return
        seen.running, seen.held, seen.outcome = False, 0, outcome
        seen.cost, seen.milliseconds = done.result().cost, outcome.latency_ms
        self._note(seen)

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _note(self, seen: Seen) -> None:
        self._seen[seen.number] = self._changed[seen.number] = seen
        while len(self._seen) > MOST:
            del self._seen[next(iter(self._seen))]
        self._stirred.set()

    def _by_hold(self, hold: int) -> Seen | None:
        return next((each for each in self._seen.values() if each.hold == hold), None)

    def _by_arrival(self, member_id: int, arrived: datetime) -> Seen | None:
        same = (member_id, arrived)
        return next((s for s in self._seen.values() if (s.member_id, s.at) == same), None)

    def _show(self, seen: Seen) -> dict[str, Any]:
        return seen.shown(self._people.get(seen.member_id or 0))

    async def _meet(self, changed: list[Seen]) -> None:
        """Learn who is behind the members' numbers."""
        new = {each.member_id for each in changed if each.member_id} - self._people.keys()
        if not new:
            return
        wanted = select(PersonRow.member_id, PersonRow.discord_id).where(
            PersonRow.member_id.in_(new)
        )
        async with self.db.read() as tx:
            self._people |= {row.member_id: row.discord_id for row in await tx.execute(wanted)}
