"""One row at least about a member in every table that can hold one."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update

from bot.allowance.donations import receipt_place
from bot.allowance.service import reason_place as grant_place
from bot.audit import Action
from bot.audit import reason_place as act_place
from bot.members.service import suspension_place
from bot.outbox import Effect
from bot.referrals.exchange import reason_place as exchange_place
from bot.relay.belongings import email_place, identifier_place
from bot.storage.base import Base
from bot.storage.database import Tx
from bot.storage.tables.allowance import GrantRow
from bot.storage.tables.belongings import BelongingRow, SongPostRow
from bot.storage.tables.ledger import CallRow, DayRow, PaceRow
from bot.storage.tables.levels import GivenRoleRow, LevelAwardRow, PointsRow
from bot.storage.tables.members import MemberRow
from bot.storage.tables.referrals import (
    ActivationRow,
    ContestPrizeRow,
    ExchangeRow,
    ReferralCodeRow,
)
from bot.storage.tables.staff import AuditRow, DonationRow, ProposalRow
from bot.storage.tables.system import OutboxRow
from bot.storage.tables.usage import UsageMonthRow
from tests.conftest import NOON
from tests.fakes.owned import Owned

TODAY, YESTERDAY = NOON.date(), NOON.date() - timedelta(days=1)
CODE = "ADAADA22"
SECRETS = (
    "the reason of a suspension",
    "the reason of a grant",
    "RECEIPT-77",
    "the reason of an act",
    "the reason of a refusal",
    "ada.of.the.tests@1secmail.com",
    "what-opens-a-mailbox-upstream",
)
SUSPENSION, GRANT, RECEIPT, ACT, EXCHANGE, EMAIL, IDENTIFIER = SECRETS
GUILD, ROLE = 1001, 2101


async def filled(house: Owned, ada: int, mo: int) -> None:
    """Write rows about Ada into every table, and some about Mo; Ada is suspended."""
    async with house.db.begin() as tx:
        seal = house.members.seal

        async def add(table: type[Base], *rows: dict[str, Any]) -> None:
            await tx.execute(insert(table), list(rows))

        await _ledger(tx, ada, mo)
        grant = {"source": "staff", "daily_tokens": 100_000, "unlimited": False}
        grant |= {"starts_at": NOON, "ends_at": NOON + timedelta(days=30), "created_at": NOON}
        grant |= {"member_id": ada, "giver_id": mo, "reason": None}
        reason = await seal(tx, ada, GRANT, grant_place(11))
        await add(
            GrantRow,
            grant | {"id": 11, "reason": reason},
            grant | {"id": 12, "reason": await seal(tx, ada, GRANT, grant_place(12))},
            grant | {"id": 13},
            grant | {"id": 14},
            grant | {"id": 15, "member_id": mo, "giver_id": ada},
        )
        digest = await house.members.marks.keyed(tx, RECEIPT)
        receipt = await seal(tx, ada, RECEIPT, receipt_place(digest))
        donation = {"member_id": ada, "amount": 5, "recorded_at": NOON, "grant_id": 12}
        await add(DonationRow, donation | {"digest": digest, "receipt": receipt})
        await add(ReferralCodeRow, {"member_id": ada, "code": CODE})
        activation = {"activated_at": NOON, "credited_at": NOON}
        await add(
            ActivationRow,
            activation | {"newcomer_id": ada, "owner_id": mo},
            activation | {"newcomer_id": mo, "owner_id": ada},
        )
        exchange = {"id": 21, "member_id": ada, "referrals": 5, "state": "declined"}
        exchange |= {"asked_at": NOON, "grant_id": 14, "decider_id": mo}
        exchange |= {"reason": await seal(tx, ada, EXCHANGE, exchange_place(21))}
        await add(ExchangeRow, exchange)
        prize = {"month": "2026-10", "member_id": ada, "place": 1, "activations": 3}
        await add(ContestPrizeRow, prize | {"grant_id": 13})
        await add(PointsRow, {"member_id": ada, "month": "2026-11", "points": 120})
        award = {"member_id": ada, "month": "2026-10", "level": 1, "points": 150}
        await add(LevelAwardRow, award | {"awarded_at": NOON, "grant_id": 14})
        role = {"member_id": ada, "guild_id": GUILD, "role_id": ROLE, "given_at": NOON}
        await add(GivenRoleRow, role)
        await _belongings(tx, house, ada)
        await _staff(tx, house, ada, mo)
        effect = {"member_id": ada, "created_at": NOON, "next_at": NOON, "attempts": 0}
        await add(
            OutboxRow,
            effect | {"id": 41, "kind": Effect.DM, "lane": "dm:1", "payload": {"letter": {}}},
            effect | {"id": 42, "kind": Effect.POST, "lane": "place:log", "payload": {}},
        )
        why = await seal(tx, ada, SUSPENSION, suspension_place(ada))
        suspended = {"suspended_at": NOON, "suspension_reason": why}
        await tx.execute(update(MemberRow).where(MemberRow.id == ada).values(suspended))


async def _ledger(tx: Tx, ada: int, mo: int) -> None:
    await tx.execute(
        insert(DayRow),
        [
            {"member_id": who, "day": day, "spent": 900, "held": 0, "calls": 1}
            for who in (ada, mo)
            for day in (YESTERDAY, TODAY)
        ],
    )
    pace = {"in_flight": 0, "minute": 29_000_000, "minute_calls": 1}
    await tx.execute(insert(PaceRow), [pace | {"member_id": ada}, pace | {"member_id": mo}])
    record = {"key_id": 9, "endpoint": "chat", "model": "gpt-4o", "mode": "tokens"}
    record |= {"status": "answered", "cost": 900, "arrived_at": NOON, "flags": 1}
    calls = [(ada, YESTERDAY), (ada, TODAY), (mo, YESTERDAY), (mo, TODAY)]
    await tx.execute(
        insert(CallRow),
        [
            record | {"id": number, "member_id": who, "day": day}
            for number, (who, day) in enumerate(calls, start=1)
        ],
    )
    await tx.execute(insert(UsageMonthRow), [{"member_id": ada, "month": "2026-11", "spent": 900}])


async def _belongings(tx: Tx, house: Owned, ada: int) -> None:
    common = {"member_id": ada, "upstream": "fresed", "made_at": NOON}
    for number, kind in enumerate(("song", "song", "mailbox")):
        made = f"00000000-0000-4000-8000-00000000000{number}"
        place = identifier_place(made)
        row = common | {"id": made, "kind": kind, "model": "chirp-v3-5", "song": 61}
        row |= {"identifier": await house.members.seal(tx, ada, IDENTIFIER, place)}
        if kind == "mailbox":
            row |= {"email": await house.members.seal(tx, ada, EMAIL, email_place(made))}
            row |= {"model": "1secmail.com", "song": None, "asked_at": NOON}
        await tx.execute(insert(BelongingRow).values(row))
    post = {"id": 61, "member_id": ada, "channel_id": 3001, "message_id": 77, "begun_at": NOON}
    await tx.execute(insert(SongPostRow).values(post | {"language": "en"}))


async def _staff(tx: Tx, house: Owned, ada: int, mo: int) -> None:
    reason = await house.members.seal(tx, ada, ACT, act_place(31))
    act = {"action": Action.GRANT_GIVE, "actor_id": mo, "target_id": ada, "reason": reason}
    proposal = {"id": 31, "details": {"tokens": 100_000}, "state": "done", "proposed_at": NOON}
    by_ada = {"id": 32, "target_id": mo, "actor_id": ada, "reason": None}
    await tx.execute(insert(ProposalRow), [act | proposal, act | proposal | by_ada])
    audited = {"id": 51, "at": NOON, "proposal": 31, "before": {}, "after": {"tokens": 100_000}}
    await tx.execute(insert(AuditRow).values(act | audited))
