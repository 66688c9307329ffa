"""Referral codes: made on first sight, found by whoever types them."""

import secrets
from dataclasses import dataclass

from sqlalchemy import select

from bot.referrals.rules import ALPHABET, CODE_LENGTH
from bot.storage.database import Tx
from bot.storage.sql import insert_new
from bot.storage.tables.members import MemberRow, PersonRow
from bot.storage.tables.referrals import ReferralCodeRow


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose code it is."""

    member_id: int
    discord_id: int
    suspended: bool


async def code_of(tx: Tx, member_id: int) -> str:
    """Return the member's code, making it on first sight."""
    wanted = select(ReferralCodeRow.code).where(ReferralCodeRow.member_id == member_id)
    while (found := await tx.scalar(wanted)) is None:
        # A code that somebody else has is not inserted, and the next one is drawn.
        await insert_new(tx, ReferralCodeRow, [{"member_id": member_id, "code": _drawn()}])
    return found


async def owner_of(tx: Tx, code: str) -> Owner | None:
    """Return whose code it is; nobody's once its owner had everything deleted."""
    wanted = (
        select(ReferralCodeRow.member_id, PersonRow.discord_id, MemberRow.suspended_at)
        .join(MemberRow, MemberRow.id == ReferralCodeRow.member_id)
        .join(PersonRow, PersonRow.member_id == ReferralCodeRow.member_id)
        .where(ReferralCodeRow.code == code)
    )
    row = (await tx.execute(wanted)).one_or_none()
    if row is None:
        return None
    return Owner(row.member_id, row.discord_id, row.suspended_at is not None)


def _drawn() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
