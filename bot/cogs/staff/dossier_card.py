"""How staff see a member: grants, donations, what was done, never a character of the key."""

from collections.abc import Sequence
from datetime import datetime

import discord

from bot.allowance.donations import Donation
from bot.audit import Action, Entry
from bot.cogs.entitlements import gives
from bot.cogs.panels import stamp
from bot.cogs.staff.confirm_card import mention
from bot.cogs.unsealed import unsealed
from bot.staff.dossiers import Held, Told
from bot.words.names import plan
from bot.words.say import known, say

GIVE = "grant.menu"  # the button that asks what to give
OF_OTHERS = (Action.REFUSED, Action.DECLINED, Action.UNDONE)  # they speak of another action
SOMEBODY = "…"  # where names cannot be shown
LONGEST_CHOICE = 100  # characters, Discord's limit of a choice


def grants(held: Sequence[Held], now: datetime) -> str:
    """List grants with their giver and reason."""
    return "\n".join(_grant(each, now) for each in held) or say("grant.none")


def donations(donated: Sequence[Donation]) -> str:
    """List donations."""
    return "\n".join(map(_donation, donated)) or say("donation.none")


def acts(told: Sequence[Told]) -> str:
    """List what was done, newest first."""
    return "\n".join(map(act, told)) or say("audit.none")


def act(told: Told) -> str:
    """Say in a line what was done, by whom, to whom and why."""
    entry = told.entry
    who = mention(told.actor) if entry.actor_id is not None else say("audit.latchkey")
    whom = mention(told.target) if entry.target_id is not None else say("audit.somebody")
    people = {"actor": who, "target": whom}
    if entry.action in OF_OTHERS:
        about = _known(f"act.{entry.after.get('action')}", **people)
        what = say(f"audit.{entry.action}", who=who, what=about)
    else:
        what = _known(f"did.{entry.action}", **people)
    why = say("audit.why", reason=unsealed(told.reason)) if told.reason else ""
    mark = say("audit.mark") if entry.undone else ""
    return say("audit.line", moment=stamp(entry.at), what=what) + mark + why


def short(entry: Entry) -> str:
    """Name an act in a list of choices, where no mention is rendered."""
    people = {"actor": SOMEBODY, "target": SOMEBODY}
    if entry.action in OF_OTHERS:
        about = _known(f"act.{entry.after.get('action')}", **people)
        return say(f"audit.{entry.action}", who=SOMEBODY, what=about)
    return _known(f"act.{entry.action}", **people)


def options(held: Sequence[Held]) -> list[discord.SelectOption]:
    """Offer grants to choose from."""
    return [
        discord.SelectOption(label=choice(each), value=str(each.grant.id)) for each in held[:25]
    ]


def choice(held: Held) -> str:
    """Name a grant in a list of choices, where no timestamp or mention is rendered."""
    grant = held.grant
    until = say("grant.until", day=grant.ends_at.date().isoformat())
    whose = [str(held.holder)] if held.holder else []
    return " · ".join([plan(grant.source, grant.plan), gives(grant), until, *whose])[
        :LONGEST_CHOICE
    ]


def _grant(held: Held, now: datetime) -> str:
    grant = held.grant
    line = say(
        "grant.waits" if grant.starts_at > now else "grant.runs",
        name=plan(grant.source, grant.plan),
        gives=gives(grant),
        starts=stamp(grant.starts_at, "f"),
        ends=stamp(grant.ends_at, "f"),
        left=stamp(grant.ends_at),
    )
    by = say("grant.by", who=mention(held.giver)) if held.giver else ""
    why = say("audit.why", reason=unsealed(held.reason)) if held.reason else ""
    return line + by + why


def _donation(donation: Donation) -> str:
    at = stamp(donation.recorded_at, "D")
    if donation.refunded_at is None:
        return say("donation.line", amount=donation.amount, at=at)
    back = stamp(donation.refunded_at, "D")
    return say("donation.line_refunded", amount=donation.amount, at=at, back=back)


def _known(message_id: str, **people: str) -> str:
    """Say it, or the bare name of what a later version may have done."""
    return say(message_id, **people) if known(message_id) else message_id
