"""How limits and modes are drawn."""

from collections.abc import Iterator

from discord import ui

from bot.account.service import Overview, calls_left
from bot.allowance.rules import Today
from bot.catalogue.service import Catalogue, UnknownModel
from bot.cogs import entitlements
from bot.cogs.buttons import button
from bot.cogs.panels import Tone, bar, panel, stamp
from bot.core.units import Mode
from bot.ledger.calls import Standing
from bot.members.service import Switched
from bot.settings.community import Limits
from bot.words.say import number, say

OPEN, AGAIN, SWITCH, MODELS = "limits", "limits.again", "mode", "models.open"
MOST_MODELS = 10
NAME, CELL = 8, 12  # characters of a column, narrow enough for a phone


def limits_panel(
    overview: Overview,
    today: Today,
    limits: Limits,
    catalogue: Catalogue,
    plans: str,
    owner: int,
) -> ui.LayoutView:
    """Draw where a member stands today."""
    standing = overview.standing
    other = Mode.TOKENS if standing.mode is Mode.REQUESTS else Mode.REQUESTS
    buttons = [
        button(say("button.refresh"), AGAIN, owner),
        button(say("limits.switch", mode=_mode(other)), SWITCH, owner, other),
        button(say("button.models"), MODELS, owner),
    ]
    spent_up = standing.remaining == 0
    return panel(
        "\n".join(["## " + say("limits.title"), *_today(standing)]),
        f"### {say('limits.sources')}\n{entitlements.sources(today, limits)}",
        f"### {say('limits.fits')}\n" + "\n".join(_fits(overview, catalogue)),
        f"### {say('plans.title')}\n{plans}",
        rows=[buttons],
        tone=Tone.CARE if spent_up else Tone.CALM,
    )


def modes_panel(
    switched: Switched, standing: Standing, per_minute: int, owner: int
) -> ui.LayoutView:
    """Draw both modes side by side, with today's numbers in each."""
    table = "\n".join(_table(standing, per_minute))
    left = "mode.left" if switched.left_today else "mode.none_left"
    happened = "mode.same" if switched.before == switched.after else "mode.switched"
    return panel(
        "\n".join(
            [
                say("mode.title", mode=_mode(switched.after)),
                say(happened, before=_mode(switched.before), mode=_mode(switched.after)),
                say(left, n=switched.left_today, resets=stamp(standing.resets_at)),
            ]
        ),
        f"```\n{table}\n```\n{say('mode.stays')}",
        rows=[[button(say("button.my_limits"), OPEN, owner)]],
        tone=Tone.CALM if switched.before == switched.after else Tone.GOOD,
    )


def _today(standing: Standing) -> Iterator[str]:
    used = standing.spent + standing.held
    if standing.allowance is None:
        yield say("limits.unlimited", spent=standing.spent)
    elif not standing.allowance:
        yield say("limits.nought")
        yield say("limits.spent", spent=standing.spent, limit=0)
    else:
        percent = used * 100 // standing.allowance
        drawn = bar(used, standing.allowance)
        yield f"`{drawn}` **{percent} %**"
        yield say("limits.spent", spent=standing.spent, limit=standing.allowance)
        yield say("limits.left", n=standing.remaining)
    if standing.held:
        yield say("limits.held", held=standing.held, n=standing.in_flight)
    if standing.mode is Mode.TOKENS:
        yield say("limits.tokens")
    else:
        yield say("limits.requests", unit=standing.request_unit, minute=standing.per_minute)
    if standing.requests_remaining is not None:
        yield say("limits.requests_left", n=standing.requests_remaining)
    yield say("limits.calls", n=standing.calls)
    yield say("limits.resets", left=stamp(standing.resets_at), at=stamp(standing.resets_at, "t"))


def _fits(overview: Overview, catalogue: Catalogue) -> Iterator[str]:
    """Say what is left in calls of the models used today, the dearest first."""
    if not overview.models:
        yield say("limits.no_calls")
        return
    for use in overview.models[:MOST_MODELS]:
        try:
            coefficient = catalogue.get(use.model).coefficient
        except UnknownModel:
            continue  # used today, and taken out of the settings since
        left = calls_left(overview.standing, use, coefficient)
        if left is None:
            yield say("limits.model_free", model=use.model, calls=use.calls, cost=use.cost)
        else:
            yield say("limits.model", model=use.model, calls=use.calls, cost=use.cost, n=left)


def _table(standing: Standing, per_minute: int) -> Iterator[str]:
    tokens, unit = standing.allowance, standing.request_unit
    mark = {mode: _mode(mode) + "*" * (mode is standing.mode) for mode in Mode}
    yield _row("", mark[Mode.TOKENS], mark[Mode.REQUESTS])
    if tokens is None:
        yield _row(say("mode.limit"), say("mode.none"), say("mode.none"))
    else:
        yield _row(say("mode.limit"), number(tokens), number(tokens // unit))
    yield _row(say("mode.spent"), number(standing.spent), number(_up(standing.spent, unit)))
    if standing.held:
        yield _row(say("mode.held"), number(standing.held), number(_up(standing.held, unit)))
    if (left := standing.remaining) is not None:
        yield _row(say("mode.remains"), number(left), number(left // unit))
    yield _row(say("mode.price"), say("mode.by_tokens"), say("mode.flat", unit=unit))
    yield _row(say("mode.minute"), say("mode.none"), number(per_minute))


def _mode(mode: Mode) -> str:
    return say(f"mode.name.{mode}")


def _row(name: str, tokens: str, requests: str) -> str:
    return f"{name:<{NAME}}{tokens:>{CELL}}{requests:>{CELL}}".rstrip()


def _up(tokens: int, unit: int) -> int:
    return -(-tokens // unit)
