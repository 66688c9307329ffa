"""The kinds of single values that latchkey.toml holds; each refuses in our own words."""

import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BeforeValidator

from bot.settings import addresses
from bot.settings.words import Unfit, closest, listed, shown
from bot.words.say import say

MOST_TOKENS = 1_000_000_000_000
MOST_SECONDS = 86_400
MOST_COEFFICIENT = 10_000
_KEY = re.compile(r"[1-9][0-9]{0,8}")


def whole(low: int, high: int) -> Callable[[Any], int]:
    """Accept whole numbers from `low` to `high`; true, 1.0 and "1" are none."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Unfit(say("unfit.whole", low=low, high=high, value=shown(value)))
        return value

    return check


def number_key(value: Any) -> int:
    """Accept the whole numbers that stand as a table's keys, which TOML gives as text."""
    if not _KEY.fullmatch(str(value)):
        raise Unfit(say("unfit.key"))
    return int(value)


def flag(value: Any) -> bool:
    """Accept true and false only."""
    if not isinstance(value, bool):
        raise Unfit(f"must be true or false, not {shown(value)}")
    return value


def seconds(value: Any) -> float:
    """Accept a positive number of seconds, up to a day."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Unfit(f"must be a number of seconds, not {shown(value)}")
    endless = isinstance(value, Decimal) and not value.is_finite()
    if endless or not 0 < value <= MOST_SECONDS:
        raise Unfit(f"must be above 0 and at most {MOST_SECONDS} seconds")
    return float(value)


def thousandths(value: Any) -> int:
    """Accept a price of up to three decimals, exactly, as integer thousandths."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Unfit(f"must be a number such as 1.0 or 0.125, not {shown(value)}")
    exact = Decimal(str(value))
    if not exact.is_finite() or not 0 <= exact <= MOST_COEFFICIENT:
        raise Unfit(f"must be from 0 to {MOST_COEFFICIENT}, not {shown(value)}")
    scaled = int(exact * 1000)
    if Decimal(scaled) / 1000 != exact:
        raise Unfit(f"must have at most three decimals, not {shown(value)}")
    return scaled


def text(longest: int, spaces: bool = False) -> Callable[[Any], str]:
    """Accept a printable text that is not empty."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise Unfit(f"must be a text in quotes, not {shown(value)}")
        if not value.strip() or len(value) > longest or not value.isprintable():
            raise Unfit(f"must be a text of 1 to {longest} printable characters")
        if not spaces and any(letter.isspace() for letter in value):
            raise Unfit(f"must not hold spaces: {shown(value)}")
        return value.strip()

    return check


def matching(pattern: str, what: str) -> Callable[[Any], str]:
    """Accept a text of a given form; `what` says the form in words."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise Unfit(f"must be {what}, not {shown(value)}")
        return value

    return check


def one_of(choices: type[StrEnum]) -> Callable[[Any], StrEnum]:
    """Accept one of a closed set of words."""

    def check(value: Any) -> StrEnum:
        if not isinstance(value, str) or value not in tuple(choices):
            known = listed(shown(str(one)) for one in choices)
            raise Unfit(f"must be {known}, not {shown(value)}")
        return choices(value)

    return check


def checked(check: Callable[[str], str]) -> Callable[[Any], str]:
    """Accept a text that `check` accepts; a list or number is no text."""

    def look(value: Any) -> str:
        if not isinstance(value, str):
            raise Unfit(f"must be a text in quotes, not {shown(value)}")
        return check(value)

    return look


def api_key(value: Any) -> str:
    """Accept what can stand in a header; never repeat it."""
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not value:
        raise Unfit('must be the key itself or "env:NAME"; leave it out where none is needed')
    if " " in value:
        raise Unfit("must not hold spaces")
    return value


def time_zone(value: Any) -> str:
    """Accept an IANA time zone."""
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        near = closest(value, available_timezones()) if isinstance(value, str) else None
        hint = f'; did you mean "{near}"?' if near else ""
        raise Unfit(
            f'must be a time zone such as "Europe/Berlin", not {shown(value)}{hint}'
        ) from None


Flag = Annotated[bool, BeforeValidator(flag)]
Id = Annotated[int, BeforeValidator(whole(1, 2**63 - 1))]  # of Discord
Tokens = Annotated[int, BeforeValidator(whole(0, MOST_TOKENS))]
Count = Annotated[int, BeforeValidator(whole(0, 1_000_000))]
Positive = Annotated[int, BeforeValidator(whole(1, 1_000_000_000))]
Days = Annotated[int, BeforeValidator(whole(0, 36_500))]
Span = Annotated[int, BeforeValidator(whole(1, 36_500))]  # days, at least one
Seconds = Annotated[float, BeforeValidator(seconds)]
Thousandths = Annotated[int, BeforeValidator(thousandths)]
NumberKey = Annotated[int, BeforeValidator(number_key)]
Title = Annotated[str, BeforeValidator(text(100, spaces=True))]
ModelName = Annotated[str, BeforeValidator(text(100))]
Voice = Annotated[str, BeforeValidator(text(60))]
Zone = Annotated[str, BeforeValidator(time_zone)]
BaseUrl = Annotated[str, BeforeValidator(checked(addresses.base_url))]
Origin = Annotated[str, BeforeValidator(checked(addresses.origin))]
Network = Annotated[str, BeforeValidator(checked(addresses.network))]
ApiKey = Annotated[str, BeforeValidator(api_key)]
KeyPrefix = Annotated[
    str,
    BeforeValidator(
        matching("[A-Za-z][A-Za-z0-9_-]{0,19}", "1 to 20 letters, digits, _ or -, a letter first")
    ),
]
UpstreamName = Annotated[
    str,
    BeforeValidator(
        matching("[a-z0-9][a-z0-9._-]{0,39}", "1 to 40 small letters, digits, . _ or -")
    ),
]
AccessName = Annotated[
    str, BeforeValidator(matching("[a-z][a-z0-9_-]{0,39}", "a word of small letters: free, claude"))
]
Domain = Annotated[
    str, BeforeValidator(matching(r"[a-z0-9-]+(\.[a-z0-9-]+)+", 'a domain such as "example.org"'))
]
