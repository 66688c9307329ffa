"""What is said about plans and what they give."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "plan.unknown": "There is no {source} plan {number}. There are: {plans}.",
    "plan.no_donation": (
        "There is no plan for ${amount}. Donations are {amounts}. For anything else use "
        "/grant give and name the donation in its reason."
    ),
}
