"""The post that tells staff what upstreams' lists of models have come to say."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from bot.core.units import THOUSAND
from bot.relay.news import News, Price
from bot.words.letter import Letter

LONGEST = 300  # characters of names in one line


@dataclass(frozen=True, slots=True)
class Found:
    """What one reading of all lists brought."""

    news: dict[str, News]  # by upstream
    lost: list[str]  # upstreams whose list cannot be read any more
    regained: list[str]


def digest(found: Found, *, applied: bool) -> Letter | None:
    """Return the post; None where there is nothing to tell."""
    told = dict(_lines(found, applied=applied))
    if not told:
        return None
    lines = [f"lists.{name}" for name in told]
    return Letter(
        ["lists.title", *lines], {name.partition("_")[0]: said for name, said in told.items()}
    )


def _lines(found: Found, *, applied: bool) -> Iterator[tuple[str, str]]:
    """Yield each line's name, and what is filled into it."""
    in_force = "_applied" if applied else ""
    named: tuple[tuple[str, Callable[[News], Iterable[str]]], ...] = (
        ("fresh", lambda news: _code(news.fresh)),
        ("back", lambda news: _code(news.back)),
        (f"gone{in_force}", lambda news: _code(news.gone)),
        ("unlisted", lambda news: _code(news.unlisted)),
        (f"prices{in_force}", lambda news: map(_price, news.prices)),
    )
    for name, of in named:
        each = {upstream: list(of(news)) for upstream, news in found.news.items()}
        if said := "; ".join(f"{name}: {_short(items)}" for name, items in each.items() if items):
            yield name, said
    if found.lost:
        yield "lost", _short(_code(found.lost))
    if found.regained:
        yield "regained", _short(_code(found.regained))


def _code(names: Iterable[str]) -> list[str]:
    return [f"`{name}`" for name in names]


def _price(price: Price) -> str:
    before = "?" if price.before is None else f"{price.before / THOUSAND:g}"
    return f"`{price.model}` x{before} → x{price.after / THOUSAND:g}"


def _short(items: list[str]) -> str:
    """Join what fits into a line, and count the rest."""
    shown, length = 0, 0
    while shown < len(items) and (length := length + len(items[shown]) + 2) <= LONGEST:
        shown += 1
    shown = max(1, shown)
    more = f" (+{len(items) - shown})" if shown < len(items) else ""
    return ", ".join(items[:shown]) + more
