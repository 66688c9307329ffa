"""The level's Discord role: wished for through the outbox, kept in step with the grants."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, select, union

from bot.allowance.plans import Source
from bot.community.service import Community
from bot.core.clock import Clock
from bot.levels.rules import Trouble, swap
from bot.mishaps import Mishaps
from bot.outbox import Outbox, Parcel, Place, RoleWish
from bot.storage import values
from bot.storage.database import Database, Tx
from bot.storage.sql import insert_new
from bot.storage.tables.allowance import GrantRow
from bot.storage.tables.levels import GivenRoleRow
from bot.storage.tables.members import MemberRow, PersonRow
from bot.words.letter import Letter
from bot.words.names import power

ROLES_AT = time(4, 30)
BATCH = 200  # members in one transaction
LOOK = "level_roles"  # the named value: which roles there are, and what is wrong with them


@dataclass(frozen=True, slots=True)
class Hitch:
    """A trouble in words; `powers` are the permissions that make a role powerful.

    They are called what Discord's library calls them: manage_roles.
    """

    trouble: Trouble
    powers: tuple[str, ...] = ()

    @property
    def mend(self) -> str:
        """Return the message id that says how staff can mend it."""
        return f"levels.mend.{self.trouble}"

    def params(self, role_id: int) -> dict[str, Any]:
        """Return what its sentences are filled with."""
        powers = [power(each) for each in self.powers]
        return {"role": f"<@&{role_id}>", "number": str(role_id), "powers": powers}


@dataclass(frozen=True, slots=True)
class Look:
    """What the bot saw of the level roles when it last looked."""

    roles: Mapping[int, int] = field(default_factory=dict)  # role ids by level
    hitches: Mapping[int, Hitch] = field(default_factory=dict)  # by role id


@dataclass(frozen=True)
class LevelRoles:
    """Who shall have which role, and who was given one."""

    db: Database
    clock: Clock
    community: Community
    outbox: Outbox
    mishaps: Mishaps
    batch: int = BATCH

    async def reconsider(
        self, tx: Tx, member_ids: Collection[int], *, spare: Collection[int] = ()
    ) -> None:
        """Wish for the role of each member's highest active level, and against every other.

        Roles to `spare` are not given now: they cannot be.
        """
        guilds, ids = self.community.community.home_guilds, sorted(member_ids)
        if not ids or not guilds:
            return
        locked = select(MemberRow.id).where(MemberRow.id.in_(ids)).order_by(MemberRow.id)
        await tx.execute(locked.with_for_update(key_share=True))
        levels, given = await self._levels(tx, ids), await _given(tx, ids)
        coming: dict[int, dict[int, RoleWish]] = defaultdict(dict)
        for parcel in await self.outbox.waiting_roles(tx, ids):
            wish = parcel.role()
            coming[wish.member_id][wish.role_id] = wish
        wishes = []
        for member_id in ids:
            had, on_way = given.get(member_id, {}), coming.get(member_id, {})
            wanted = self._role(levels.get(member_id))
            change = swap(wanted, had, {role: wish.give for role, wish in on_way.items()})
            if change.give is not None and change.give not in spare:
                wishes.append(RoleWish(member_id, guilds[0], change.give, give=True))
            for role in sorted(change.take):
                guild = had[role] if role in had else on_way[role].guild_id
                wishes.append(RoleWish(member_id, guild, role, give=False))
        await self.outbox.roles(tx, wishes)

    async def reconcile(self) -> None:
        """Reconsider everybody who has a role of ours or a level, some hundred a transaction."""
        async with self.db.read() as tx:
            spare = (await _look(tx)).hitches.keys()
        last = 0
        while True:
            async with self.db.begin() as tx:
                found = (await tx.scalars(self._concerned(last))).all()
                await self.reconsider(tx, found, spare=spare)
            if len(found) < self.batch:
                return
            last = found[-1]

    async def nightly(self, _day: date) -> None:
        """Reconcile, whatever the day was."""
        await self.reconcile()

    async def seen(self, discord_id: int, guild_id: int, roles: Collection[int]) -> None:
        """Compare what Discord shows of a person: who lost a role of ours is given it again."""
        mine = (
            select(GivenRoleRow.member_id, GivenRoleRow.role_id)
            .join(PersonRow, PersonRow.member_id == GivenRoleRow.member_id)
            .where(PersonRow.discord_id == discord_id, GivenRoleRow.guild_id == guild_id)
        )
        async with self.db.read() as tx:
            lost = [row for row in await tx.execute(mine) if row.role_id not in roles]
        if not lost:
            return
        async with self.db.begin() as tx:
            for member_id, role_id in lost:
                await _strike(tx, member_id, role_id)
            await self.reconsider(tx, {row.member_id for row in lost})

    async def handed(self, wish: RoleWish, guild_id: int) -> None:
        """Remember that Discord did what was wished."""
        async with self.db.begin() as tx:
            await self._note(tx, wish, guild_id)

    async def failed(self, parcel: Parcel, guild_id: int, hitch: Hitch) -> None:
        """Give a wish up and tell staff why, with the mend; the allowance stands."""
        wish = parcel.role()
        head = "levels.not_given" if wish.give else "levels.not_taken"
        async with self.db.begin() as tx:
            current = await self.mishaps.give_up(
                tx, parcel, hitch.trouble, [head, hitch.mend], hitch.params(wish.role_id)
            )
            if current and hitch.trouble is Trouble.ABSENT:
                # Not again every night: who comes back lacks it, and that `seen` notices.
                await self._note(tx, wish, guild_id)

    async def look(self) -> Look:
        """Return what the bot saw when it last looked at the level roles."""
        async with self.db.read() as tx:
            return await _look(tx)

    async def unfit(self, tx: Tx, level: int) -> tuple[int, Hitch] | None:
        """Return a level's role and what is wrong with it, None where nothing is known to be."""
        role = self._role(level)
        hitch = None if role is None else (await _look(tx)).hitches.get(role)
        return None if role is None or hitch is None else (role, hitch)

    async def looked(self, roles: Mapping[int, int], hitches: Mapping[int, Hitch]) -> bool:
        """Remember the level roles and what is wrong with them; False where nothing changed.

        Staff read of each trouble that is new.
        """
        seen = Look(roles, hitches)
        async with self.db.begin() as tx:
            before = await _look(tx, lock=True)
            if before == seen:
                return False
            await values.remember(tx, LOOK, _kept(seen))
            for level, role in sorted(roles.items()):
                hitch = hitches.get(role)
                if hitch and before.hitches.get(role) != hitch:
                    params = {"level": level, **hitch.params(role)}
                    letter = Letter(["levels.unfit", hitch.mend], params)
                    await self.outbox.post_letter(tx, Place.STAFF, letter)
        return True

    async def _levels(self, tx: Tx, ids: Sequence[int]) -> dict[int, int]:
        """Return the highest active level of each member who has one."""
        highest: dict[int, int] = {}
        active = select(GrantRow.member_id, GrantRow.plan).where(*running(self.clock.now()))
        for member_id, plan in await tx.execute(active.where(GrantRow.member_id.in_(ids))):
            highest[member_id] = max(int(plan or 0), highest.get(member_id, 0))
        return highest

    def _concerned(self, after: int) -> Select[int]:
        ours = select(GrantRow.member_id).where(*running(self.clock.now()))
        both = union(
            ours.where(GrantRow.member_id > after),
            select(GivenRoleRow.member_id).where(GivenRoleRow.member_id > after),
        ).subquery()
        return select(both.c.member_id).order_by(both.c.member_id).limit(self.batch)

    def _role(self, level: int | None) -> int | None:
        return None if level is None else self.community.community.level_roles.get(level)

    async def _note(self, tx: Tx, wish: RoleWish, guild_id: int) -> None:
        if not wish.give:
            await _strike(tx, wish.member_id, wish.role_id)
            return
        row = {
            "member_id": wish.member_id,
            "guild_id": guild_id,
            "role_id": wish.role_id,
            "given_at": self.clock.now(),
        }
        await insert_new(tx, GivenRoleRow, [row])


