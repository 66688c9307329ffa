"""Makes a model's prompt of a conversation: as much of it as the model reads, newest first."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import discord

from bot.catalogue.model import Model
from bot.cogs.chat import papers, pictures
from bot.cogs.chat.errors import NotAPicture, PaperTooBig, PictureGone, PictureTooBig, Unreadable
from bot.cogs.chat.talk import Role, Talk, Turn
from bot.core import tokens
from bot.relay.estimate import PER_MESSAGE
from bot.words.say import say

MOST_PICTURES = 4  # of the whole conversation, the latest
RESERVED = 4  # a quarter of the context at most is kept free for the answer
SIGHT = "vision"
LOST = (NotAPicture, PictureGone, PictureTooBig, PaperTooBig, Unreadable)
EARLIER = "…"  # stands for what was asked where only its answer is known


class Prompt(NamedTuple):
    """Messages as a model takes them, and in words what was left out of them."""

    messages: list[dict[str, Any]]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """One turn in the model's form; its pictures are fetched once it is known to fit."""

    role: Role
    text: str
    pictures: tuple[discord.Attachment, ...]
    newest: bool


async def composed(talk: Talk, model: Model, picture_tokens: int) -> Prompt:
    """Make the prompt; raises what is wrong with the files of the question itself."""
    sees, left = SIGHT in model.kinds, MOST_PICTURES
    budget = model.context - min(model.max_output, model.context // RESERVED)
    several = len({turn.speaker for turn in talk.turns if turn.role is Role.USER}) > 1
    kept: deque[_Piece] = deque()
    cut, blind = talk.cut, False
    for turn in reversed(talk.turns):
        newest = turn is talk.turns[-1]
        text = await _text(turn, named=several, newest=newest)
        seen = _pictures(turn)
        shown = seen[-left:] if sees and left else ()
        blind = blind or len(shown) < len(seen)
        [count] = await tokens.count_each([text])
        budget -= count + PER_MESSAGE + picture_tokens * len(shown)
        if budget < 0 and kept:
            cut = True
            break
        left -= len(shown)
        kept.appendleft(_Piece(turn.role, text, shown, newest))
    return Prompt(await _messages(kept), tuple(_notes(talk, len(kept), cut=cut, blind=blind)))


def check(files: Sequence[discord.Attachment]) -> bool:
    """Raise what no model could be given; say whether pictures are among the rest."""
    for file in files:
        if pictures.is_picture(file):
            pictures.check(file)
        elif papers.is_paper(file):
            papers.check(file)
        else:
            raise Unreadable(name=papers.name_of(file))
    return any(map(pictures.is_picture, files))


def _pictures(turn: Turn) -> tuple[discord.Attachment, ...]:
    return tuple(file for file in turn.files if pictures.is_picture(file))


async def _text(turn: Turn, *, named: bool, newest: bool) -> str:
    """Return a turn's words and its text files; of earlier turns' files what is to be had."""
    texts = [f"{turn.speaker}: {turn.text}" if named and turn.speaker else turn.text]
    for file in turn.files:
        if not papers.is_paper(file) or pictures.is_picture(file):
            continue
        try:
            texts.append(await papers.words_of(file))
        except LOST:
            if newest:
                raise
            texts.append(papers.fenced(papers.name_of(file), EARLIER))
    return "\n\n".join(filter(None, texts))


async def _messages(pieces: Sequence[_Piece]) -> list[dict[str, Any]]:
    """Bring turns into the model's form; who speaks twice in a row speaks once."""
    messages: list[dict[str, Any]] = []
    if pieces and pieces[0].role is Role.ASSISTANT:  # some models want to be asked first
        messages.append({"role": str(Role.USER), "content": EARLIER})
    for piece in pieces:
        content = await _content(piece)
        if messages and messages[-1]["role"] == piece.role:
            messages[-1]["content"] = _both(messages[-1]["content"], content)
        else:
            messages.append({"role": str(piece.role), "content": content})
    return messages


async def _content(piece: _Piece) -> str | list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    for picture in piece.pictures:
        try:
            parts.append(await pictures.picture_part(picture))
        except LOST:
            if piece.newest:
                raise
    if not parts:
        return piece.text
    return [*_parts(piece.text), *parts]


def _both(
    one: str | list[dict[str, Any]], other: str | list[dict[str, Any]]
) -> str | list[dict[str, Any]]:
    if isinstance(one, str) and isinstance(other, str):
        return "\n\n".join(filter(None, (one, other)))
    return [*_parts(one), *_parts(other)]


def _parts(content: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    if isinstance(content, list):
        return content
    return [{"type": "text", "text": content}] if content else []


def _notes(talk: Talk, read: int, *, cut: bool, blind: bool) -> list[str]:
    notes = []
    if cut:
        notes.append(say("chat.context.cut", n=read))
    if talk.unread:
        notes.append(say("chat.context.unread"))
    if blind:
        notes.append(say("chat.context.blind"))
    return notes
