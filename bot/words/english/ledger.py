"""What the limits say when they refuse a call."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "limit_reached": "One of your limits refused this call. Nothing was charged. Try again later.",
    "in_flight": (
        "As many of your calls are running as may at once: {in_flight}. Nothing was charged. "
        "Wait until one of them has ended."
    ),
    "minute_spent": (
        "You have made your {per_minute} requests of this minute. Nothing was charged. "
        "Try again in {wait}."
    ),
    "allowance_spent": (
        "What is left of today's allowance does not cover this call: it needs at least "
        "{needed:,} tokens, and {left:,} of {limit:,} are left. Nothing was charged. "
        "It resets at {resets}; until then try {instead}. /all_limits shows where you stand."
    ),
    "allowance_spent_whole": (
        "Nothing is left of today's allowance of {n:,} tokens. Nothing was charged for this "
        "call. It resets at {resets}. /all_limits shows where you stand."
    ),
    "allowance_spent_whole_requests": (
        "Nothing is left of today's allowance: 0 of {n:,} requests. Nothing was charged for "
        "this call. It resets at {resets}. /all_limits shows where you stand."
    ),
    "allowance_spent_requests": (
        "What is left of today's allowance does not cover this call: it needs {needed:,} tokens, "
        "and {left:,} of {limit:,} are left ({requests_left:,} of {requests:,} requests). "
        "Nothing was charged. It resets at {resets}; until then try {instead}. "
        "/all_limits shows where you stand."
    ),
    "allowance_held": (
        "Your calls that still run hold {held:,} of today's tokens until they end, and {left:,} of "
        "{limit:,} are left; this call needs at least {needed:,}. Nothing was charged. Try again "
        "in {wait}, or try {instead}."
    ),
    "allowance_held_requests": (
        "Your calls that still run hold {held:,} of today's tokens until they end, and {left:,} of "
        "{limit:,} are left ({requests_left:,} of {requests:,} requests); this call needs "
        "{needed:,}. Nothing was charged. Try again in {wait}, or try {instead}."
    ),
    "instead.prompt": "a shorter prompt or a cheaper model",
    "instead.pictures": "fewer pictures or a cheaper model",
    "instead.model": "a cheaper model",
    "instead.other": "something cheaper",
}
