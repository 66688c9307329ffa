"""A wire to PostgreSQL that can be cut: when told to, or in the middle of a commit."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy import make_url

from tests.features.ledger.books import until

GOODBYE = b"X\x00\x00\x00\x04"  # the server closes once all before it is done


@dataclass
class Wire:
    """Passes bytes on; `down` refuses everybody; `silent` answers nobody.

    `lose_commit` lets one commit through, and nobody hears of it.
    """

    host: str
    port: int
    down: bool = False
    silent: bool = False
    lose_commit: bool = False
    lost: asyncio.Event = field(default_factory=asyncio.Event)  # it is committed
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> None:
        """Break every connection and take no new one."""
        self.down = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        """Take connections again."""
        self.down = self.silent = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either end closes it."""
        if self.down:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection(self.host, self.port)
        self._writers |= {writer, back}
        await asyncio.gather(self._up(reader, back), self._down(there, writer))
        self._writers -= {writer, back}

    async def _up(self, client: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await client.read(65_536):
                losing = self.lose_commit and b"COMMIT" in data
                self.down = self.down or losing
                server.write(data + GOODBYE if losing else data)
                await server.drain()
        server.close()

    async def _down(self, server: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await server.read(65_536):
                if not self.down and not self.silent:
                    client.write(data)
                    await client.drain()
        if self.lose_commit and self.down:
            self.lose_commit = False
            self.lost.set()
        client.close()


@asynccontextmanager
async def wired(url: str) -> AsyncIterator[tuple[str, Wire]]:
    """Open a wire to the database; yields the URL that leads through it."""
    there = make_url(url)
    wire = Wire(there.host or "", there.port or 0)
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield there.set(port=port).render_as_string(hide_password=False), wire
    finally:
        wire.cut()
        server.close()
        await until(lambda: not wire._writers)
