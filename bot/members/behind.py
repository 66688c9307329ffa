"""The question who is behind a Discord id, built once: every interaction asks it."""

from sqlalchemy import bindparam, select

from bot.storage.tables.members import MemberRow, PersonRow

BEHIND = (
    select(
        MemberRow.id,
        MemberRow.mode,
        MemberRow.suspended_at,
        MemberRow.created_at,
        PersonRow.sealed_key,
        PersonRow.seen_home_at,
    )
    .join(PersonRow, PersonRow.member_id == MemberRow.id)
    .where(PersonRow.discord_id == bindparam("discord_id"))
)
