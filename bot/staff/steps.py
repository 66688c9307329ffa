"""One step of a staff act: its transaction, and what remains of one that is refused."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.audit import Audit
from bot.staff.act import Actor
from bot.staff.errors import Refusal
from bot.storage.database import Database, Tx


@asynccontextmanager
async def step(db: Database, audit: Audit, actor: Actor) -> AsyncIterator[Tx]:
    """Open the step's transaction; a refusal is written down once it is rolled back."""
    try:
        async with db.begin() as tx:
            yield tx
    except Refusal as refusal:
        await audit.refused(
            refusal.action,
            actor_id=actor.member_id,
            target_id=refusal.target_id,
            why=refusal.message_id,
        )
        raise
