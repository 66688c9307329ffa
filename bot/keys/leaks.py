"""Keys that were posted where others read them: revoked at once, told to their owner and staff."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from bot.audit import Action, Audit
from bot.core.secrets import masked
from bot.keys.rules import digest_of
from bot.keys.service import Keys
from bot.outbox import Outbox, Place
from bot.storage.database import Tx
from bot.storage.tables.keys import KeyRow
from bot.words.letter import Letter


@dataclass(frozen=True, slots=True)
class Leak:
    """Where keys were posted; `direct`: in direct messages with the bot."""

    keys: Sequence[str] = field(repr=False)
    channel_id: int
    poster: int  # a Discord id
    direct: bool


@dataclass(frozen=True)
class Leaks:
    """Revokes what was posted; nothing that it writes holds more than prefix and last four."""

    keys: Keys
    audit: Audit
    outbox: Outbox

    async def revoke(self, leak: Leak) -> int:
        """Revoke those that are somebody's; return how many, each told with its revoking."""
        revoked = 0
        for key in leak.keys:
            # Most of what looks like a key and is none ends here, without a lock.
            if await self.keys.who(digest_of(key)) is not None:
                revoked += await self._revoked(key, leak)
        return revoked

    async def undeleted(self, channel_id: int) -> None:
        """Tell staff that the message could not be deleted."""
        async with self.outbox.db.begin() as tx:
            await self.outbox.post(tx, Place.LOG, "leak.undeleted", _place(channel_id))

    async def _revoked(self, key: str, leak: Leak) -> bool:
        wanted = select(KeyRow.member_id, KeyRow.prefix, KeyRow.last4).where(
            KeyRow.digest == digest_of(key), KeyRow.revoked_at.is_(None)
        )
        async with self.keys.db.begin() as tx:
            found = (await tx.execute(wanted)).one_or_none()
            if found is None:
                return False
            await self.keys.members.lock(tx, found.member_id)
            if (await tx.execute(wanted)).one_or_none() is None:  # its owner was quicker
                return False
            await self.keys.revoke(tx, found.member_id)
            await self._told(tx, found.member_id, masked(found.prefix, found.last4), leak)
        return True

    async def _told(self, tx: Tx, owner: int, shown: str, leak: Leak) -> None:
        """Write it down, tell the owner and staff."""
        after: dict[str, object] = {"key": shown}
        params, line = {"masked": shown}, "leak.owner_direct"
        if not leak.direct:  # direct messages are a person's: where they are is kept nowhere
            after["posted_channel"] = leak.channel_id
            params, line = params | _place(leak.channel_id), "leak.owner"
        await self.audit.record(tx, Action.KEY_LEAKED, actor_id=None, target_id=owner, after=after)
        await self.outbox.dm(tx, owner, line, params)
        line, people = await self._staff_line(tx, owner, leak)
        letter = Letter([line], params, people)
        await self.outbox.post_letter(tx, Place.LOG, letter, member_id=owner)

    async def _staff_line(self, tx: Tx, owner: int, leak: Leak) -> tuple[str, dict[str, int]]:
        """Choose what staff read, and whom it names: the outbox keeps no Discord id."""
        if leak.direct:
            return "leak.staff_direct", {"owner": owner}
        poster = await self.keys.members.find(tx, leak.poster)
        if poster is None:
            return "leak.staff_by_stranger", {"owner": owner}
        if poster.id == owner:
            return "leak.staff", {"owner": owner}
        return "leak.staff_by_other", {"owner": owner, "poster": poster.id}


def _place(channel_id: int) -> dict[str, str]:
    return {"place": f"<#{channel_id}>"}
