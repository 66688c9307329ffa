"""What is said about plans and what they give."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "plan.unknown": "There is no {source} plan {number}. There are: {plans}.",
    "plan.queued": (
        "-# The same plan runs until <t:{starts}:f>; this one starts then, and the limit after the "
        "change is the one at that moment."
    ),
    "plan.adds_later": (
        "-# This adds nothing now: they already have as much or more until <t:{until}:f>."
    ),
    "plan.adds_nothing": (
        "-# This adds nothing: they already have as much or more for all of its time."
    ),
    "plan.no_donation": (
        "There is no plan for ${amount}. Donations are {amounts}. For anything else use "
        "/grant give and name the donation in its reason."
    ),
}
