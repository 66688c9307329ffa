"""A house whose songs come from a loopback airforce and whose mailboxes from a loopback fresed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bot.sandbox.upstreams.airforce import LoopbackAirforce
from bot.sandbox.upstreams.fresed import LoopbackFresed
from tests.fakes.serve import serving

SONG = {"kind": "song", "routes": [{"upstream": "air"}]}
MODELS = [
    SONG | {"id": "chirp-v3-5", "coefficient": 2.5},
    SONG | {"id": "chirp-v3-0"},
    SONG | {"id": "chirp-v2-xxl-alpha"},
    {"id": "gpt-4o", "routes": [{"upstream": "fresh"}]},
]
SONG_PRICE, MAIL_PRICE, GMAIL_PRICE = 2_000, 160, 1_600


@dataclass
class Makers:
    """The upstreams, and the settings that lead to them."""

    air: LoopbackAirforce
    fresh: LoopbackFresed
    settings: dict[str, Any]


@asynccontextmanager
async def makers() -> AsyncIterator[Makers]:
    """Serve both."""
    air, fresh = LoopbackAirforce(key="sk-air-0123456789"), LoopbackFresed(key="sk-fresh-987654")
    async with serving(air.app()) as songs, serving(fresh.app()) as mail:
        upstreams = [
            {"name": "air", "dialect": "airforce", "base_url": songs, "api_key": air.key},
            {"name": "fresh", "dialect": "fresed", "base_url": f"{mail}/v1", "api_key": fresh.key},
        ]
        settings = {"upstreams": upstreams, "models": MODELS, "temp_mail": {"upstream": "fresh"}}
        yield Makers(air, fresh, settings)
        air.gate.set()
        fresh.gate.set()
