"""What upstreams made for one member alone: kept under ids of our own, read free of charge."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import ColumnElement, delete, insert, select

from bot.catalogue.model import FREE, Model, Route
from bot.community.service import Community
from bot.core.clock import Clock
from bot.core.errors import Failure, Kind
from bot.members.private import LOST
from bot.members.service import Members
from bot.relay.errors import RefusedUpstream, UpstreamTimeout
from bot.relay.router import Connected, Router
from bot.settings.serving import Capability
from bot.storage.database import Database, Tx
from bot.storage.tables.belongings import BelongingRow

T = TypeVar("T")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PRUNED = 1_000  # rows in one transaction, so that calls get their turn in between
LONGEST_MODEL = 255  # characters of a name or a domain


class Sort(StrEnum):
    """What can belong to a member."""

    SONG = "song"
    MAILBOX = "mailbox"


NAMES = {Sort.SONG: "suno", Sort.MAILBOX: "temp_mail"}  # what a failure to read one names


class NotYours(Failure):
    """The member has no such belonging: there is none, or it is somebody else's."""

    kind = Kind.NOT_FOUND

    SENTENCES = {Sort.SONG: "song.unknown", Sort.MAILBOX: "mailbox.unknown"}  # noqa: RUF012 - a table, never changed
    message_id = "mailbox.unknown"

    def __init__(self, sort: Sort) -> None:
        """Say which sort of thing was asked for."""
        self.message_id = self.SENTENCES[sort]
        super().__init__()


class NoLongerThere(Failure):
    """Whoever made it upstream has it no more, or is no longer connected."""

    kind = Kind.NOT_FOUND

    SENTENCES = {Sort.SONG: "song.lost", Sort.MAILBOX: "mailbox.expired"}  # noqa: RUF012 - a table, never changed
    message_id = "mailbox.expired"

    def __init__(self, sort: Sort) -> None:
        """Say which sort of thing it was."""
        self.message_id = self.SENTENCES[sort]
        super().__init__()


@dataclass(frozen=True, slots=True)
class Belonging:
    """Something of a member's; whoever knows `identifier` may read it upstream."""

    id: str
    sort: Sort
    member_id: int
    upstream: str
    model: str  # a mailbox's domain
    identifier: str = field(repr=False)
    email: str
    made_at: datetime


@dataclass(frozen=True)
class Belongings:
    """Keeps what members own, each for its owner alone."""

    db: Database
    clock: Clock
    members: Members
    community: Community
    router: Router

    async def keep(
        self,
        tx: Tx,
        member_id: int,
        sort: Sort,
        route: Route,
        identifier: str,
        *,
        model: str,
        email: str | None = None,
        song: int | None = None,
    ) -> str | None:
        """Keep something for a member, who is locked; return its id, None if they are gone."""
        seal, made = self.members.seal, str(uuid4())
        sealed = await seal(tx, member_id, identifier, identifier_place(made))
        if sealed is None:
            return None
        row = {
            "id": made,
            "kind": sort,
            "member_id": member_id,
            "upstream": route.upstream,
            "model": model[:LONGEST_MODEL],
            "identifier": sealed,
            "email": email and await seal(tx, member_id, email, email_place(made)),
            "song": song,
            "made_at": self.clock.now(),
        }
        await tx.execute(insert(BelongingRow).values(row))
        return made

    async def find(self, member_id: int, sort: Sort, which: str) -> Belonging:
        """Return something of the member's, or raise NotYours."""
        known = _ID.fullmatch(which)  # a path holds anything, also what no database takes
        found = await self.all_of(member_id, sort, BelongingRow.id == which) if known else []
        if not found:
            raise NotYours(sort)
        return found[0]

    async def all_of(
        self, member_id: int, sort: Sort, *also: ColumnElement[bool], most: int | None = None
    ) -> list[Belonging]:
        """Return what a member has of a sort, newest first."""
        wanted = select(BelongingRow.__table__).where(
            BelongingRow.member_id == member_id, BelongingRow.kind == sort, *also
        )
        newest = wanted.order_by(BelongingRow.made_at.desc(), BelongingRow.id).limit(most)
        unseal = self.members.unseal
        async with self.db.read() as tx:
            return [
                Belonging(
                    id=row.id,
                    sort=sort,
                    member_id=member_id,
                    upstream=row.upstream,
                    model=row.model,
                    identifier=await unseal(
                        tx, member_id, row.identifier, identifier_place(row.id)
                    ),
                    email=await unseal(tx, member_id, row.email, email_place(row.id)),
                    made_at=row.made_at,
                )
                for row in (await tx.execute(newest)).all()
            ]

    async def let_go(self, member_id: int, sort: Sort, which: str) -> None:
        """Forget something of the member's; the upstream keeps it as long as it likes."""
        mine = (BelongingRow.member_id == member_id, BelongingRow.kind == sort)
        async with self.db.begin() as tx:
            await tx.execute(delete(BelongingRow).where(*mine, BelongingRow.id == which))

    async def read(
        self,
        owned: Belonging,
        needs: frozenset[Capability],
        attempt: Callable[[Connected], Awaitable[T]],
    ) -> T:
        """Ask the upstream that made something about it: nothing is held, nothing recorded."""
        connected = self.router.upstreams.get(owned.upstream)
        if connected is None or not needs <= connected.offers or owned.identifier == LOST:
            raise NoLongerThere(owned.sort)
        # Its own name at the upstream: that nothing more can be made there keeps nobody from
        # reading what was made.
        model = free_model(NAMES[owned.sort], Route(owned.upstream, f"reading {owned.sort}", 1, 0))
        try:
            async with asyncio.timeout(self.community.router.total_seconds):
                answer, route = await self.router.ask(
                    model, needs, lambda connected, _route: attempt(connected)
                )
        except TimeoutError:
            raise UpstreamTimeout(model=model.id).unchosen() from None
        except RefusedUpstream:  # its reason might name what only the upstream shall be told
            raise NoLongerThere(owned.sort) from None
        self.router.answered(route)
        return answer


async def prune(db: Database, before: datetime) -> int:
    """Forget what was made before a moment; return how much that was."""
    old = select(BelongingRow.id).where(BelongingRow.made_at < before).limit(PRUNED)
    gone = 0
    while True:
        async with db.read() as tx:
            found = list(await tx.scalars(old))
        if not found:
            return gone
        async with db.begin() as tx:
            await tx.execute(delete(BelongingRow).where(BelongingRow.id.in_(found)))
        gone += len(found)


def free_model(name: str, *routes: Route, coefficient: int = 0) -> Model:
    """Return what is asked of routes although no caller can name it."""
    return Model(
        id=name,
        aliases=(),
        kinds=(),
        coefficient=coefficient,
        access=FREE,
        voices=(),
        context=0,
        cap_field="max_tokens",
        max_output=0,
        routes=routes,
        created=0,
        talks=False,
    )


def identifier_place(which: str) -> str:
    """Return what an upstream's identifier is bound to."""
    return f"belonging:{which}:identifier"


def email_place(which: str) -> str:
    """Return what a mailbox's address is bound to."""
    return f"belonging:{which}:email"
