"""What is to be drawn, remembered by the process and, below what was drawn, by its buttons."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import discord

from bot.catalogue.service import Catalogue
from bot.cogs.buttons import OldButton, button, rows
from bot.cogs.media.bench import LONGEST_ALT
from bot.cogs.media.errors import DraftGone
from bot.cogs.memory import Memory
from bot.words.say import say

AGAIN, VARY = "draw.again", "draw.vary"
MOST = 4  # pictures
EDIT, ANY = "edit", "-"  # where a size stands else
SIZES = ("1:1", "16:9", "9:16", "21:9", "9:21", "1:2", "2:1")


@dataclass(frozen=True)
class Draft:
    """A picture to make; with an image, one to change."""

    prompt: str
    model: str
    n: int = 1
    size: str | None = None
    image: discord.Attachment | None = None


@dataclass(frozen=True)
class Drafts:
    """The latest drafts; a button can tell most of an older one, and its message the prompt."""

    catalogue: Catalogue
    _kept: Memory[Draft] = field(default_factory=Memory)

    def keep(self, number: int, draft: Draft) -> None:
        """Remember a draft by the number of its interaction."""
        self._kept.keep(number, draft)

    def below(self, owner: int, number: int, draft: Draft, price: int) -> discord.ui.View:
        """Draw the buttons below what came of a draft; doing it again costs `price` tokens."""
        arguments = (number, _mark(draft.model), draft.n, _form(draft))
        return rows(
            button(say("media.again", price=price), AGAIN, owner, *arguments),
            button(say("media.vary"), VARY, owner, *arguments),
        )

    def recalled(self, interaction: discord.Interaction, arguments: Sequence[str]) -> Draft:
        """Return the draft of a click; raise OldButton or DraftGone."""
        if len(arguments) != 4:
            raise OldButton
        number, mark, many, form = arguments
        if not (number.isdecimal() and many in map(str, range(1, MOST + 1))):
            raise OldButton
        if (draft := self._kept.recall(int(number))) is not None:
            return draft
        prompt = _prompt(interaction.message)
        model = next((m.id for m in self.catalogue.visible() if _mark(m.id) == mark), None)
        if form == EDIT or prompt is None or model is None:
            raise DraftGone
        size = next((size for size in SIZES if _as_argument(size) == form), None)
        return Draft(prompt, model, int(many), size)


def _form(draft: Draft) -> str:
    if draft.image is not None:
        return EDIT
    return ANY if draft.size is None else _as_argument(draft.size)


def _as_argument(size: str) -> str:
    return size.replace(":", "x")  # colons part a custom_id


def _mark(model: str) -> str:
    """Return what stands for a model in a custom_id, which is too short for some ids."""
    return f"{zlib.crc32(model.encode()):08x}"


def _prompt(message: discord.Message | None) -> str | None:
    """Read the whole prompt off the pictures that were made of it; None where it was cut."""
    described = (image.description for image in message.attachments) if message else ()
    found = next((text for text in described if text), None)
    return found if found is not None and len(found) < LONGEST_ALT else None
