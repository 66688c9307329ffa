"""What must fit together across sections; looks at the raw tables so that it misses nothing."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from bot.settings.community import Levels
from bot.settings.plans import DEFAULTS
from bot.settings.reading import located
from bot.settings.words import closest, listed, shown
from bot.words.say import say

Raw = Mapping[str, Any]
MOST_PLACES = 3  # named of those that are wrong in the same way


def problems(raw: Raw, *, bot: bool) -> Iterator[str]:
    """Yield a line for each thing that does not fit; `bot`: this process runs the bot."""
    if bot and not table(raw, "community").get("home_guilds", []):
        yield "community.home_guilds: must hold the id of your Discord server, for example [1001]"
    yield from _repeated(raw, "upstreams", "name")
    yield from _repeated(raw, "models", "id")
    yield from _aliases(raw)
    yield from _routes(raw)
    yield from _levels(raw)


def table(raw: Raw, name: str) -> Raw:
    """Return a table of the file, empty where it is missing or something else."""
    found = raw.get(name)
    return found if isinstance(found, dict) else {}


def entries(raw: Raw, name: str) -> list[tuple[int, Raw]]:
    """Return a list's tables with their places in it."""
    found = raw.get(name)
    listing = found if isinstance(found, list) else []
    return [(place, entry) for place, entry in enumerate(listing) if isinstance(entry, dict)]


def _names(raw: Raw, name: str, key: str) -> list[str]:
    return [entry[key] for _, entry in entries(raw, name) if isinstance(entry.get(key), str)]


def _repeated(raw: Raw, name: str, key: str) -> Iterator[str]:
    for repeated, times in Counter(_names(raw, name, key)).items():
        if times > 1:
            yield f"{name}: {shown(repeated)} stands {times} times as {key}; give each its own"


def _aliases(raw: Raw) -> Iterator[str]:
    taken = set(_names(raw, "models", "id"))
    for place, model in entries(raw, "models"):
        aliases = model.get("aliases")
        for alias in aliases if isinstance(aliases, list) else []:
            if isinstance(alias, str) and alias in taken:
                where = located(("models", place, "aliases"), raw)
                yield f"{where}: {shown(alias)} already names a model; take it out"
            elif isinstance(alias, str):
                taken.add(alias)


def _routes(raw: Raw) -> Iterator[str]:
    known = _names(raw, "upstreams", "name")
    strays: dict[str, list[str]] = {}  # where an unknown upstream is named
    for place, model in entries(raw, "models"):
        for at, route in entries(model, "routes"):
            name = route.get("upstream")
            if isinstance(name, str) and name not in known:
                where = located(("models", place, "routes", at, "upstream"), raw)
                strays.setdefault(name, []).append(where)
    name = table(raw, "temp_mail").get("upstream")
    if isinstance(name, str) and name not in known:
        strays.setdefault(name, []).append("temp_mail.upstream")
    for name, places in strays.items():
        yield _stray(name, places, known)


def _stray(name: str, places: list[str], known: list[str]) -> str:
    """Complain about an upstream that is not there: once, however many routes name it."""
    first, *others = places
    near = closest(name, known)
    if near:
        hint = f"did you mean {shown(near)}?"
    else:
        hint = f"known: {listed(known)}" if known else "there is no [[upstreams]] at all"
    line = f"{first}: no upstream is named {shown(name)}; {hint}"
    if not others:
        return line
    more = ", ".join(others[:MOST_PLACES]) + (", ..." if len(others) > MOST_PLACES else "")
    return f"{line}; {len(others)} more name it: {more}"


def _levels(raw: Raw) -> Iterator[str]:
    given = table(raw, "levels").get("thresholds", list(Levels().thresholds))
    if not isinstance(given, list):
        return
    highest = len(given)
    for level in table(table(raw, "community"), "level_roles"):
        if level.isdecimal() and int(level) > highest:
            said = say("unfit.level_role", level=level, n=highest)
            yield f"community.level_roles.{level}: {said}"
    plans = DEFAULTS["level"].keys() | table(table(raw, "plans"), "level").keys()
    for number in range(1, highest + 1):
        if str(number) not in plans:
            yield f"plans.level.{number}: {say('unfit.level_plan', n=highest)}"
