"""Headers -> Caller, before any body is read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from bot.api.errors import NoKey
from bot.api.visit import visit_of
from bot.relay.caller import Caller, Callers


@dataclass(frozen=True)
class Auth:
    """Decides who calls."""

    callers: Callers

    async def caller(self, scope: Any) -> Caller:
        """Return who the bearer token belongs to, or say that nobody may come in with it."""
        return await self._admit(scope, bearer(scope["headers"]))

    async def caller_by_api_key(self, scope: Any) -> Caller:
        """Return who the bearer token belongs to, or `x-api-key` where there is none."""
        key = bearer(scope["headers"]) or api_key(scope["headers"])
        return await self._admit(scope, key)

    async def caller_by_query(self, scope: Any) -> Caller:
        """Return who `?key=` belongs to, or the bearer token where there is none."""
        named = parse_qs(scope["query_string"].decode("latin-1")).get("key")
        return await self._admit(scope, named[0] if named else bearer(scope["headers"]))

    async def _admit(self, scope: Any, key: str | None) -> Caller:
        if not key:
            raise NoKey
        visit_of(scope).caller = caller = await self.callers.by_key(key)
        return caller


def api_key(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the key of the header that Anthropic's SDKs send it in, if it is there."""
    for name, value in headers:
        if name == b"x-api-key":
            return value.decode("latin-1").strip()
    return None


def bearer(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the bearer token of the headers, if there is one."""
    for name, value in headers:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").strip().partition(" ")
            return token.strip() if scheme.lower() == "bearer" else None
    return None
