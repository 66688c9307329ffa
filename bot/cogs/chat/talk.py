"""A conversation: who said what so far, and the question at its end."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

import discord

from bot.core.spotting import without_keys_of_ours


class Role(StrEnum):
    """Who speaks, as models are told."""

    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Turn:
    """What somebody said at one go; `speaker` tells members apart where several speak."""

    role: Role
    text: str
    files: tuple[discord.Attachment, ...] = ()  # fetched when they are asked about: bytes pile up
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said, oldest first; the last turn is the question.

    `cut`: more was said before; `unread`: some of it is hidden from the bot; `model`: the one that
    answered last.
    """

    turns: tuple[Turn, ...]
    cut: bool = False
    unread: bool = False
    model: str | None = None

    @classmethod
    def asking(cls, prompt: str, files: tuple[discord.Attachment, ...] = ()) -> Self:
        """Begin a conversation with a question; no key in it leaves this process."""
        return cls((Turn(Role.USER, without_keys_of_ours(prompt), files),))

    def going_on(self, answer: str, order: str) -> Self:
        """Add what was answered, and what is to be done with it."""
        more = Turn(Role.ASSISTANT, answer), Turn(Role.USER, order)
        return replace(self, turns=(*self.turns, *more))

    @property
    def length(self) -> int:
        """Return how many characters it keeps in memory."""
        return sum(len(turn.text) for turn in self.turns)

    def asked(self, *, alone: bool) -> tuple[Turn, ...]:
        """Return the question, and unless `alone` what is said with it since the last answer."""
        if alone:
            return self.turns[-1:]
        answers = (at for at, turn in enumerate(self.turns) if turn.role is Role.ASSISTANT)
        return self.turns[max(answers, default=-1) + 1 :]

    def without_last(self) -> "Talk | None":
        """Return it without an empty question, None where nothing is asked before it."""
        before = self.turns[:-1]
        if not before or before[-1].role is Role.ASSISTANT:
            return None
        return replace(self, turns=before)
