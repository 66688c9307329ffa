"""How mailboxes are shown: one with its messages, a message, all of them, and a question."""

from collections.abc import Sequence
from datetime import datetime

import discord
from discord import ui

from bot.cogs.buttons import button
from bot.cogs.chat.layout import HARMLESS
from bot.cogs.chat.split import FENCE
from bot.cogs.letters import Letter, harmless
from bot.cogs.panels import CUT, Clickable, Tone, panel, select, stamp
from bot.relay.belongings import Belonging
from bot.relay.mail import Domain
from bot.words.say import say

LOOK, OPEN, NEW, LIST = "mail.look", "mail.open", "mail.new", "mail.list"
PICK, ASK, FORGET = "mail.pick", "mail.ask", "mail.forget"
MOST_LISTED = 25  # options of a menu, Discord's limit
MOST_LINES = 10  # messages that are told of above the menu
LONGEST_OPTION = 100  # characters, Discord's limit
LONGEST_SUBJECT = 80  # characters of a message's subject in a list
MOST_BYTES = 6_000  # of a message's text: Discord takes some 10,000 a panel
MOST_SHOWN = 3_000  # characters of it


def mailbox(
    owned: Belonging, letters: Sequence[Letter], price: int, owner: int, *, note: str = ""
) -> ui.LayoutView:
    """Draw a mailbox and what is in it, newest first; `note` stands at the end."""
    made = say("mail.made", moment=stamp(owned.made_at), n=price)
    title = say("mail.fresh" if note else "mail.title")
    address = f"{title}\n{FENCE}\n{owned.email}\n{FENCE}\n{made}{note}"
    rows: list[Sequence[Clickable]] = [
        [
            button(say("button.refresh"), LOOK, owner, owned.id),
            button(say("button.new_address"), NEW, owner, owned.id),
            button(say("button.my_mailboxes"), LIST, owner),
            button(say("button.forget"), ASK, owner, owned.id),
        ]
    ]
    if letters:
        rows.append([_menu(owned, letters, owner)])
    return panel(address, _lines(letters), rows=rows, tone=Tone.GOOD if note else Tone.CALM)


def message(owned: Belonging, letter: Letter, owner: int) -> ui.LayoutView:
    """Draw a message: plain text, no link that can be clicked, nothing that is fetched."""
    text, whole = _shown(letter.text)
    blocks = [
        say(
            "mail.message",
            subject=_safe(letter.subject) or say("mail.no_subject"),
            sender=_safe(letter.sender) or say("mail.no_sender"),
            at=_at(letter.at),
        ),
        f"{FENCE}\n{text}\n{FENCE}\n{say('mail.links')}" if text else say("mail.no_text"),
    ]
    if not whole:
        blocks.append(say("mail.cut"))
    if letter.attached:
        names = ", ".join(f"`{name.replace('`', '')[:60]}`" for name in letter.attached)
        blocks.append(say("mail.attached", names=names))
    return panel(*blocks, rows=[[button(say("button.back"), LOOK, owner, owned.id)]])


def inbox(mailboxes: Sequence[Belonging], owner: int) -> ui.LayoutView:
    """Draw all mailboxes of a member, newest first."""
    if not mailboxes:
        return panel(say("mail.none"))
    lines = [
        say("mail.entry", email=each.email, moment=stamp(each.made_at))
        for each in mailboxes[:MOST_LISTED]
    ]
    options = [
        discord.SelectOption(label=each.email[:LONGEST_OPTION], value=each.id)
        for each in mailboxes[:MOST_LISTED]
    ]
    menu = select(say("mail.pick"), PICK, owner, options)
    title = say("mail.inbox", n=len(mailboxes))
    return panel(f"{title}\n" + "\n".join(lines), rows=[[menu]])


def question(owned: Belonging, owner: int) -> ui.LayoutView:
    """Ask whether a mailbox shall be forgotten."""
    yes = button(say("button.confirm"), FORGET, owner, owned.id, style=discord.ButtonStyle.danger)
    no = button(say("button.cancel"), LOOK, owner, owned.id)
    return panel(say("mail.forget", email=owned.email), rows=[[yes, no]], tone=Tone.CARE)


def forgotten(owner: int) -> ui.LayoutView:
    """Say that a mailbox is forgotten."""
    return panel(say("mail.forgotten"), rows=[[button(say("button.my_mailboxes"), LIST, owner)]])


def choice(domain: Domain) -> str:
    """Name a domain in a list, with its price."""
    return say("mail.choice", domain=domain.name, n=domain.price)[:LONGEST_OPTION]


def _lines(letters: Sequence[Letter]) -> str:
    if not letters:
        return say("mail.empty")
    lines = [say("mail.count", n=len(letters))]
    lines += [
        say(
            "mail.line",
            subject=_safe(letter.subject)[:LONGEST_SUBJECT] or say("mail.no_subject"),
            sender=_safe(letter.sender)[:LONGEST_SUBJECT] or say("mail.no_sender"),
            at=_at(letter.at),
        )
        for letter in letters[:MOST_LINES]
    ]
    if (older := len(letters) - MOST_LINES) > 0:
        lines.append(say("mail.older", n=older))
    return "\n".join(lines)


def _menu(owned: Belonging, letters: Sequence[Letter], owner: int) -> Clickable:
    options = {
        letter.key: discord.SelectOption(
            label=letter.subject[:LONGEST_OPTION] or say("mail.no_subject"),
            description=letter.sender[:LONGEST_OPTION] or None,
            value=letter.key,
        )
        for letter in letters[:MOST_LISTED]
    }
    return select(say("mail.open"), OPEN, owner, list(options.values()), owned.id)


def _safe(text: str) -> str:
    """Return a stranger's line so that it formats, links and mentions nothing."""
    return discord.utils.escape_mentions(discord.utils.escape_markdown(harmless(text)))


def _at(moment: datetime | None) -> str:
    return f", {stamp(moment)}" if moment else ""


def _shown(text: str) -> tuple[str, bool]:
    """Return as much of a text as a panel takes, and whether that is all of it."""
    shown = harmless(text[:MOST_SHOWN]).replace(FENCE, HARMLESS)
    fits = shown.encode()[:MOST_BYTES].decode(errors="ignore")[:MOST_SHOWN]
    if fits == shown and len(text) <= MOST_SHOWN:
        return shown, True
    return fits + CUT, False
