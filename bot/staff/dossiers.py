"""What staff may know of a member: grants with givers and reasons, donations, what was done."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.allowance.donations import Donation, Donations
from bot.allowance.rules import Grant
from bot.allowance.service import Allowances
from bot.audit import Entry
from bot.members.service import Members
from bot.staff.papers import Papers
from bot.storage.database import Database

MOST = 25  # grants to choose from, Discord's limit of a list


@dataclass(frozen=True, slots=True)
class Held:
    """A grant as staff see it; `giver` and `holder` are Discord ids."""

    grant: Grant
    holder: int | None
    giver: int | None
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """An audited act with its people as Discord ids and its reason in plain."""

    entry: Entry
    actor: int | None
    target: int | None
    approver: int | None
    reason: str = field(repr=False)


@dataclass(frozen=True)
class Dossiers:
    """Reads for staff; none of it holds a key."""

    db: Database
    members: Members
    allowances: Allowances
    donations: Donations
    papers: Papers

    async def grants(self, member_id: int) -> list[Held]:
        """Return the grants of a member that run or will run, oldest start first."""
        async with self.db.read() as tx:
            found = []
            for given in await self.allowances.given(tx, member_id):
                who = await self.papers.discord_id(tx, given.giver_id)
                why = await self.allowances.reason_in(tx, given)
                found.append(Held(given.grant, None, who, why))
            return found

    async def latest(self, typed: str) -> list[Held]:
        """Return the grants to choose from by what was typed: a Discord id, a source, or nothing.

        Newest first, without their reasons.
        """
        async with self.db.read() as tx:
            whose = None
            if typed.isdecimal():
                known = await self.members.find(tx, int(typed))
                whose = known.id if known else 0
            source = "" if typed.isdecimal() else typed.casefold().strip()
            found = []
            for given in await self.allowances.newest(tx, whose, source, MOST):
                holder = await self.papers.discord_id(tx, given.member_id)
                found.append(Held(given.grant, holder, None, ""))
            return found

    async def donated(self, member_id: int) -> list[Donation]:
        """Return the latest donations of a member, newest first."""
        async with self.db.read() as tx:
            return await self.donations.of(tx, member_id)

    async def told(self, entries: Sequence[Entry]) -> list[Told]:
        """Return audited acts with names and reasons."""
        discord_id = self.papers.discord_id
        async with self.db.read() as tx:
            return [
                Told(
                    entry,
                    await discord_id(tx, entry.actor_id),
                    await discord_id(tx, entry.target_id),
                    await discord_id(tx, entry.after.get("approver_id")),
                    await self.papers.reason_of(tx, entry),
                )
                for entry in entries
            ]
