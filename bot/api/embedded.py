"""Uvicorn's server inside a process that is more than a server."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn

DATE_SECONDS = 1.0
GLANCE_SECONDS = 0.005  # between two looks at who is still connected while it ends


class Embedded(uvicorn.Server):
    """A server that ends when `quit` is set: signals belong to whoever runs the process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()
        self.quit = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's signals alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.up.set()

    async def main_loop(self) -> None:
        """Keep the date's header right until it is time to go; uvicorn wakes ten times as often."""
        while not self.quit.is_set():
            await self.on_tick(0)
            with suppress(TimeoutError):
                async with asyncio.timeout(DATE_SECONDS):
                    await self.quit.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the port and wait for those who are served; uvicorn first sleeps in any case."""
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while self._busy:  # noqa: ASYNC110 - uvicorn tells nobody
                    await asyncio.sleep(GLANCE_SECONDS)
        except TimeoutError:
            for task in list(self.server_state.tasks):
                task.cancel()

    @property
    def _busy(self) -> bool:
        return bool(self.server_state.connections or self.server_state.tasks)
