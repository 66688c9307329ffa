"""What stands below an answer: why it broke off, what it cost, what is left, and its buttons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, assert_never

import discord
from discord import ui

from bot.cogs.buttons import rows
from bot.cogs.chat.marks import AGAIN, DROP, MODEL, MORE, PAGE, STOP, THREAD, Mark, made
from bot.ledger.calls import Settled
from bot.relay.running import Stop
from bot.words.say import say

PAGER, MENU = 1, 2  # rows of buttons


@dataclass(frozen=True, slots=True)
class Over:
    """What can be done with an answer that is over; pages count from 1."""

    page: int = 1
    pages: int = 1
    more: bool = False  # it broke off
    threads: bool = False
    models: Sequence[discord.SelectOption] = ()


def running(mark: Mark) -> ui.View:
    """Draw what stands below an answer while it is written."""
    return rows(_button("chat.stop", STOP, mark, style=discord.ButtonStyle.danger))


def over(mark: Mark, what: Over) -> ui.View:
    """Draw what stands below an answer that is over."""
    page, pages = what.page, what.pages
    drawn: list[ui.Item[Any]] = [_button("chat.again", AGAIN, mark)]
    if what.more:
        drawn.append(_button("chat.more", MORE, mark, page))
    if what.threads:
        drawn.append(_button("chat.thread", THREAD, mark))
    drawn.append(_button("chat.delete", DROP, mark))
    if pages > 1:
        pager = [
            ui.Button[Any](label="◀", custom_id=made(PAGE, mark, page - 1), disabled=page == 1),
            ui.Button[Any](
                label=f"{page}/{pages}", custom_id=made(PAGE, mark, page, 0), disabled=True
            ),
            ui.Button[Any](label="▶", custom_id=made(PAGE, mark, page + 1), disabled=page == pages),
        ]
        for item in pager:
            item.row = PAGER
        drawn += pager
    if len(what.models) > 1:
        menu = ui.Select[Any](
            placeholder=say("chat.model"),
            custom_id=made(MODEL, mark),
            options=list(what.models),
            row=MENU,
        )
        drawn.append(menu)
    return rows(*drawn)


def left_over(mark: Mark) -> ui.View:
    """Draw what stands below an answer that its process did not live to end."""
    return rows(_button("chat.delete", DROP, mark))


def ending(model: str, why: str, settled: Settled | None) -> str:
    """Say why an answer ended, a line each, what it cost and what is left."""
    lines = why.splitlines()
    if settled is not None:
        lines.append(_cost(model, settled))
    return "".join(f"\n-# {line}" for line in lines)


def broken_off(by: Stop | None) -> str:
    """Say why an answer broke off; None: its upstream did it."""
    match by:
        case Stop.ASKED:
            return say("chat.stopped")
        case Stop.SHUTDOWN:
            return say("chat.cut.shutdown")
        case Stop.SUSPENDED:
            return say("chat.cut.suspended")
        case Stop.TIME:
            return say("chat.cut.time")
        case Stop.LEAVING:
            return say("chat.cut.leaving")
        case Stop.SLOW | None:
            return say("chat.cut")
        case _:
            assert_never(by)


def _cost(model: str, settled: Settled) -> str:
    standing = settled.standing
    if standing.remaining is None:
        return say("chat.footer.unlimited", model=model, cost=settled.cost)
    if standing.requests_remaining is not None:
        left = say("chat.left.requests", n=standing.requests_remaining)
    else:
        left = say("chat.left.tokens", n=standing.remaining)
    return say("chat.footer", model=model, cost=settled.cost, left=left)


def _button(
    label: str,
    name: str,
    mark: Mark,
    *arguments: int,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
) -> ui.Button[Any]:
    return ui.Button(label=say(label), custom_id=made(name, mark, *arguments), style=style)
