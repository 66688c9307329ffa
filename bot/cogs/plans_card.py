"""Every plan there is, in lines: what it gives, for what, for how long."""

from collections.abc import Iterator

from bot.allowance.plans import PlanBook
from bot.cogs import entitlements
from bot.words.say import say


def plans(book: PlanBook, *, code_used: bool) -> str:
    """List the ways to get more than everybody has; a friend's code is one only once."""
    return "\n".join(_lines(book, code_used=code_used))


def _lines(book: PlanBook, *, code_used: bool) -> Iterator[str]:
    if not code_used:
        activation = book.activation()
        yield say("plans.activation", gives=entitlements.gives(activation), n=activation.days)
    community = book.community
    yield say("plans.exchange")
    for referrals in sorted(community.plans.exchange):
        terms = book.exchange(referrals)
        what = say("plans.referrals", n=referrals)
        yield say("plans.line", what=what, gives=entitlements.gives(terms))
    yield say("plans.levels")
    points = dict(enumerate(community.levels.thresholds, start=1))
    for level in sorted(community.plans.level):
        what = say("plans.level", level=level, n=points[level]) if level in points else ""
        if what:
            yield say("plans.line", what=what, gives=entitlements.gives(book.level(level)))
    yield say("plans.donations")
    for amount in sorted(community.plans.donation):
        gives = entitlements.gives(book.donation(amount))
        yield say("plans.line", what=f"${amount}", gives=gives)
    yield say("plans.refund")
    winners = community.referrals.contest_winners
    if winners:
        yield say("plans.contest", n=winners, gives=entitlements.gives(book.contest()))
