"""What stands below an answer: why it broke off, what it cost, what is left, and its buttons."""

from typing import assert_never

import discord

from bot.cogs.buttons import button, rows
from bot.ledger.calls import Settled
from bot.relay.running import Stop
from bot.words.say import say

STOP, AGAIN, PAGE = "stop", "again", "page"


def running(owner: int, number: int) -> discord.ui.View:
    """Draw what stands below an answer while it is written."""
    return rows(button("Stop", STOP, owner, number, style=discord.ButtonStyle.danger))


def over(owner: int, number: int, page: int, pages: int) -> discord.ui.View:
    """Draw what stands below an answer that is over; pages count from 1."""
    drawn = [button("Regenerate", AGAIN, owner, number)]
    if pages > 1:
        drawn += [
            button("◀", PAGE, owner, number, page - 1, disabled=page == 1),
            button(f"{page}/{pages}", PAGE, owner, number, page, "here", disabled=True),
            button("▶", PAGE, owner, number, page + 1, disabled=page == pages),
        ]
    return rows(*drawn)


def ending(model: str, why: str, settled: Settled | None) -> str:
    """Say why an answer ended, if there is a why, what it cost and what is left."""
    lines = [why] if why else []
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
        case Stop.SLOW | Stop.LEAVING | None:
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
