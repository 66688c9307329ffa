"""Questions that are answered from the web, piece by piece."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from bot.catalogue.model import Model, Route
from bot.catalogue.service import Catalogue
from bot.relay import kinds
from bot.relay.caller import Caller
from bot.relay.errors import TextWanted
from bot.relay.flat import FlatAsk, Flats, FlatStream, Opened, opened
from bot.relay.router import Connected
from bot.settings.serving import Capability, Kind
from bot.upstreams.goods import Finding

NEEDS = frozenset({Capability.ASK})
MOST_QUESTION = 4_000  # characters


@dataclass(frozen=True)
class Search:
    """Answers questions, at the flat price of the model that searches."""

    catalogue: Catalogue
    flats: Flats

    def model(self) -> Model:
        """Return the model that is asked: the first that searches."""
        return kinds.usual(self.catalogue, Kind.SEARCH)

    def theirs(self, upstream: str, url: str) -> bool:
        """Say whether a link leads to the upstream itself: its address is nobody's business."""
        return any(value in url for value in self.flats.router.upstreams[upstream].link.unsaid)

    def ask(
        self, caller: Caller, question: object, endpoint: str, arrived: datetime
    ) -> AbstractAsyncContextManager[FlatStream[Finding]]:
        """Answer; entered once the first piece is there, settled on every way out."""
        if not isinstance(question, str) or not question.strip() or len(question) > MOST_QUESTION:
            raise TextWanted("prompt", MOST_QUESTION)
        asked: str = question

        async def attempt(connected: Connected, route: Route) -> Opened[Finding]:
            found = connected.dialect.ask(connected.link, route.model, asked)
            return await opened(found, lambda piece: bool(piece.message or piece.url))

        return self.flats.stream(caller, FlatAsk(endpoint, self.model(), NEEDS, arrived), attempt)
