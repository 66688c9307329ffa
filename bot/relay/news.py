"""What an upstream's list of models says that was not known: pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bot.catalogue.model import Model

WEB = "+web"


class Known(NamedTuple):
    """A model as its upstream listed it last; `coefficient` in thousandths, where it has one."""

    coefficient: int | None = None
    tier: str | None = None
    seen: bool = True  # False: routes name it, and the upstream has never listed it
    gone: bool = False


class Price(NamedTuple):
    """A price that changed, in thousandths; before it is None where none was known."""

    model: str
    before: int | None
    after: int


@dataclass(frozen=True, slots=True)
class Routed:
    """What latchkey.toml routes to an upstream, by its names there."""

    prices: Mapping[str, int]  # ours, in thousandths
    chats: frozenset[str]  # lists leave out much of what is no chat model

    def expects(self, listed: Mapping[str, Known]) -> list[str]:
        """Return the chat models that a list should hold and does not."""
        return sorted(name for name in self.chats if name.removesuffix(WEB) not in listed)


@dataclass(frozen=True, slots=True)
class News:
    """What has changed, and how it is remembered."""

    fresh: list[str]
    back: list[str]
    gone: list[str]
    unlisted: list[str]
    prices: list[Price]
    remember: dict[str, Known]


def routes_to(models: Iterable[Model], upstream: str) -> Routed:
    """Return what latchkey.toml routes to an upstream."""
    routes = [
        (model, route.model)
        for model in models
        for route in model.routes
        if route.upstream == upstream
    ]
    return Routed(
        # Where two models have one route, the price to compare is its namesake's.
        prices={name: model.coefficient for model, name in sorted(routes, key=_namesake)},
        chats=frozenset(name for model, name in routes if model.talks),
    )


def news(known: Mapping[str, Known], listed: Mapping[str, Known], routed: Routed) -> News:
    """Compare an upstream's list with what was known of it, or with our routes the first time."""
    there = {name for name, model in known.items() if model.seen and not model.gone}
    unlisted = [name for name in routed.expects(listed) if name not in known]
    gone = sorted(there - listed.keys(), key=lambda name: (name not in routed.prices, name))
    remember = {name: model for name, model in listed.items() if known.get(name) != model}
    remember |= {name: known[name]._replace(gone=True) for name in gone}
    remember |= {name: Known(seen=False, gone=True) for name in unlisted}
    return News(
        fresh=[name for name in listed if name not in known and name not in routed.prices],
        back=[name for name in listed if name in known and known[name].seen and known[name].gone],
        gone=gone,
        unlisted=unlisted,
        prices=[
            Price(name, before, model.coefficient)
            for name, model in listed.items()
            if model.coefficient is not None
            and (name in known or name in routed.prices)
            and (before := _before(known, routed, name)) != model.coefficient
        ],
        remember=remember,
    )


def _before(known: Mapping[str, Known], routed: Routed, name: str) -> int | None:
    """Return the price that is known: the upstream's last one, else ours."""
    if name in known and known[name].coefficient is not None:
        return known[name].coefficient
    return routed.prices.get(name)


def _namesake(route: tuple[Model, str]) -> bool:
    model, name = route
    return model.id == name
