"""Every dialect's loopback upstream at once, and a model of every kind behind them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bot.sandbox.upstreams.airforce import LoopbackAirforce
from bot.sandbox.upstreams.devsdocode import LoopbackDevsDoCode
from bot.sandbox.upstreams.freetheai import LoopbackFreeTheAI
from bot.sandbox.upstreams.fresed import LoopbackFresed
from bot.sandbox.upstreams.loopback import Loopback
from bot.sandbox.upstreams.openai import LoopbackOpenAI
from bot.sandbox.upstreams.spafe import LoopbackSpafe
from tests.fakes.serve import serving

KEY = "sk-bazaar-0123456789"


def model(name: str, kind: str | list[str], *upstreams: str, **more: Any) -> dict[str, Any]:
    routes = [{"upstream": upstream, "priority": at} for at, upstream in enumerate(upstreams)]
    return {"id": name, "kind": kind, "routes": routes, "context": 64_000} | more


MODELS = [
    model("gpt-4o", ["chat", "vision"], "freetheai", "openai", "fresed"),
    model("gpt-4o+web", "chat", "fresed"),
    model("flux", ["image", "edit"], "openai", "airforce", "spafe"),
    model("tts-1", "speech", "openai", "fresed"),
    model("alex-tts", "speech", "airforce"),
    model("text-embedding-3-small", "embedding", "devsdocode"),
    model("gemini-pro-vision", "vision", "airforce"),
    model("any-search", "search", "airforce"),
    model("chirp-v3-5", "song", "airforce"),
    model("chirp-v3-0", "song", "airforce"),
    model("chirp-v2-xxl-alpha", "song", "airforce"),
]
# What an operation's example and its model parameter are filled with.
FITTING = {
    "chat": "gpt-4o",
    "image": "flux",
    "edit": "flux",
    "speech": "tts-1",
    "embedding": "text-embedding-3-small",
    "vision": "gemini-pro-vision",
    "search": "any-search",
    "song": "chirp-v3-5",
}


@dataclass
class Bazaar:
    """The upstreams by name, and the settings that lead to them."""

    upstreams: dict[str, Loopback]
    settings: dict[str, Any]


@asynccontextmanager
async def bazaar() -> AsyncIterator[Bazaar]:
    """Serve all of them."""
    made: dict[str, Loopback] = {
        "openai": LoopbackOpenAI(key=KEY),
        "fresed": LoopbackFresed(key=KEY),
        "devsdocode": LoopbackDevsDoCode(key=KEY),
        "spafe": LoopbackSpafe(key=KEY),
        "freetheai": LoopbackFreeTheAI(key=KEY),
        "airforce": LoopbackAirforce(key=KEY),
    }
    async with AsyncExitStack() as stack:
        entries = []
        for name, upstream in made.items():
            url = await stack.enter_async_context(serving(upstream.app()))
            at = f"{url}{upstream.base}"
            entries.append({"name": name, "dialect": name, "base_url": at, "api_key": KEY})
        settings = {
            "upstreams": entries,
            "models": MODELS,
            "temp_mail": {"upstream": "fresed"},
        }
        yield Bazaar(made, settings)
        for upstream in made.values():
            upstream.gate.set()
