"""/speech: a text that a model says, as a file with its length."""

import asyncio
from datetime import datetime
from typing import NamedTuple

import discord
from discord import app_commands
from discord.ext import commands

from bot.catalogue.model import Model
from bot.cogs.chat import below
from bot.cogs.chat.errors import discreet
from bot.cogs.chat.layout import Enclosed, Layout
from bot.cogs.media.bench import Bench, Work, above, alt, largest
from bot.cogs.media.errors import SpeechLong
from bot.cogs.media.length import seconds
from bot.cogs.model_menu import MOST_CHOICES, ModelMenu
from bot.cogs.replies import offered, think
from bot.core.errors import Failure
from bot.relay.caller import Caller
from bot.relay.errors import StreamIncomplete
from bot.relay.flat import FlatStream
from bot.relay.running import Stop
from bot.relay.voices import MOST_TEXT, SpeechWish, Voices, sayable
from bot.words.say import say

ENDPOINT = "discord.speech"
LONGEST_OPTION = 6_000  # characters that Discord lets anybody type: the limit is told in words
MINUTE = 60  # seconds
FORMS = {"audio/mpeg": "mp3", "audio/wav": "wav", "audio/ogg": "ogg", "audio/flac": "flac"}
Text = app_commands.Range[str, 1, LONGEST_OPTION]
Voice = app_commands.Range[str, 1, 100]


class Heard(NamedTuple):
    """What was said, and why it is not all of it, if it is not."""

    data: bytes
    why: str


class SpeechCommands(commands.Cog):
    """Texts that are said aloud."""

    def __init__(self, bench: Bench, voices: Voices, menu: ModelMenu) -> None:
        self._bench = bench
        self._voices = voices
        self._models = menu

    @app_commands.command()
    @app_commands.describe(
        text="What is to be said",
        voice="Whose voice it is; the model's first one if you name none",
        model="Which model says it",
    )
    async def speech(
        self,
        interaction: discord.Interaction,
        text: Text,
        voice: Voice | None = None,
        model: str | None = None,
    ) -> None:
        """Have a text said aloud, as a sound file."""
        await think(interaction, hidden=False)
        with discreet(interaction.guild_id is None):
            if len(text) > MOST_TEXT:
                raise SpeechLong(most=MOST_TEXT, length=len(text))
            chosen = self._models.chosen(model)
            wish = SpeechWish(chosen, sayable(text, "text"), voice)
        most = largest(interaction, 1)

        async def job(caller: Caller, arrived: datetime) -> Layout:
            return await self._said(wish, most, caller, arrived)

        doing = say("media.speaking", model=chosen.id)
        await self._bench.work(interaction, Work(above(text), doing, job))

    @speech.autocomplete("model")
    async def _speakers(
        self, _interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return offered(self._models.choices(typed))

    @speech.autocomplete("voice")
    async def _of_model(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the voices of the model that is chosen so far."""
        try:
            model = self._models.chosen(getattr(interaction.namespace, "model", None) or None)
        except Failure:  # it is still being typed
            return []
        wanted = typed.strip().casefold()
        found = [voice for voice in self._voices.of(model) if wanted in voice.casefold()]
        found.sort(key=lambda voice: not voice.casefold().startswith(wanted))
        return offered((voice, voice) for voice in found[:MOST_CHOICES])

    async def _said(self, wish: SpeechWish, most: int, caller: Caller, arrived: datetime) -> Layout:
        async with self._voices.say(caller, wish, ENDPOINT, arrived) as stream:
            heard = await _heard(stream, most)
            form = FORMS.get(stream.media.partition(";")[0], "mp3")
        lasts = await asyncio.to_thread(seconds, heard.data)
        what = [wish.model.id, self._voice(wish.model, wish.voice)]
        if lasts is not None:
            what.append(_clock(lasts))
        ending = below.ending(" · ".join(what), heard.why, stream.settled)
        file = Enclosed(f"speech.{form}", heard.data, alt(wish.text))
        return Layout([above(wish.text).rstrip() + ending], files=(file,))

    def _voice(self, model: Model, wanted: str | None) -> str:
        """Return the voice that spoke, as its model spells it."""
        voices = self._voices.of(model)
        if wanted is None:
            return voices[0]
        said = wanted.strip()
        return next((voice for voice in voices if voice.casefold() == said.casefold()), said)


async def _heard(stream: FlatStream[bytes], most: int) -> Heard:
    """Read a sound to its end, or to what Discord takes at most."""
    pieces: list[bytes] = []
    size = 0
    try:
        async for piece in stream:
            pieces.append(piece)
            size += len(piece)
            if size > most:
                stream.stop(Stop.ASKED)
    except StreamIncomplete:
        whole = b"".join(pieces)[:most]
        return Heard(whole, say("media.sound_large" if size > most else "media.sound_cut"))
    return Heard(b"".join(pieces)[:most], "")


def _clock(lasts: float) -> str:
    """Write seconds as minutes and seconds; what is shorter than one counts as one."""
    minutes, rest = divmod(max(1, round(lasts)), MINUTE)
    return f"{minutes}:{rest:02d}"
