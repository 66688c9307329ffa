"""Everything we know of a person, in words and numbers that JSON can hold."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, func, select

from bot.allowance.donations import receipt_place
from bot.allowance.service import reason_place as grant_place
from bot.audit import reason_place as act_place
from bot.core.secrets import masked
from bot.ledger.rules import Flag
from bot.members import private
from bot.members.service import Member, suspension_place
from bot.referrals.exchange import reason_place as exchange_place
from bot.relay.belongings import Sort, email_place
from bot.storage.database import Tx
from bot.storage.tables.allowance import GrantRow
from bot.storage.tables.belongings import BelongingRow, SongPostRow
from bot.storage.tables.keys import KeyRow
from bot.storage.tables.ledger import CallRow, DayRow
from bot.storage.tables.levels import GivenRoleRow, LevelAwardRow, PointsRow
from bot.storage.tables.members import MemberRow
from bot.storage.tables.referrals import (
    ActivationRow,
    ContestPrizeRow,
    ExchangeRow,
    ReferralCodeRow,
)
from bot.storage.tables.staff import AuditRow, DonationRow

MOST_CALLS = 20_000  # the latest; more would not fit into a file that Discord takes
Line = dict[str, Any]


async def collected(tx: Tx, member: Member, discord_id: int) -> Line:
    """Gather all that is kept about a member, sealed texts opened."""
    read = _Reader(tx, member.id, member.own_key)
    return {
        "you": await _you(read, member, discord_id),
        "keys": await _keys(read),
        "grants": await _grants(read),
        "donations": await _donations(read),
        **await _referrals(read),
        **await _levels(read),
        **await _belongings(read),
        **await _acts(read),
        **await _usage(read),
    }


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one member's rows, and opens what is sealed with their own key."""

    tx: Tx
    member_id: int
    own_key: bytes | None

    async def rows(
        self, wanted: Select[*tuple[Any, ...]], also: Callable[[Any], Line] = lambda _: {}
    ) -> list[Line]:
        """Return rows by their columns' names; `also` gives what is worked out of a row."""
        return [_plain(row) | also(row) for row in await self.tx.execute(wanted)]

    def text(self, sealed: bytes | None, about: str) -> str | None:
        """Return a sealed text, None where there is none."""
        return None if sealed is None else private.read_text(self.own_key, sealed, about)


async def _you(read: _Reader, member: Member, discord_id: int) -> Line:
    wanted = select(
        MemberRow.created_at.label("member_since"),
        MemberRow.mode,
        MemberRow.switched_on.label("mode_last_switched_on"),
        MemberRow.listed.label("shown_on_leaderboards"),
        MemberRow.told.label("told_when_grants_end"),
        MemberRow.suspended_at,
        MemberRow.suspension_reason,
    ).where(MemberRow.id == member.id)
    about = suspension_place(member.id)
    (line,) = await read.rows(
        wanted, lambda row: {"suspension_reason": read.text(row.suspension_reason, about)}
    )
    named = {"discord_id": str(discord_id), "member_number": member.id}
    return named | line | {"last_seen_in_our_server_at": _spelt(member.seen_home_at)}


async def _keys(read: _Reader) -> list[Line]:
    wanted = select(KeyRow.prefix, KeyRow.last4, KeyRow.created_at, KeyRow.revoked_at)
    mine = wanted.where(KeyRow.member_id == read.member_id).order_by(KeyRow.id)
    return [
        {
            "key": masked(row.prefix, row.last4),
            "created_at": _spelt(row.created_at),
            "revoked_at": _spelt(row.revoked_at),
        }
        for row in await read.tx.execute(mine)
    ]


async def _grants(read: _Reader) -> list[Line]:
    wanted = select(
        GrantRow.id,
        GrantRow.source,
        GrantRow.plan,
        GrantRow.daily_tokens,
        GrantRow.access,
        GrantRow.unlimited,
        GrantRow.starts_at,
        GrantRow.ends_at,
        GrantRow.revoked_at,
        GrantRow.reason,
    ).where(GrantRow.member_id == read.member_id)
    return await read.rows(
        wanted.order_by(GrantRow.id),
        lambda row: {"reason": read.text(row.reason, grant_place(row.id))},
    )


async def _donations(read: _Reader) -> list[Line]:
    wanted = select(
        DonationRow.digest,
        DonationRow.amount.label("dollars"),
        DonationRow.recorded_at,
        DonationRow.refunded_at,
        DonationRow.receipt,
    ).where(DonationRow.member_id == read.member_id)
    return await read.rows(
        wanted.order_by(DonationRow.recorded_at),
        lambda row: {"receipt": read.text(row.receipt, receipt_place(row.digest))},
    )


