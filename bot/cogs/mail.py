"""/temp_mail and /inbox: mailboxes of one's own, made, read and forgotten where nobody sees."""

import asyncio
from collections.abc import Sequence

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.cogs import letters, mail_cards
from bot.cogs.buttons import Buttons, OldButton, acknowledge
from bot.cogs.chat import below
from bot.cogs.checks import Door
from bot.cogs.letters import Letter
from bot.cogs.panels import picked
from bot.cogs.replies import redraw, show, think
from bot.core.clock import Clock
from bot.core.errors import Failure, Kind
from bot.relay.caller import Caller, Callers
from bot.relay.mail import MODEL, USUAL, Letters, Mail

ENDPOINT = "discord.temp_mail"
MOST_CHOICES = 25  # Discord's limit of an autocompletion


class LetterGone(Failure):
    """The message that was picked is no longer in the mailbox."""

    kind = Kind.EXPIRED
    message_id = "mail.message_gone"


class MailCommands(commands.Cog):
    """Temporary mailboxes."""

    def __init__(
        self, mail: Mail, callers: Callers, clock: Clock, door: Door, buttons: Buttons
    ) -> None:
        self._mail = mail
        self._callers = callers
        self._clock = clock
        self._door = door
        buttons.on(mail_cards.LOOK, self._look)
        buttons.on(mail_cards.OPEN, self._open)
        buttons.on(mail_cards.NEW, self._new)
        buttons.on(mail_cards.LIST, self._list)
        buttons.on(mail_cards.PICK, self._pick)
        buttons.on(mail_cards.ASK, self._ask)
        buttons.on(mail_cards.FORGET, self._forget)

    @app_commands.command()
    @app_commands.describe(domain="Where the address is; its price depends on that")
    async def temp_mail(
        self,
        interaction: discord.Interaction,
        domain: app_commands.Range[str, 1, 100] | None = None,
    ) -> None:
        """Get a temporary e-mail address that only you can read."""
        await think(interaction)
        await self._make(interaction, await self._caller(interaction), domain)

    @temp_mail.autocomplete("domain")
    async def _domains(
        self, _interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        wanted = typed.strip().lower()
        found = [domain for domain in self._mail.domains() if wanted in domain.name]
        found.sort(key=lambda domain: (domain.name != USUAL, not domain.name.startswith(wanted)))
        return [
            app_commands.Choice(name=mail_cards.choice(domain), value=domain.name)
            for domain in found[:MOST_CHOICES]
        ]

    @app_commands.command()
    async def inbox(self, interaction: discord.Interaction) -> None:
        """Read your temporary mailboxes."""
        await think(interaction)
        await show(interaction, await self._inbox(interaction))

    async def _make(
        self, interaction: discord.Interaction, caller: Caller, domain: str | None
    ) -> None:
        arrived = self._clock.now()
        made = await self._mail.make(caller, domain, endpoint=ENDPOINT, arrived=arrived)
        owned = await self._mail.mailbox(caller.member_id, made.id)
        note = below.ending(MODEL, "", made.settled)
        price = self._mail.price(owned.model)
        owner = interaction.user.id
        await show(interaction, mail_cards.mailbox(owned, (), price, owner, note=note))

    async def _new(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        """Make another mailbox at the same domain, where that one can still be asked for."""
        which = _which(arguments)
        await think(interaction)
        caller = await self._caller(interaction)
        domain = (await self._mail.mailbox(caller.member_id, which)).model
        known = any(domain == each.name for each in self._mail.domains())
        await self._make(interaction, caller, domain if known else None)

    async def _look(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        await self._redraw(interaction, _which(arguments))

    async def _pick(self, interaction: discord.Interaction, _: Sequence[str]) -> None:
        await self._redraw(interaction, picked(interaction))

    async def _redraw(self, interaction: discord.Interaction, which: str) -> None:
        """Put a mailbox with its messages in place of the panel that was clicked."""
        await acknowledge(interaction)
        caller = await self._caller(interaction)
        owned = await self._mail.mailbox(caller.member_id, which)
        found = await _newest_first(await self._mail.letters(caller.member_id, which))
        price = self._mail.price(owned.model)
        await redraw(interaction, mail_cards.mailbox(owned, found, price, interaction.user.id))

    async def _open(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        await acknowledge(interaction)
        caller, which = await self._caller(interaction), _which(arguments)
        owned = await self._mail.mailbox(caller.member_id, which)
        found = await _newest_first(await self._mail.letters(caller.member_id, which))
        letter = next((each for each in found if each.key == picked(interaction)), None)
        if letter is None:
            raise LetterGone
        await redraw(interaction, mail_cards.message(owned, letter, interaction.user.id))

    async def _list(self, interaction: discord.Interaction, _: Sequence[str]) -> None:
        await acknowledge(interaction)
        await redraw(interaction, await self._inbox(interaction))

    async def _ask(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        await acknowledge(interaction)
        caller = await self._caller(interaction)
        owned = await self._mail.mailbox(caller.member_id, _which(arguments))
        await redraw(interaction, mail_cards.question(owned, interaction.user.id))

    async def _forget(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        await acknowledge(interaction)
        caller = await self._caller(interaction)
        await self._mail.forget(caller.member_id, _which(arguments))
        await redraw(interaction, mail_cards.forgotten(interaction.user.id))

    async def _inbox(self, interaction: discord.Interaction) -> ui.LayoutView:
        caller = await self._caller(interaction)
        mailboxes = await self._mail.mailboxes(caller.member_id)
        return mail_cards.inbox(mailboxes, interaction.user.id)

    async def _caller(self, interaction: discord.Interaction) -> Caller:
        return await self._callers.by_person(self._door.person(interaction))


def _which(arguments: Sequence[str]) -> str:
    """Read which mailbox a click is about; it is the clicker's input."""
    if len(arguments) != 1:
        raise OldButton
    return arguments[0]


async def _newest_first(raw: Letters) -> list[Letter]:
    """Read messages, off the event loop because strangers wrote them, however long."""
    read = await asyncio.to_thread(lambda: [letters.read(each) for each in raw])
    if all(letter.at for letter in read):
        return sorted(read, key=lambda letter: letter.at.timestamp() if letter.at else 0)[::-1]
    return read[::-1]
