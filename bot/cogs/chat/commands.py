"""/chat, and the buttons below its answers."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.catalogue.model import Model
from bot.catalogue.service import Catalogue, UnknownModel
from bot.cogs.buttons import Buttons, OldButton
from bot.cogs.chat.answering import AGAIN, PAGE, STOP, Answering, buttons
from bot.cogs.chat.desk import Draft
from bot.cogs.chat.errors import NoModels, NoSight, NotRunning, NoWeb, TooOld
from bot.cogs.chat.pictures import picture_part
from bot.cogs.chat.split import split
from bot.cogs.chat.surface import Surface
from bot.cogs.checks import Door
from bot.cogs.replies import think

LONGEST_PROMPT = 4_000  # characters
MOST_CHOICES = 25  # Discord's limit of an autocompletion
WEB = "+web"
SIGHT = "vision"
Prompt = app_commands.Range[str, 1, LONGEST_PROMPT]


class ChatCommands(commands.Cog):
    """Talk to a model in Discord."""

    def __init__(
        self, answering: Answering, catalogue: Catalogue, door: Door, clicks: Buttons
    ) -> None:
        self._answering = answering
        self._catalogue = catalogue
        self._door = door
        clicks.on(STOP, self._stop)
        clicks.on(AGAIN, self._again)
        clicks.on(PAGE, self._page)

    @app_commands.command()
    @app_commands.describe(
        prompt="What you want to know or have written",
        model="Which model answers",
        image="A picture to talk about",
        web="Let the model look things up",
        private="Show the answer only to you",
    )
    async def chat(
        self,
        interaction: discord.Interaction,
        prompt: Prompt,
        model: str | None = None,
        image: discord.Attachment | None = None,
        web: bool = False,
        private: bool = False,
    ) -> None:
        """Ask a model; its answer grows while it is written."""
        await think(interaction, hidden=private)
        chosen = self._model(model, web=web, sees=image is not None)
        content: str | list[dict[str, Any]] = prompt
        if image is not None:
            content = [{"type": "text", "text": prompt}, await picture_part(image)]
        draft = Draft(
            model=chosen.id,
            content=content,
            quote="" if private else quoted(prompt),
            hidden=private,
            channel_id=interaction.channel_id or 0,
        )
        await self._answering.run(
            interaction, self._door.person(interaction), interaction.id, draft
        )

    @chat.autocomplete("model")
    async def _models(
        self, _interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        typed = typed.lower()
        fits = [
            model
            for model in self._catalogue.visible()
            if model.talks and not model.id.endswith(WEB) and typed in model.id.lower()
        ]
        fits.sort(key=lambda model: not model.id.lower().startswith(typed))
        return [app_commands.Choice(name=label(m), value=m.id) for m in fits[:MOST_CHOICES]]

    async def _stop(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        if not self._answering.stop(_number(arguments)):
            raise NotRunning
        await interaction.response.defer()

    async def _again(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        number = _number(arguments)
        if (draft := self._answering.answers.recall(number)) is None:
            raise TooOld
        await interaction.response.defer()
        await self._answering.run(interaction, self._door.person(interaction), number, draft)

    async def _page(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        number, page = _number(arguments), _number(arguments[1:])
        draft = self._answering.answers.recall(number)
        if draft is None or not 1 <= page <= len(draft.answers):
            raise TooOld
        await interaction.response.defer()
        if draft.surface is not None:
            await draft.surface.clear()
        text, ending = draft.answers[page - 1], draft.endings[page - 1]
        parts = split(f"{draft.quote}{text.rstrip()}")
        view = buttons(interaction.user.id, number, draft, page)
        whole = text if len(parts) > 1 else None
        draft.surface = Surface(interaction, draft.hidden)
        await draft.surface.show([f"{parts[0]}{ending}"], view, whole)

    def _model(self, wanted: str | None, *, web: bool, sees: bool) -> Model:
        """Return the model that answers; raises what does not fit."""
        model = self._catalogue.get(wanted) if wanted else self._default(sees=sees)
        if sees and SIGHT not in model.kinds:
            raise NoSight(model=model.id)
        if not web or model.id.endswith(WEB):
            return model
        try:
            return self._catalogue.get(f"{model.id}{WEB}")
        except UnknownModel:
            raise NoWeb(model=model.id) from None

    def _default(self, *, sees: bool) -> Model:
        kind = SIGHT if sees else "chat"
        fits = (model for model in self._catalogue.visible() if model.talks and kind in model.kinds)
        if (model := next(fits, None)) is None:
            raise NoModels
        return model


def quoted(prompt: str) -> str:
    """Return a prompt as it stands above its public answer, its code fences made harmless."""
    harmless = prompt.strip().replace("```", "`\u200b`\u200b`")
    return "\n".join(f"> {line}" for line in harmless.splitlines()) + "\n"


def label(model: Model) -> str:
    """Name a model in a list, with its price."""
    price = f"{model.coefficient / 1000:g}"
    access = "" if model.free else f" · {model.access} access"
    return f"{model.id[:60]} · x{price}{access}"


def _number(arguments: Sequence[str]) -> int:
    """Read a number that a click brings; it is the caller's input."""
    if not arguments or not arguments[0].isdecimal():
        raise OldButton
    return int(arguments[0])
