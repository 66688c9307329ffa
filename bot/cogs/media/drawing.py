"""/imagine and /edit_image: pictures made or changed, uploaded, with their prompt as alt text."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import discord
from discord import app_commands
from discord.ext import commands

from bot.catalogue.model import Model
from bot.cogs.buttons import Buttons
from bot.cogs.chat import below, pictures
from bot.cogs.chat.errors import discreet
from bot.cogs.chat.layout import Enclosed, Layout
from bot.cogs.media.bench import Bench, Work, above, alt
from bot.cogs.media.drafts import AGAIN, MOST, SIZES, VARY, Draft, Drafts
from bot.cogs.media.errors import ForAdults
from bot.cogs.modals import filled, modal, paragraph
from bot.cogs.model_menu import ModelMenu
from bot.cogs.replies import offered, think
from bot.relay.caller import Caller
from bot.relay.pictures import EditWish, Pictures, PictureWish, prompt_of
from bot.relay.studio import Form
from bot.upstreams.goods import Picture
from bot.upstreams.pictures import media_of
from bot.words.say import say

MAKE, EDIT = "discord.imagine", "discord.edit_image"
VARIED, PROMPT = "draw.varied", "prompt"  # the modal, and its field
LONGEST_PROMPT = 4_000  # characters
_ADULT = re.compile(r"nsfw|uncensored|hentai|porn", re.IGNORECASE)
Prompt = app_commands.Range[str, 1, LONGEST_PROMPT]


@dataclass(frozen=True)
class Easel:
    """What draws: pictures of their own, and changed ones."""

    bench: Bench
    pictures: Pictures
    makers: ModelMenu
    editors: ModelMenu
    drafts: Drafts

    async def draw(self, interaction: discord.Interaction, draft: Draft) -> None:
        """Have a draft drawn below an acknowledged interaction; any model may have gone by now."""
        menu = self.makers if draft.image is None else self.editors
        with discreet(interaction.guild_id is None):
            model = menu.chosen(draft.model)
            _check_place(interaction, model)
        owner, number, price = interaction.user.id, interaction.id, menu.price(model, draft.n)
        self.drafts.keep(number, draft)

        def buttons() -> discord.ui.View:
            return self.drafts.below(owner, number, draft, price)

        async def job(caller: Caller, arrived: datetime) -> Layout:
            return await self._drawn(draft, model, caller, arrived)

        which = "media.drawing" if draft.image is None else "media.changing"
        doing = say(which, n=draft.n, model=model.id)
        work = Work(above(draft.prompt), doing, job, below=buttons)
        await self.bench.work(interaction, work)

    async def _drawn(self, draft: Draft, model: Model, caller: Caller, arrived: datetime) -> Layout:
        wish = PictureWish(model, draft.prompt, draft.n, draft.size, form=Form.BASE64)
        if draft.image is None:
            served = await self.pictures.paint(caller, wish, MAKE, arrived)
        else:
            source = await pictures.fetched(draft.image)
            edit = EditWish(wish, source.data)
            served = await self.pictures.edit(caller, edit, EDIT, arrived)
        came = len(served.value)
        why = say("media.partial", came=came, n=draft.n) if came < draft.n else ""
        text = above(draft.prompt).rstrip() + below.ending(model.id, why, served.settled)
        return Layout([text], files=tuple(_enclosed(served.value, draft.prompt)))


class DrawingCommands(commands.Cog):
    """Pictures that are made for you."""

    def __init__(self, easel: Easel, clicks: Buttons) -> None:
        self._easel = easel
        clicks.on(AGAIN, self._again)
        clicks.on(VARY, self._vary)
        clicks.on(VARIED, self._varied)

    @app_commands.command()
    @app_commands.describe(
        prompt="What is to be seen",
        model="Which model makes it; the price is for each picture",
        size="Width to height",
        n="How many pictures; each costs its price",
    )
    @app_commands.choices(size=[app_commands.Choice(name=size, value=size) for size in SIZES])
    async def imagine(
        self,
        interaction: discord.Interaction,
        prompt: Prompt,
        model: str | None = None,
        size: str | None = None,
        n: app_commands.Range[int, 1, MOST] = 1,
    ) -> None:
        """Have pictures made from your words."""
        await think(interaction, hidden=False)
        with discreet(interaction.guild_id is None):
            chosen = self._easel.makers.chosen(model)
            draft = Draft(prompt_of(prompt), chosen.id, n, size)
        await self._easel.draw(interaction, draft)

    @app_commands.command()
    @app_commands.describe(
        image="The picture that is to be changed",
        prompt="What is to be different",
        model="Which model changes it",
    )
    async def edit_image(
        self,
        interaction: discord.Interaction,
        image: discord.Attachment,
        prompt: Prompt,
        model: str | None = None,
    ) -> None:
        """Have a picture changed by your words."""
        await think(interaction, hidden=False)
        with discreet(interaction.guild_id is None):
            chosen = self._easel.editors.chosen(model)
            pictures.check(image)
            draft = Draft(prompt_of(prompt), chosen.id, image=image)
        await self._easel.draw(interaction, draft)

    @imagine.autocomplete("model")
    async def _makers(
        self, _interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return offered(self._easel.makers.choices(typed))

    @edit_image.autocomplete("model")
    async def _editors(
        self, _interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return offered(self._easel.editors.choices(typed))

    async def _again(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        draft = self._easel.drafts.recalled(interaction, arguments)
        await think(interaction, hidden=False)
        await self._easel.draw(interaction, draft)

    async def _vary(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        """Ask what is to be different; a modal has to be the first answer."""
        draft = self._easel.drafts.recalled(interaction, arguments)
        prompt = paragraph(PROMPT, longest=LONGEST_PROMPT, value=draft.prompt)
        fields = {say("media.prompt"): prompt}
        asked = modal(
            say("media.vary_title"), VARIED, interaction.user.id, *arguments, fields=fields
        )
        await interaction.response.send_modal(asked)

    async def _varied(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        prompt = prompt_of(filled(interaction).get(PROMPT))
        draft = self._easel.drafts.recalled(interaction, arguments)
        await think(interaction, hidden=False)
        await self._easel.draw(interaction, replace(draft, prompt=prompt))


def _check_place(interaction: discord.Interaction, model: Model) -> None:
    """Raise ForAdults where a model that says so itself is asked among everybody."""
    nsfw: Callable[[], bool] | None = getattr(interaction.channel, "is_nsfw", None)
    alone = interaction.guild_id is None
    if _ADULT.search(model.id) and not alone and not (nsfw is not None and nsfw()):
        raise ForAdults(model=model.id)


def _enclosed(made: Sequence[Picture], prompt: str) -> Iterator[Enclosed]:
    for number, picture in enumerate(made, start=1):
        data = picture.data or b""
        form = (media_of(data) or "image/png").rpartition("/")[2]
        yield Enclosed(f"picture-{number}.{form}", data, alt(prompt))
