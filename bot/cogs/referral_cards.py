"""How referrals are shown to their member: the code's question, the counter, an exchange."""

from collections.abc import Sequence

import discord
from discord import ui

from bot.allowance.rules import Grant
from bot.cogs.buttons import button
from bot.cogs.entitlements import gives
from bot.cogs.offer_card import given, offered
from bot.cogs.panels import TALL_ROW, Clickable, Tone, panel, stamp
from bot.cogs.unsealed import unsealed
from bot.referrals.exchange import Counter, Exchange
from bot.referrals.packs import Pack, Quote
from bot.referrals.rules import LAPSES_AFTER, Purse, State
from bot.referrals.service import Preview
from bot.words.say import duration, number, say

USE, KEEP_CODE = "ref.use", "ref.keep"
PICK, SPEND, KEEP, WITHDRAW = "exg.pick", "exg.spend", "exg.keep", "exg.back"
DAY = 86_400  # seconds
MOST_PACKS = 15  # three rows of buttons
GREEN = discord.ButtonStyle.success


def code_question(preview: Preview, owner: int) -> ui.LayoutView:
    """Ask whether a code shall be activated, saying what it gives."""
    whose = say("referral.code_of", code=preview.code, owner=f"<@{preview.owner_discord_id}>")
    buttons = [
        button(say("button.confirm"), USE, owner, preview.code, style=GREEN),
        button(say("button.cancel"), KEEP_CODE, owner),
    ]
    return panel(
        f"{say('referral.question')}\n{whose}",
        offered(preview.offer),
        say("referral.once"),
        rows=[buttons],
        tone=Tone.CARE,
    )


def code_used(grant: Grant) -> ui.LayoutView:
    """Say what the activation gave."""
    text = f"{given(grant, grant.starts_at)}\n{say('referral.next')}"
    return panel(say("referral.done"), text, tone=Tone.GOOD)


def counter_panel(
    counter: Counter, packs: Sequence[Pack], owner: int, *, approval: bool
) -> ui.LayoutView:
    """Draw a member's purse, what it can be exchanged for, and what they asked for lately."""
    purse = counter.purse
    blocks = ["\n".join([say("exchange.title"), *_purse(purse)]), _packs(packs, approval=approval)]
    if counter.latest:
        lines = [_line(exchange, why) for exchange, why in counter.latest]
        blocks.append("\n".join([say("exchange.latest"), *lines]))
    buttons: list[Clickable] = [
        button(number(pack.referrals), PICK, owner, pack.referrals, disabled=_too_dear(pack, purse))
        for pack in packs[:MOST_PACKS]
    ]
    rows = [buttons[at : at + TALL_ROW] for at in range(0, len(buttons), TALL_ROW)]
    waiting = [each for each, _ in counter.latest if each.state is State.WAITING][:TALL_ROW]
    if waiting:
        rows.append([_withdraw(each, owner) for each in waiting])
    return panel(*blocks, rows=rows)


def exchange_question(quote: Quote, owner: int, exchange_id: int) -> ui.LayoutView:
    """Ask whether the referrals shall be exchanged, saying what for."""
    count, balance = quote.pack.referrals, quote.purse.balance
    leaves = say("exchange.leaves", n=balance - count, balance=balance)
    blocks = [say("exchange.question", n=count) + "\n" + leaves, offered(quote.offer)]
    if quote.approval:
        blocks.append(say("exchange.by_staff"))
    buttons = [
        button(say("button.confirm"), SPEND, owner, count, exchange_id, style=GREEN),
        button(say("button.cancel"), KEEP, owner),
    ]
    return panel(*blocks, rows=[buttons], tone=Tone.CARE)


def exchanged(exchange: Exchange, grant: Grant | None, owner: int) -> ui.LayoutView:
    """Say what became of an exchange that was just asked for."""
    if exchange.state is State.WAITING:
        until = stamp(exchange.asked_at + LAPSES_AFTER, "f")
        return panel(
            say("exchange.waits", n=exchange.referrals),
            say("exchange.waits_until", moment=until),
            rows=[[_withdraw(exchange, owner)]],
        )
    if exchange.state is not State.APPROVED:
        return panel(say("exchange.over", state=say(f"exchange.state.{exchange.state}")))
    blocks = [say("exchange.done", n=exchange.referrals)]
    if grant is not None:
        blocks.append(f"{given(grant, exchange.asked_at)}\n{say('referral.next')}")
    return panel(*blocks, tone=Tone.GOOD)


def _purse(purse: Purse) -> list[str]:
    if purse.balance < 0:
        lines = [say("exchange.debt", n=-purse.balance)]
    else:
        lines = [say("exchange.balance", n=purse.balance)]
    if purse.reserved:
        lines.append(say("exchange.reserved", n=purse.reserved))
    if purse.waiting:
        lines.append(say("exchange.not_yet", n=purse.waiting))
    return lines


def _packs(packs: Sequence[Pack], *, approval: bool) -> str:
    if not packs:
        return say("exchange.none")
    lines = [pack_line("exchange.pack", pack) for pack in packs]
    return "\n".join([*lines, say("exchange.by_staff")] if approval else lines)


def pack_line(message_id: str, pack: Pack) -> str:
    """Say what so many referrals give."""
    days = duration(pack.terms.days * DAY)
    return say(message_id, n=pack.referrals, gives=gives(pack.terms), days=days)


def _line(exchange: Exchange, why: str) -> str:
    declined = exchange.state is State.DECLINED
    if declined and exchange.grant_id is not None:
        ended = "taken_back"  # it had given its plan before
    elif declined and not why:
        ended = "declined_silently"
    else:
        ended = exchange.state
    return say(
        f"exchange.line.{ended}",
        n=exchange.referrals,
        asked=stamp(exchange.asked_at),
        decided=stamp(exchange.decided_at or exchange.asked_at),
        reason=unsealed(why),
    )


def _withdraw(exchange: Exchange, owner: int) -> Clickable:
    return button(say("button.withdraw", n=exchange.referrals), WITHDRAW, owner, exchange.id)


def _too_dear(pack: Pack, purse: Purse) -> bool:
    return pack.referrals > purse.balance
