"""Cancels a call the moment its client hangs up."""

import asyncio
from types import TracebackType
from typing import Self

from bot.api.connection import Connection


class ClientLeft(Exception):
    """Nobody is there any more to answer to."""


class Presence:
    """`with Presence(connection):` cancels what runs inside, and raises ClientLeft in its place."""

    __slots__ = ("_before", "_connection", "_left", "_task")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._left = False

    def __enter__(self) -> Self:
        if self._connection.lost:
            raise ClientLeft
        task = asyncio.current_task()
        assert task is not None
        self._task, self._before = task, task.cancelling()
        self._connection.left = self._leave
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.left = None
        if not self._left:
            return
        others = self._task.uncancel() > self._before
        if kind is asyncio.CancelledError and not others:
            raise ClientLeft from None

    def _leave(self) -> None:
        self._left = True
        self._task.cancel()
