"""Whether the API answers at the address that members are told."""

import asyncio

import orjson

from bot.upstreams.failures import UpstreamFailure
from bot.upstreams.http import Door, Http, whole
from bot.words.verdict import Line, Mark

API = "API"
PATIENCE = 5.0
LARGEST = 1024 * 1024  # bytes of an answer that are read


async def api(http: Http, address: str, *, idle: bool) -> Line:
    """Ask for /v1/health there; `idle`: no process runs that could answer."""
    door = Door.prepare(http, address, None, connect=PATIENCE, idle=PATIENCE)
    try:
        async with asyncio.timeout(PATIENCE):
            response = await door.get("/v1/health", {})
            body = await whole(response, LARGEST)
    except (UpstreamFailure, TimeoutError):
        if idle:
            return Line(Mark.OK, API, f"{address} answers as soon as `latchkey run` runs.")
        return Line(
            Mark.WARN,
            API,
            f"Nothing answers at {address} from here. If Latchkey runs, point the proxy there at "
            "LATCHKEY_HOST and LATCHKEY_PORT, or correct LATCHKEY_PUBLIC_URL.",
        )
    if (state := _state(body)) is None:
        return Line(
            Mark.WARN,
            API,
            f"What answers at {address} (HTTP {response.status_code}) is not Latchkey. Point the "
            "proxy there at LATCHKEY_HOST and LATCHKEY_PORT, or correct LATCHKEY_PUBLIC_URL.",
        )
    return Line(Mark.OK, API, f"Latchkey answers at {address}: {state}.")


def _state(body: bytes) -> str | None:
    """Return how Latchkey says that it is; None where somebody else answered."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    ours = isinstance(said, dict) and {"status", "database", "upstreams"} <= said.keys()
    return str(said["status"]) if ours else None
