"""A streamed answer: chunks as they come, the meter watching, settled on every way out."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any, Self

from bot.catalogue.model import Route
from bot.ledger.calls import Held, Settled
from bot.ledger.rules import Flag, Status
from bot.relay.call import Call
from bot.relay.errors import StreamIncomplete
from bot.relay.meter import Meter
from bot.relay.router import Router
from bot.relay.running import Stop, Stopped
from bot.upstreams.dialect import Chunk
from bot.upstreams.failures import UpstreamFailure

EARLY = 16  # chunks without content that are kept for the client until content comes


@dataclass(frozen=True, slots=True)
class Opened:
    """An upstream's stream whose first content is there; closing `line` hangs up."""

    early: deque[Chunk]
    chunks: AsyncIterator[Chunk]
    line: AsyncExitStack


async def opened(asked: AbstractAsyncContextManager[AsyncIterator[Chunk]]) -> Opened:
    """Enter an upstream's stream and wait for content; a stream that dies before it raises."""
    early: deque[Chunk] = deque()
    async with AsyncExitStack() as line:
        chunks = await line.enter_async_context(asked)
        async for chunk in chunks:
            if chunk.content or chunk.finish or len(early) < EARLY:
                early.append(chunk)
            if chunk.content:
                break
        return Opened(early, chunks, line.pop_all())
    raise AssertionError("an exit stack passes every fault on")


class Streamed(ABC):
    """What is handed to the client, chunk by chunk; its end comes once the call is settled."""

    def __init__(
        self, call: Call, model: str, meter: Meter, router: Router, stream: Opened, at: Route
    ) -> None:
        """Take the call, the name of its model, and the stream that answers it."""
        self.upstream = at.upstream
        self.settled: Settled | None = None
        self._call = call
        self._model = model
        self._router = router
        self._stream = stream
        self._route = at
        self._meter = meter
        self._come: deque[Chunk] = getattr(stream.chunks, "ahead", deque())
        self._ending: deque[dict[str, Any]] = deque()  # what is told once the call is settled
        self._over = False
        call.when_stopped = self._cut

    @abstractmethod
    def _shown(self, chunk: Chunk) -> dict[str, Any] | None:
        """Count a chunk and shape it for the client; None: it is not for the client now."""

    @abstractmethod
    def _last(self) -> Iterator[dict[str, Any]]:
        """Yield what ends a complete answer."""

    @property
    def held(self) -> Held:
        """Return what the call holds."""
        return self._call.held

    @property
    def stopped(self) -> Stop | None:
        """Return why Latchkey itself ended the stream, if it did."""
        return self._call.stopped

    def come(self) -> Iterator[dict[str, Any]]:
        """Yield the chunks that have come already and need no waiting for."""
        for chunks in (self._stream.early, self._come):
            while chunks and self._call.stopped is None:
                if (body := self._shown(chunks.popleft())) is not None:
                    yield body

    def stop(self, reason: Stop) -> None:
        """End the stream from outside; its reader gets StreamIncomplete."""
        self._call.stop(reason)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> dict[str, Any]:
        while not self._over:
            if (chunk := await self._next()) is None:
                break
            if (body := self._shown(chunk)) is not None:
                return body
        if self._ending:
            return self._ending.popleft()
        raise StopAsyncIteration

    async def _next(self) -> Chunk | None:
        """Return the next chunk, None at the answer's end; raise StreamIncomplete when cut."""
        try:
            if self._stream.early and self._call.stopped is None:
                return self._stream.early.popleft()
            return await self._call.wait(self._stream.chunks.__anext__)
        except StopAsyncIteration:
            await self._complete()
            return None
        except UpstreamFailure as failure:
            self._router.failed(self._route, failure)
            raise await self._incomplete() from failure
        except Stopped as stopped:
            raise await self._incomplete() from stopped
        except Exception:  # a fault of ours: the client has not left
            self._cut()
            raise

    async def _complete(self) -> None:
        self._over = True
        self._router.answered(self._route)
        await self._settle(self._call.end(Status.ANSWERED, self._meter.whole()))
        self._ending.extend(self._last())

    async def _incomplete(self) -> StreamIncomplete:
        self._over = True
        await self._settle(self._cut())
        flat = self._call.ask.terms.flat is not None
        return StreamIncomplete(self._call.stopped, flat=flat)

    def _cut(self) -> asyncio.Future[Settled]:
        return self._call.ending or self._call.end(Status.PARTIAL, self._meter.part(), Flag.PARTIAL)

    async def _settle(self, ending: asyncio.Future[Settled]) -> None:
        """Hang up, or let the connection be kept, while the call's end is written."""
        await self._stream.line.aclose()
        self.settled = await asyncio.shield(ending)

    async def close(self, fault: BaseException | None) -> None:
        """Let go of the stream; where it had not ended, its client has left it."""
        ending = self._call.ending or self._left()
        if isinstance(fault, asyncio.CancelledError):  # nobody waits for what it cost
            await self._stream.line.aclose()
        elif self.settled is None:
            await self._settle(ending)

    def _left(self) -> asyncio.Future[Settled]:
        """End a call whose client left it: what was delivered counts, and the prompt."""
        if self._meter.delivering:
            status, flags = Status.PARTIAL, Flag.PARTIAL | Flag.LEFT
        else:
            status, flags = Status.LEFT, Flag.LEFT
        return self._call.end(status, self._meter.part(), flags)
