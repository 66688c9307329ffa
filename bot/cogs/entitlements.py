"""Where a member's limit comes from, in lines."""

from bot.allowance.plans import Terms
from bot.allowance.rules import FREE, Grant, Today
from bot.cogs.panels import stamp
from bot.settings.community import Limits, Stacking
from bot.words.names import plan
from bot.words.say import say


def limit_of(today: Today) -> str:
    """Say what may be spent today."""
    if today.allowance is None:
        return say("limit.unlimited")
    return say("limit.tokens", n=today.allowance)


def sources(today: Today, limits: Limits) -> str:
    """List what everybody has and every grant that runs or waits, with its times."""
    lines = [say("source.base", n=limits.daily_tokens)]
    lines += [_line(grant) for grant in today.sources]
    if today.sources and limits.stacking is Stacking.HIGHEST:
        lines.append(say("source.highest"))
    elif today.sources:
        lines.append(say("source.sum"))
    lines += [_waits(grant) for grant in today.waiting]
    return "\n".join(lines)


def access(today: Today) -> str:
    """Name the models that are open beyond those everybody may call, "" for none."""
    return ", ".join(sorted(name.capitalize() for name in today.access - {FREE}))


def gives(what: Grant | Terms) -> str:
    """Name what a grant or a plan gives."""
    given = []
    if what.unlimited:
        given.append(say("source.unlimited"))
    if what.daily_tokens is not None:
        given.append(say("source.tokens", n=what.daily_tokens))
    if what.access is not None:
        given.append(say("source.access", access=what.access.capitalize()))
    return ", ".join(given)


def _line(grant: Grant) -> str:
    ends, left = stamp(grant.ends_at, "f"), stamp(grant.ends_at)
    return say("source.grant", name=_name(grant), gives=gives(grant), ends=ends, left=left)


def _waits(grant: Grant) -> str:
    starts, ends = stamp(grant.starts_at, "f"), stamp(grant.ends_at, "f")
    return say("source.waits", name=_name(grant), gives=gives(grant), starts=starts, ends=ends)


def _name(grant: Grant) -> str:
    return plan(grant.source, grant.plan)