def running(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return what a level's grant fulfils that counts at this moment."""
    return (
        GrantRow.source == Source.LEVEL,
        GrantRow.revoked_at.is_(None),
        GrantRow.starts_at <= now,
        GrantRow.ends_at > now,
    )


async def _given(tx: Tx, ids: Sequence[int]) -> dict[int, dict[int, int]]:
    """Return the guild of each role given, by member and role."""
    wanted = select(GivenRoleRow.member_id, GivenRoleRow.role_id, GivenRoleRow.guild_id)
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for member_id, role_id, guild_id in await tx.execute(
        wanted.where(GivenRoleRow.member_id.in_(ids))
    ):
        found[member_id][role_id] = guild_id
    return found


async def _strike(tx: Tx, member_id: int, role_id: int) -> None:
    mine = (GivenRoleRow.member_id == member_id, GivenRoleRow.role_id == role_id)
    await tx.execute(delete(GivenRoleRow).where(*mine))


def _kept(look: Look) -> str:
    roles = {str(level): str(role) for level, role in look.roles.items()}
    hitches = {str(role): [hitch.trouble, *hitch.powers] for role, hitch in look.hitches.items()}
    return json.dumps({"roles": roles, "hitches": hitches})


async def _look(tx: Tx, *, lock: bool = False) -> Look:
    if (kept := await values.recall(tx, LOOK, lock=lock)) is None:
        return Look()
    read = json.loads(kept)
    hitches = {
        int(role): Hitch(Trouble(what), tuple(map(_power, powers)))
        for role, (what, *powers) in read["hitches"].items()
    }
    return Look({int(level): int(role) for level, role in read["roles"].items()}, hitches)


def _power(kept: str) -> str:
    """Return a permission's name; earlier versions kept it as "Manage Roles"."""
    return kept.lower().replace(" ", "_")
