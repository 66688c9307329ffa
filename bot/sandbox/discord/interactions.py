"""One interaction from the person's click to the last word the bot may add to it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, TypeVar

T = TypeVar("T")


class Asked(IntEnum):
    """What a person did, as the interaction's type says it."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Callback(IntEnum):
    """How the bot acknowledged."""

    MESSAGE = 4
    DEFER = 5
    DEFER_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(slots=True)
class Interaction:
    """What is known of one interaction; the bot sees only `payload`."""

    id: int
    token: str
    asked: Asked
    user_id: int
    channel_id: int
    guild_id: int | None
    made_at: float
    command: str
    payload: dict[str, Any] = field(default_factory=dict)
    source: int | None = None  # the message whose component was pressed
    opener: "Interaction | None" = None  # which opened the modal that is being sent
    callback: Callback | None = None
    original: int | None = None  # the message that @original means
    replies: list[int] = field(default_factory=list)  # messages it put something into
    choices: list[dict[str, Any]] | None = None
    modal: dict[str, Any] | None = None
    refused: str | None = None
    timer: asyncio.TimerHandle | None = None
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)

    def stir(self) -> None:
        """Wake whoever waits for something to happen to this interaction."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    async def until(self, ready: Callable[[], T | None], timeout: float) -> T:
        """Wait until `ready` gives something, at most `timeout` seconds."""
        async with asyncio.timeout(timeout):
            while (found := ready()) is None:
                turn = asyncio.get_running_loop().create_future()
                self._waiting.append(turn)
                await turn
            return found
