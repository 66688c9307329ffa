"""What a picture shows, in a model's words."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bot.catalogue.model import Model, Route
from bot.catalogue.service import Catalogue
from bot.relay import kinds
from bot.relay.caller import Caller
from bot.relay.errors import InvalidField, TextWanted
from bot.relay.flat import Asking, FlatAsk, Flats, Served
from bot.relay.router import Connected
from bot.settings.serving import Capability, Kind
from bot.upstreams.failures import Empty
from bot.upstreams.fetch import Fetcher
from bot.upstreams.goods import SightAsk
from bot.upstreams.pictures import linked, media_of

NEEDS = frozenset({Capability.SIGHT})
USUAL = "gemini-pro-vision"
MOST_QUESTION = 4_000  # characters
_PICTURE = "the public address of a picture, or a data: URL of one"


class SightWish(NamedTuple):
    """A picture to describe: an address, bytes of a type, or bytes and where Discord shows them."""

    model: Model
    url: str | None = None
    data: bytes | None = None
    media: str | None = None
    question: str | None = None
    shown_at: str | None = None  # an address that needs no judging, for who takes no bytes


@dataclass(frozen=True)
class Sight:
    """Describes pictures, at the flat price of a model."""

    catalogue: Catalogue
    flats: Flats
    fetcher: Fetcher

    def model(self, name: str | None = None) -> Model:
        """Return the model that is named, else the usual one."""
        if name is None:
            return kinds.usual(self.catalogue, Kind.VISION, USUAL)
        return kinds.named(self.catalogue, name, Kind.VISION)

    def able(self, question: str | None) -> Model | None:
        """Return the first model that describes pictures, and takes a question where one is put."""
        return next(
            (model for model in self.catalogue.visible() if self._able(model, question)), None
        )

    def read(self, url: str | None, name: str | None = None) -> SightWish:
        """Read what a caller gave as a picture's address."""
        model = self.model(name)
        if not url:
            raise InvalidField("url", _PICTURE)
        if url[:5].lower() != "data:":
            return SightWish(model, url=url)
        picture = linked(url)
        if picture is None or picture.data is None:
            raise InvalidField("url", _PICTURE)
        return SightWish(model, data=picture.data, media=media_of(picture.data))

    async def see(
        self, caller: Caller, wish: SightWish, endpoint: str, arrived: datetime
    ) -> Served[str]:
        """Describe a picture, settled; an address is passed on once it is known to be public."""
        if wish.question is not None and not 0 < len(wish.question) <= MOST_QUESTION:
            raise TextWanted("question", MOST_QUESTION)

        async def look(asking: Asking) -> tuple[str, Route]:
            # Under the hold: whoever has many names looked up is bounded as with any call.
            judged = await self.fetcher.judged(wish.url, param="url") if wish.url else None
            url = judged or wish.shown_at

            async def attempt(connected: Connected, route: Route) -> str:
                asked = SightAsk(route.model, wish.question, url, wish.data, wish.media)
                if not (words := (await connected.dialect.see(connected.link, asked)).strip()):
                    raise Empty
                return words

            return await asking(attempt)

        return await self.flats.work(caller, FlatAsk(endpoint, wish.model, NEEDS, arrived), look)

    def _able(self, model: Model, question: str | None) -> bool:
        if Kind.VISION not in model.kinds:
            return False
        offers = (self.flats.router.upstreams[route.upstream].offers for route in model.routes)
        # A route that sees without chats describes a picture as a whole.
        return not question or any(Capability.VISION in each for each in offers)
