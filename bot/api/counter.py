"""What every metered endpoint does first and last: who calls, with what body, at what cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import orjson
from starlette.types import Receive, Scope, Send

from bot.api import bodies
from bot.api.auth import Auth
from bot.api.connection import connection_of
from bot.api.errors import Errors
from bot.api.headers import Header, limits
from bot.api.presence import Presence
from bot.api.visit import Visit, visit_of
from bot.community.service import Community
from bot.core.clock import Clock
from bot.ledger.calls import Settled
from bot.relay.caller import Caller

JSON = b"application/json"


@dataclass(frozen=True)
class Counter:
    """Lets a caller in, takes their body, and hands over an answer with its price."""

    auth: Auth
    community: Community
    clock: Clock
    errors: Errors

    async def caller(self, scope: Scope) -> Caller:
        """Return who calls, by the headers alone."""
        return await self.auth.caller(scope)

    async def body(self, scope: Scope, receive: Receive) -> bytes:
        """Return the whole body, within the community's limit."""
        return await bodies.read(
            scope,
            receive,
            limit=self.community.limits.body_bytes,
            idle=self.community.upstream_defaults.idle_seconds,
        )

    async def json(self, scope: Scope, receive: Receive) -> dict[str, Any]:
        """Return the JSON object that the body is."""
        return await bodies.parsed(await self.body(scope, receive), scope["headers"])

    def query(self, scope: Scope) -> dict[str, str]:
        """Return the query's values by name, of a name that comes twice the first."""
        named = parse_qs(scope["query_string"].decode("utf-8", "replace"))
        return {name: values[0] for name, values in named.items()}

    def visit(self, scope: Scope) -> Visit:
        """Return the request as it is known."""
        return visit_of(scope)

    def present(self, scope: Scope) -> Presence:
        """Cancel what runs in this context once the client hangs up."""
        return Presence(connection_of(scope))

    async def answer(
        self,
        send: Send,
        content: Any,
        settled: Settled,
        upstream: str,
        *,
        media: bytes = JSON,
        extra: tuple[Header, ...] = (),
    ) -> None:
        """Answer 200 with bytes of a type, or with anything that can be JSON."""
        body = content if isinstance(content, bytes) else orjson.dumps(content)
        headers = [
            (b"content-type", media),
            (b"content-length", b"%d" % len(body)),
            *extra,
            *self.priced(settled, upstream),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def priced(self, settled: Settled, upstream: str) -> Iterator[Header]:
        """Yield what an answer cost, who gave it, and what is left."""
        yield b"x-latchkey-cost", b"%d" % settled.cost
        yield b"x-latchkey-upstream", upstream.encode()
        yield from limits(settled.standing, self.clock.now())
