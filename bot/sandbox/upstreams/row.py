"""The loopback upstreams side by side: one for each upstream of the settings, by its dialect."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType

from bot.core.units import THOUSAND
from bot.sandbox.serving import listener, serving
from bot.sandbox.upstreams.airforce import LoopbackAirforce
from bot.sandbox.upstreams.devsdocode import LoopbackDevsDoCode
from bot.sandbox.upstreams.freetheai import LoopbackFreeTheAI
from bot.sandbox.upstreams.fresed import LoopbackFresed
from bot.sandbox.upstreams.loopback import Loopback
from bot.sandbox.upstreams.openai import LoopbackOpenAI
from bot.sandbox.upstreams.spafe import LoopbackSpafe
from bot.settings.community import CommunityFile
from bot.settings.serving import Dialect, UpstreamEntry

KINDS: Mapping[Dialect, type[Loopback]] = MappingProxyType(
    {
        Dialect.OPENAI: LoopbackOpenAI,
        Dialect.FRESED: LoopbackFresed,
        Dialect.DEVSDOCODE: LoopbackDevsDoCode,
        Dialect.SPAFE: LoopbackSpafe,
        Dialect.FREETHEAI: LoopbackFreeTheAI,
        Dialect.AIRFORCE: LoopbackAirforce,
    }
)


@dataclass(frozen=True)
class Row:
    """Serves upstreams that list exactly what is routed to them; `pace` is seconds a word."""

    pace: float
    key: str

    @asynccontextmanager
    async def served(self, file: CommunityFile) -> AsyncIterator[CommunityFile]:
        """Serve every upstream of a file; gives the file with their addresses and the key."""
        async with contextlib.AsyncExitStack() as stack:
            entries = []
            for entry in file.upstreams:
                upstream = self._upstream(entry, file)
                app = serving(upstream.app(), listener("127.0.0.1", 0))
                url = await stack.enter_async_context(app)
                here = {"base_url": f"{url}{upstream.base}", "api_key": self.key}
                entries.append(entry.model_copy(update=here))
            yield file.model_copy(update={"upstreams": tuple(entries)})

    def _upstream(self, entry: UpstreamEntry, file: CommunityFile) -> Loopback:
        prices = {
            route.model or model.id: model.coefficient / THOUSAND
            for model in file.models
            for route in model.routes
            if route.upstream == entry.name
        }
        made = KINDS[entry.dialect](pace=self.pace, key=self.key, models=tuple(prices))
        if isinstance(made, LoopbackFresed):
            made.coefficients.update(prices)
        return made
