"""How a key is shown: new, masked, behind spoiler bars, and the question before it is replaced."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import discord
from discord import ui

from bot.cogs.buttons import button
from bot.cogs.panels import Clickable, Tone, panel, stamp
from bot.cogs.quick_start import menu
from bot.keys.service import KeyCard
from bot.ledger.reports import Reports
from bot.words.say import say

SHOW, COPY, ASK, RECREATE, KEEP = "key.show", "key.copy", "key.ask", "key.new", "key.keep"
LIMITS = "limits"  # answered by the cog of the limits


@dataclass(frozen=True)
class KeyCards:
    """Draws keys for their owners."""

    reports: Reports
    public_url: Callable[[], str]  # without /v1

    def fresh(self, card: KeyCard, owner: int) -> ui.LayoutView:
        """Draw a key that was just made, ready to copy."""
        return panel(
            say("key.fresh.title"),
            f"```\n{card.plain}\n```\n{say('key.secret')}",
            self._addresses(),
            rows=_below(owner),
            tone=Tone.GOOD,
        )

    def masked(self, card: KeyCard, owner: int) -> ui.LayoutView:
        """Draw a key that is there already."""
        rows = [
            [button(say("button.show"), SHOW, owner), button(say("button.recreate"), ASK, owner)]
        ]
        made = say("key.made", moment=stamp(card.created_at))
        text = say("key.there", masked=card.masked)
        return panel(say("key.title"), f"{text}\n{made}", rows=rows)

    async def shown(self, card: KeyCard, owner: int) -> ui.LayoutView:
        """Draw a key behind spoiler bars, with when it was made and last used."""
        if card.plain is None:
            rows = [[button(say("button.recreate"), ASK, owner)]]
            return panel(say("key.lost", masked=card.masked), rows=rows, tone=Tone.CARE)
        used = await self.reports.last_used(card.id)
        lines = [
            f"||`{card.plain}`||",
            say("key.made", moment=stamp(card.created_at)),
            say("key.used", moment=stamp(used)) if used else say("key.unused"),
            say("key.secret"),
        ]
        return panel(say("key.title"), "\n".join(lines), self._addresses(), rows=_below(owner))

    def _addresses(self) -> str:
        base = self.public_url()
        return say("key.addresses", openai=f"{base}/v1", anthropic=base)


def question(card: KeyCard | None, owner: int, seen: int, until: datetime) -> ui.LayoutView:
    """Ask whether the key shall be replaced, saying what breaks; good until a moment."""
    danger = discord.ButtonStyle.danger
    recreate = button(
        say("button.recreate_key"), RECREATE, owner, seen, int(until.timestamp()), style=danger
    )
    what = say("key.breaks", masked=card.masked) if card else say("key.breaks_nothing")
    open_for = say("key.confirm_until", moment=stamp(until))
    return panel(
        say("key.question"),
        f"{what}\n{open_for}",
        rows=[[recreate, button(say("button.cancel"), KEEP, owner)]],
        tone=Tone.CARE,
    )


def kept() -> ui.LayoutView:
    """Say that nothing has changed."""
    return panel(say("key.kept"))


def expired() -> ui.LayoutView:
    """Say that the question was open for too long."""
    return panel(say("key.expired"))


def _below(owner: int) -> Sequence[Sequence[Clickable]]:
    limits = button(say("button.my_limits"), LIMITS, owner)
    return [
        [
            button(say("button.copy"), COPY, owner),
            button(say("button.recreate"), ASK, owner),
            limits,
        ],
        [menu(owner)],
    ]
