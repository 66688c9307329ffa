"""Single requests to addresses that were looked up and judged before; nothing else is reached.

The second and last file that names an HTTP client, for what `http.py` must not do: follow a
stranger's address.
"""

import re
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Self

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.upstreams.http import AiohttpTransport, Http, Response, close

LONGEST = 8_192  # characters of an address
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """Where an address leads, read once, so that whoever checks and whoever connects agree."""

    url: httpx.URL = field(repr=False)
    host: str  # a name in ASCII, or an IP address without brackets
    port: int

    @classmethod
    def read(cls, address: str) -> Self:
        """Read an address; raise ValueError where it is none that can be fetched."""
        if len(address) > LONGEST:
            raise ValueError("too long")
        try:
            return cls._of(httpx.URL(address))
        except httpx.InvalidURL as error:
            raise ValueError(str(error)) from None

    def leads_to(self, location: str) -> Self:
        """Return where a redirect from here leads; raise ValueError where it cannot be followed."""
        try:
            return self.read(str(self.url.join(location)))
        except httpx.InvalidURL as error:
            raise ValueError(str(error)) from None

    @classmethod
    def _of(cls, url: httpx.URL) -> Self:
        host = url.raw_host.decode("ascii").lower()
        if url.scheme not in _PORTS or url.userinfo:
            raise ValueError("neither http nor https, or with a user's name")
        if ":" in host:
            if "%" in host:  # an interface of this machine
                raise ValueError("an address with a zone")
            ip_address(host)
        elif not _NAME.fullmatch(host):
            raise ValueError("no name of a host")
        port = _PORTS[url.scheme] if url.port is None else url.port
        if not 0 < port < 65_536:
            raise ValueError("no port")
        return cls(url.copy_with(fragment=None), host, port)


class _Known(AbstractResolver):
    """Answers with addresses that are known already, whatever it is asked for."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses."""
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Close nothing."""


class Pinned(AiohttpTransport):
    """Connects to the given addresses alone; the name stays in Host and in TLS."""

    decodes = False  # what unpacks to more than it is would not be bounded

    def __init__(self, addresses: Sequence[str]) -> None:
        """Take IP addresses, the first to be tried first."""
        super().__init__()
        self._addresses = tuple(str(ip_address(address)) for address in addresses)

    def _connector(self) -> aiohttp.TCPConnector:
        return aiohttp.TCPConnector(
            limit=1,
            force_close=True,
            use_dns_cache=False,
            resolver=_Known(self._addresses),
            socket_factory=self._socket,
            enable_cleanup_closed=sys.version_info < (3, 12, 7),
        )

    def _socket(self, info: "aiohttp.AddrInfoType") -> socket.socket:
        """Make a socket for one of our addresses: the last place where another could slip in."""
        family, kind, protocol, _, where = info
        if where[0] not in self._addresses:
            raise OSError("not one of the addresses that were looked up")
        return socket.socket(family, kind, protocol)


@asynccontextmanager
async def look(
    target: Target, addresses: Sequence[str], *, accept: str, connect: float, idle: float
) -> AsyncIterator[Response]:
    """Get what is at an address, at one of these IP addresses; patience in seconds."""
    headers = {"accept": accept, "accept-encoding": "identity", "user-agent": "Latchkey"}
    async with Http(Pinned(addresses)) as http:
        request = httpx.Request("GET", target.url, headers=headers)
        response = await http.send(request, connect=connect, idle=idle)
        try:
            yield response
        finally:
            await close(response)
