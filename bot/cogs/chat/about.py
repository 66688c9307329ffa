"""The menu on a message: "Ask about this", with a question about its words and pictures."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import discord
from discord import app_commands, ui

from bot.cogs.buttons import Buttons, OldButton
from bot.cogs.chat import pictures
from bot.cogs.chat.answering import Answering
from bot.cogs.chat.choosing import Choosing
from bot.cogs.chat.desk import Draft
from bot.cogs.chat.errors import discreet
from bot.cogs.chat.layout import quoted
from bot.cogs.chat.questions import ChatQuestion
from bot.cogs.chat.talk import Talk
from bot.cogs.checks import Door
from bot.cogs.memory import Memory
from bot.cogs.modals import filled, modal, paragraph
from bot.cogs.replies import think
from bot.core.errors import Failure, Kind
from bot.core.redaction import without_keys
from bot.relay.service import Relay
from bot.words.say import say

NAME = "Ask about this"
ASKED = "about"  # the modal
QUESTION, PRIVATE = "question", "private"
LONGEST_QUESTION = 2_000  # characters
MOST_PICTURES = 4


class NothingToAskAbout(Failure):
    """The message has neither words nor pictures."""

    kind = Kind.INVALID
    message_id = "about.nothing"


class TargetForgotten(Failure):
    """The process does not remember which message the question is about."""

    kind = Kind.EXPIRED
    message_id = "about.forgotten"


class Target(NamedTuple):
    """A message that is asked about."""

    author: str
    text: str
    images: tuple[discord.Attachment, ...]
    link: str


class AskAbout:
    """Asks a model about a message; the payload brings it, so no intent is needed."""

    def __init__(
        self,
        answering: Answering,
        relay: Relay,
        choosing: Choosing,
        door: Door,
        clicks: Buttons,
    ) -> None:
        self.menu = app_commands.ContextMenu(name=NAME, callback=self._open)
        self._answering = answering
        self._relay = relay
        self._choosing = choosing
        self._door = door
        self._targets: Memory[Target] = Memory()
        clicks.on(ASKED, self._asked)

    async def _open(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Ask for the question; a modal has to be the first answer."""
        target = _target(message)
        if not target.text and not target.images:
            raise NothingToAskAbout
        self._targets.keep(interaction.id, target)
        fields: dict[str, ui.Item[ui.Modal]] = {
            say("about.question"): paragraph(QUESTION, longest=LONGEST_QUESTION),
            say("about.private"): ui.Checkbox(custom_id=PRIVATE),
        }
        owner, number = interaction.user.id, interaction.id
        asked = modal(say("about.title"), ASKED, owner, number, fields=fields)
        await interaction.response.send_modal(asked)

    async def _asked(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        """Answer the question that was filled in."""
        said = filled(interaction)
        hidden = bool(said.get(PRIVATE))
        question = str(said.get(QUESTION) or "").strip()
        target = self._recalled(arguments)
        await think(interaction, hidden=hidden)
        with discreet(hidden or interaction.guild_id is None):
            chosen = self._choosing.model(None, web=False, sees=bool(target.images))
            for image in target.images:
                pictures.check(image)
            prompt = say("about.prompt", author=target.author, text=target.text, question=question)
            about = say("about.quote", link=target.link)
            draft = Draft(
                question=ChatQuestion(self._relay, chosen.id, Talk.asking(prompt, target.images)),
                quote=f"{quoted(question)}-# {about}\n",
                hidden=hidden,
                channel_id=interaction.channel_id or 0,
            )
            person = self._door.person(interaction)
            await self._answering.run(interaction, person, interaction.id, draft)

    def _recalled(self, arguments: Sequence[str]) -> Target:
        if len(arguments) != 1 or not arguments[0].isdecimal():
            raise OldButton
        if (target := self._targets.recall(int(arguments[0]))) is None:
            raise TargetForgotten
        return target


def _target(message: discord.Message) -> Target:
    images = [image for image in message.attachments if pictures.is_picture(image)]
    return Target(
        author=message.author.display_name,
        text=without_keys("\n".join(_texts(message))),
        images=tuple(images[:MOST_PICTURES]),
        link=message.jump_url,
    )


def _texts(message: discord.Message) -> Iterator[str]:
    """Yield what a message says, also in its embeds and panels."""
    said = [message.content]
    for embed in message.embeds:
        said += [embed.title or "", embed.description or ""]
        said += [f"{field.name}: {field.value}" for field in embed.fields]
    for part in message.components:
        said += _shown(part)
    yield from filter(None, said)


def _shown(part: object) -> Iterator[str]:
    if isinstance(part, discord.TextDisplay):
        yield part.content
    if isinstance(part, discord.Container | discord.components.SectionComponent):
        for child in part.children:
            yield from _shown(child)