async def _referrals(read: _Reader) -> Line:
    code = select(ReferralCodeRow.code).where(ReferralCodeRow.member_id == read.member_id)
    moments = (ActivationRow.activated_at, ActivationRow.credited_at, ActivationRow.voided_at)
    mine = select(*moments).where(ActivationRow.newcomer_id == read.member_id)
    others = select(*moments).where(ActivationRow.owner_id == read.member_id)
    exchanges = select(
        ExchangeRow.id,
        ExchangeRow.referrals,
        ExchangeRow.state,
        ExchangeRow.asked_at,
        ExchangeRow.decided_at,
        ExchangeRow.reason,
    ).where(ExchangeRow.member_id == read.member_id)
    prizes = select(ContestPrizeRow.month, ContestPrizeRow.place, ContestPrizeRow.activations)
    return {
        "referral_code": await read.tx.scalar(code),
        "code_you_activated": await read.rows(mine),
        "activations_of_your_code": await read.rows(others.order_by(ActivationRow.activated_at)),
        "exchanges": await read.rows(
            exchanges.order_by(ExchangeRow.id),
            lambda row: {"reason": read.text(row.reason, exchange_place(row.id))},
        ),
        "contest_prizes": await read.rows(
            prizes.where(ContestPrizeRow.member_id == read.member_id)
        ),
    }


async def _levels(read: _Reader) -> Line:
    points = select(PointsRow.month, PointsRow.points).where(PointsRow.member_id == read.member_id)
    awards = select(
        LevelAwardRow.month, LevelAwardRow.level, LevelAwardRow.points, LevelAwardRow.awarded_at
    ).where(LevelAwardRow.member_id == read.member_id)
    roles = select(GivenRoleRow.guild_id, GivenRoleRow.role_id, GivenRoleRow.given_at).where(
        GivenRoleRow.member_id == read.member_id
    )
    return {
        "points": await read.rows(points.order_by(PointsRow.month)),
        "levels": await read.rows(awards.order_by(LevelAwardRow.month)),
        "roles": await read.rows(
            roles, lambda row: {"guild_id": str(row.guild_id), "role_id": str(row.role_id)}
        ),
    }


async def _belongings(read: _Reader) -> Line:
    """Tell what upstreams made; the identifiers that open it there are no more shown than keys."""
    one, made = BelongingRow.id.label("identifier"), BelongingRow.made_at
    mine = BelongingRow.member_id == read.member_id
    songs = select(one, BelongingRow.model, BelongingRow.upstream, made)
    mailboxes = select(one, BelongingRow.email, BelongingRow.upstream, made)
    posts = select(SongPostRow.channel_id, SongPostRow.message_id, SongPostRow.begun_at)
    return {
        "songs": await read.rows(songs.where(mine, BelongingRow.kind == Sort.SONG).order_by(made)),
        "mailboxes": await read.rows(
            mailboxes.where(mine, BelongingRow.kind == Sort.MAILBOX).order_by(made),
            lambda row: {"email": read.text(row.email, email_place(row.identifier))},
        ),
        "songs_awaited_in_discord": await read.rows(
            posts.where(SongPostRow.member_id == read.member_id),
            lambda row: {"channel_id": str(row.channel_id), "message_id": str(row.message_id)},
        ),
    }


async def _acts(read: _Reader) -> Line:
    about = select(
        AuditRow.at,
        AuditRow.action,
        AuditRow.before,
        AuditRow.after,
        AuditRow.proposal,
        AuditRow.reason,
    ).where(AuditRow.target_id == read.member_id)
    by = select(AuditRow.at, AuditRow.action).where(AuditRow.actor_id == read.member_id)
    return {
        "acts_of_staff_about_you": await read.rows(
            about.order_by(AuditRow.id),
            lambda row: {"reason": read.text(row.reason, act_place(row.proposal))},
        ),
        "acts_of_yours": await read.rows(by.order_by(AuditRow.id)),
    }


async def _usage(read: _Reader) -> Line:
    days = select(DayRow.day, DayRow.spent, DayRow.calls).where(DayRow.member_id == read.member_id)
    calls = select(
        CallRow.arrived_at,
        CallRow.endpoint,
        CallRow.model,
        CallRow.upstream,
        CallRow.mode,
        CallRow.status,
        CallRow.flags,
        CallRow.prompt_tokens,
        CallRow.completion_tokens,
        CallRow.cost,
        CallRow.overrun,
        CallRow.latency_ms,
    ).where(CallRow.member_id == read.member_id)
    latest = calls.order_by(CallRow.day.desc(), CallRow.id.desc()).limit(MOST_CALLS)
    count = select(func.count()).where(CallRow.member_id == read.member_id)
    all_calls = await read.tx.scalar(count) or 0
    return {
        "days": await read.rows(days.order_by(DayRow.day)),
        "calls": await read.rows(latest, lambda row: {"flags": _flags(row.flags)}),
        "older_calls_left_out": max(0, all_calls - MOST_CALLS),
    }


def _plain(row: Row[Any]) -> Line:
    """Spell moments; leave out what is only for us: numbers of rows, hashes."""
    return {
        name: _spelt(value)
        for name, value in row._mapping.items()  # noqa: SLF001 - SQLAlchemy's public name for it
        if name not in ("id", "digest", "proposal")
    }


def _spelt(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _flags(flags: int) -> list[str]:
    return [str(flag.name).lower() for flag in Flag if flag in Flag(flags)]
