"""What a member's referrals come to, counted from the rows themselves."""

from datetime import datetime

from sqlalchemy import func, select

from bot.referrals.rules import LAPSES_AFTER, Purse, State
from bot.storage.database import Tx
from bot.storage.tables.referrals import ActivationRow, ExchangeRow


async def purse_of(tx: Tx, member_id: int, now: datetime) -> Purse:
    """Count a member's referrals; whoever spends from them holds the member's lock."""
    counts = func.count()
    came = select(
        counts.filter(ActivationRow.credited_at.is_not(None)),
        counts.filter(ActivationRow.credited_at.is_(None)),
    ).where(ActivationRow.owner_id == member_id, ActivationRow.voided_at.is_(None))
    credited, waiting = (await tx.execute(came)).one()

    # One that nobody decided in time reserves nothing, though no job has lapsed it yet.
    waits = (ExchangeRow.state == State.WAITING) & (ExchangeRow.asked_at > now - LAPSES_AFTER)
    went = select(
        func.coalesce(func.sum(ExchangeRow.referrals).filter(waits), 0),
        func.coalesce(
            func.sum(ExchangeRow.referrals).filter(ExchangeRow.state == State.APPROVED), 0
        ),
    ).where(ExchangeRow.member_id == member_id)
    reserved, spent = (await tx.execute(went)).one()
    return Purse(credited, waiting, int(reserved), int(spent))
