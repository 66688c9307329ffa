"""/models: what can be called, page by page."""

from collections.abc import Sequence

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.catalogue.model import Model
from bot.catalogue.service import Catalogue
from bot.cogs.buttons import Buttons, OldButton, button
from bot.cogs.limits_card import MODELS as OPEN
from bot.cogs.panels import Clickable, panel
from bot.cogs.replies import redraw, show, think
from bot.core.units import THOUSAND
from bot.relay.health import Health
from bot.relay.router import Router
from bot.settings.serving import Kind
from bot.words.names import kinds
from bot.words.say import say

PAGE = "models"
A_PAGE = 10
LONGEST_SEARCH = 40  # fits into a button's custom_id with all else
ANY = "-"
DOTS = {
    Health.OK: "🟢",
    Health.FAILING: "🟡",
    Health.RESTING: "🔴",
    Health.MISCONFIGURED: "🔴",
}
KINDS = [app_commands.Choice(name=kind.value, value=kind.value) for kind in Kind]


class ModelCommands(commands.Cog):
    """What can be called."""

    def __init__(self, catalogue: Catalogue, router: Router, buttons: Buttons) -> None:
        self._catalogue = catalogue
        self._router = router
        buttons.on(OPEN, self._open)
        buttons.on(PAGE, self._turn)

    @app_commands.command()
    @app_commands.describe(
        kind="Only models for this", search="Only models whose name has this in it"
    )
    @app_commands.choices(kind=KINDS)
    async def models(
        self,
        interaction: discord.Interaction,
        kind: str | None = None,
        search: app_commands.Range[str, 1, LONGEST_SEARCH] | None = None,
    ) -> None:
        """List the models with their price, who may call them, and how they do."""
        await think(interaction)
        page = self._page(interaction.user.id, 0, kind or ANY, (search or "").strip())
        await show(interaction, page)

    async def _open(self, interaction: discord.Interaction, _: Sequence[str]) -> None:
        await think(interaction)
        await show(interaction, self._page(interaction.user.id, 0, ANY, ""))

    async def _turn(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        if len(arguments) < 3 or not arguments[0].isdecimal():
            raise OldButton
        page, kind, *search = arguments
        await interaction.response.defer()
        # A search may hold the colons that part a custom_id.
        view = self._page(interaction.user.id, int(page), kind, ":".join(search))
        await redraw(interaction, view)

    def _page(self, owner: int, page: int, kind: str, search: str) -> ui.LayoutView:
        found = [
            model
            for model in self._catalogue.visible()
            if kind in (ANY, *model.kinds) and _named(model, search.lower())
        ]
        if not found:
            return panel(say("models.title", n=0), self._nothing(search))
        pages = -(-len(found) // A_PAGE)
        at = min(page, pages - 1)  # models may have gone since the button was drawn
        lines = [self._line(model) for model in found[at * A_PAGE : (at + 1) * A_PAGE]]
        title = say("models.title", n=len(found))
        unit = self._router.community.limits.request_unit
        legend = f"{say('models.legend')}\n{say('models.flat', unit=unit)}"
        blocks = [title, "\n".join(lines), legend]
        if pages == 1:
            return panel(*blocks)
        blocks.append(say("models.page", page=at + 1, pages=pages))
        return panel(*blocks, rows=[_turning(owner, at, pages, kind, search)])

    def _line(self, model: Model) -> str:
        return say(
            "models.line",
            dot=DOTS[self._router.health_of(model)],
            id=model.id,
            price=model.coefficient / THOUSAND,
            kinds=kinds(model.kinds),
            access="" if model.free else say("models.needs", access=model.access.capitalize()),
        )

    def _nothing(self, search: str) -> str:
        close = self._catalogue.closest(search) if search else []
        if not close:
            return say("models.none")
        return say("models.closest", search=search, close=", ".join(f"`{name}`" for name in close))


def _named(model: Model, search: str) -> bool:
    return any(search in name.lower() for name in (model.id, *model.aliases))


def _turning(owner: int, at: int, pages: int, kind: str, search: str) -> Sequence[Clickable]:
    return [
        button(say("button.previous"), PAGE, owner, max(0, at - 1), kind, search, disabled=at == 0),
        button(say("button.next"), PAGE, owner, at + 1, kind, search, disabled=at == pages - 1),
    ]
