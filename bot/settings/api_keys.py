"""Upstreams' keys that latchkey.toml names as "env:NAME": looked up like every variable."""

import re
from typing import Any

from bot.settings.crosses import entries
from bot.settings.reading import located
from bot.settings.variables import OURS, Variables
from bot.settings.words import Unfit

_BY_NAME = "env:"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def filled_in(
    raw: dict[str, Any], variables: Variables, stand_in: str | None = None
) -> tuple[dict[str, Any], list[str]]:
    """Return the file with the keys themselves in it, and a line for each that is not there.

    With a `stand_in` no variable is looked up: it takes the place of every such key.
    """
    listing, problems = raw.get("upstreams"), []
    if not isinstance(listing, list):
        return raw, []
    upstreams = list(listing)
    for place, entry in entries(raw, "upstreams"):
        given = entry.get("api_key")
        if not isinstance(given, str) or not given.startswith(_BY_NAME):
            continue
        upstreams[place] = {name: value for name, value in entry.items() if name != "api_key"}
        try:
            key = stand_in or _looked_up(given.removeprefix(_BY_NAME), variables)
            upstreams[place]["api_key"] = key
        except Unfit as unfit:
            problems.append(f"{located(('upstreams', place, 'api_key'), raw)}: {unfit}")
    return raw | {"upstreams": upstreams}, problems


def _looked_up(name: str, variables: Variables) -> str:
    if not _NAME.fullmatch(name):
        raise Unfit('must name a variable after "env:", such as "env:OPENAI_API_KEY"')
    if name.startswith(OURS):
        raise Unfit(f"must not send {name}, which is Latchkey's own, to an upstream")
    if (key := variables.get(name)) is None:
        raise Unfit(f"names the variable {name}, which is not set: set it, or take api_key out")
    return key
