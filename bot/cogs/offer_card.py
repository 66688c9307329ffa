"""What a plan would give, or gave, and until when, in lines: before Confirm and after it."""

from datetime import datetime

from bot.allowance.offers import Offer
from bot.allowance.rules import Grant
from bot.cogs.entitlements import gives
from bot.cogs.panels import stamp
from bot.words.say import say


def offered(offer: Offer) -> str:
    """Say what it would give, until when, and when it would add nothing now."""
    span = _span(offer.asked_at, offer.starts_at, offer.ends_at)
    lines = [say("offer.gives", gives=gives(offer.terms), span=span)]
    if offer.adds_from is None:
        lines.append(say("offer.adds_never"))
    elif offer.adds_from > offer.starts_at:
        moment = offer.adds_from
        lines.append(say("offer.adds_later", moment=stamp(moment, "f"), left=stamp(moment)))
    elif offer.queued:
        lines.append(say("offer.adds_queued"))
    return "\n".join(lines)


def given(grant: Grant, now: datetime) -> str:
    """Say what was given, and until when."""
    span = _span(now, grant.starts_at, grant.ends_at)
    return say("offer.gave", gives=gives(grant), span=span)


def _span(now: datetime, starts_at: datetime, ends_at: datetime) -> str:
    ends = stamp(ends_at, "f")
    if starts_at > now:
        return say("offer.from_until", starts=stamp(starts_at, "f"), ends=ends)
    return say("offer.until", ends=ends, left=stamp(ends_at))
