"""/song: asks for a song, and leaves a card below which it is posted later."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs import song_cards
from bot.cogs.chat import below
from bot.cogs.chat.errors import discreet
from bot.cogs.checks import Door
from bot.cogs.jukebox import Jukebox
from bot.cogs.replies import think
from bot.core.clock import Clock
from bot.core.errors import Failure, Kind
from bot.relay.caller import Callers
from bot.relay.songs import LONGEST, LONGEST_STYLE, ROOMIER, SongPlace, Songs, SongWish, longest
from bot.words.language import reader

ENDPOINT = "discord.song"
Prompt = app_commands.Range[str, 1, max(ROOMIER.values())]
Style = app_commands.Range[str, 1, LONGEST_STYLE]


class NoPlace(Failure):
    """The bot may not post files where the song would go."""

    kind = Kind.NOT_ALLOWED
    message_id = "song.no_place"


class PromptLong(Failure):
    """The prompt is longer than a song without a style takes."""

    kind = Kind.INVALID
    message_id = "song.prompt_long"


class SongCommands(commands.Cog):
    """Songs that are made for you."""

    def __init__(
        self, songs: Songs, callers: Callers, clock: Clock, jukebox: Jukebox, door: Door
    ) -> None:
        self._songs = songs
        self._callers = callers
        self._clock = clock
        self._jukebox = jukebox
        self._door = door

    @app_commands.command()
    @app_commands.describe(
        prompt="What the song is about; with a style, up to 3,000 characters of it",
        style="The genre or style, such as slow blues",
        instrumental="Without any singing",
    )
    async def song(
        self,
        interaction: discord.Interaction,
        prompt: Prompt,
        style: Style | None = None,
        instrumental: bool = False,
    ) -> None:
        """Have a song made; it is posted here as a file once it is finished."""
        arrived = self._clock.now()
        await think(interaction, hidden=False)
        with discreet(interaction.guild_id is None):
            _check_place(interaction)
            wish = self._wish(prompt, style, instrumental=instrumental)
            caller = await self._callers.by_person(self._door.person(interaction))
            card = await interaction.original_response()
            place = SongPlace(card.channel.id, card.id, reader())
            with self._jukebox.drawing(card.id):
                begun = await self._songs.begin(
                    caller, wish, endpoint=ENDPOINT, arrived=arrived, place=place
                )
                cost = below.ending(begun.model, "", begun.settled).strip()
                said = song_cards.quote(prompt, style) + cost
                await interaction.edit_original_response(content=said, embed=song_cards.making())

    def _wish(self, prompt: str, style: str | None, *, instrumental: bool) -> SongWish:
        """Return the song that is wanted; a style makes it a custom one."""
        model, custom = self._songs.model(), style is not None
        if not custom and len(prompt) > LONGEST:
            most = longest(model.id, custom=True)
            raise PromptLong(most=LONGEST, length=len(prompt), custom=most)
        return SongWish(prompt, style, instrumental, custom, model.id)


def _check_place(interaction: discord.Interaction) -> None:
    """Raise NoPlace where the bot could not post the song: the interaction's time will be over."""
    if interaction.guild_id is None:
        return
    may = interaction.app_permissions
    threaded = isinstance(interaction.channel, discord.Thread)
    writes = may.send_messages_in_threads if threaded else may.send_messages
    if not (may.view_channel and writes and may.attach_files):
        raise NoPlace
