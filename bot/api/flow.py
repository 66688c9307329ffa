"""An answer at a flat price, piece by piece; it owns its call: what ends the one ends the other."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from starlette.types import Send

from bot.api.connection import Connection
from bot.api.headers import Header, limits, of_stream
from bot.api.streaming import last, piece
from bot.api.visit import Visit
from bot.core.clock import Clock
from bot.relay.errors import StreamIncomplete
from bot.relay.flat import FlatStream
from bot.relay.running import Stop

T = TypeVar("T")
Head = Callable[[FlatStream[T]], tuple[Header, ...]]


@dataclass(frozen=True)
class Flow(Generic[T]):
    """Sends each piece the moment it is there.

    `cut` says what ends an answer that was cut; without it the connection is dropped, because
    nothing else tells the reader of bytes that more should have come.
    """

    send: Send
    connection: Connection
    visit: Visit
    clock: Clock
    said: Callable[[T], bytes]
    cut: Callable[[StreamIncomplete], bytes] | None = None

    async def answer(self, call: AbstractAsyncContextManager[FlatStream[T]], head: Head[T]) -> None:
        """Answer with the call's pieces; `head` returns what is told of them before the first."""
        started = False
        try:
            async with call as stream:
                now = self.clock.now()
                self.visit.first_content = self.clock.monotonic()
                told = limits(stream.held.standing, now)
                headers = [*head(stream), *of_stream(stream), *told]
                await self.send({"type": "http.response.start", "status": 200, "headers": headers})
                started = True
                await self._pass_on(stream)
        except StreamIncomplete as failure:
            if not started or self.cut is None:
                raise
            await self.send(last(self.cut(failure)))
            return
        # Only now: whoever reads the end and asks what is left gets the settled number.
        await self.send(last(b""))

    async def _pass_on(self, stream: FlatStream[T]) -> None:
        self.connection.stuck = partial(stream.stop, Stop.SLOW)
        try:
            async for one in stream:
                await self.send(piece(self.said(one)))
        finally:
            self.connection.stuck = None
