"""Which pages of other origins may call: nobody's, unless [api] cors_origins says so."""

from collections.abc import Sequence
from typing import Any

from bot.api.headers import ANTHROPIC, EXPOSED, Header

DAY = b"86400"  # seconds a browser may remember a preflight
_VARY = (b"vary", b"origin")
_EXPOSE = (b"access-control-expose-headers", ", ".join(EXPOSED + ANTHROPIC).encode())


def header(scope: Any, wanted: bytes) -> bytes | None:
    """Return a request's header, if it is there."""
    return next((value for name, value in scope["headers"] if name == wanted), None)


def granted(scope: Any, origins: Sequence[str]) -> list[Header]:
    """Return what to add to an answer so that the page that asked may read it."""
    if not origins:
        return []
    if "*" in origins:
        return [(b"access-control-allow-origin", b"*"), _EXPOSE]
    origin = header(scope, b"origin")
    if origin is None or origin.decode("latin-1") not in origins:
        return [_VARY]
    return [(b"access-control-allow-origin", origin), _EXPOSE, _VARY]


def preflight(scope: Any, origins: Sequence[str]) -> list[Header] | None:
    """Return the headers of a preflight's answer, None where the request is none we grant."""
    if scope["method"] != "OPTIONS" or header(scope, b"access-control-request-method") is None:
        return None
    if len(granted(scope, origins)) < 2:
        return None
    asked = header(scope, b"access-control-request-headers")
    return [
        (b"access-control-allow-methods", b"GET, POST, HEAD, OPTIONS"),
        (b"access-control-allow-headers", asked or b"authorization, content-type"),
        (b"access-control-max-age", DAY),
    ]
