"""GET /v1/imagine and /v1/imagine2: one picture as PNG bytes, as airforce has it."""

from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from bot.api.counter import Counter
from bot.api.operation import Answer, Operation, Parameter, Place
from bot.api.parts import ApiParts
from bot.api.schema import Schema, choice, text, whole
from bot.relay.errors import InvalidField
from bot.relay.flat import Served
from bot.relay.pictures import (
    LARGEST_SEED,
    MOST_PROMPT,
    Pictures,
    PictureWish,
    number_in,
    prompt_of,
    seed_of,
)
from bot.relay.raster import PNG
from bot.relay.studio import Form
from bot.upstreams.airforce_asks import RATIOS
from bot.upstreams.goods import Picture

ENDPOINT, FAST = "imagine", "imagine2"
SCHEMAS: dict[str, Schema] = {}


@dataclass(frozen=True)
class Imagine:
    """Makes one picture; `fast`: by the quick way, where an upstream has one."""

    counter: Counter
    pictures: Pictures
    fast: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        counter, visit = self.counter, self.counter.visit(scope)
        caller = await counter.caller(scope)
        wish = self._wish(counter.query(scope))
        with counter.present(scope):
            endpoint = FAST if self.fast else ENDPOINT
            served: Served[list[Picture]] = await self.pictures.paint(
                caller, wish, endpoint, visit.arrived
            )
            [picture] = served.value
            await counter.answer(
                send,
                picture.data,
                served.settled,
                served.upstream,
                media=PNG.encode(),
                extra=((b"cache-control", b"no-store"),),  # else a look again would not be a call
            )

    def _wish(self, query: dict[str, str]) -> PictureWish:
        size, seed = query.get("size", RATIOS[0]), query.get("seed")
        if size not in RATIOS:
            raise InvalidField("size", f"one of: {', '.join(RATIOS)}")
        return PictureWish(
            model=self.pictures.model(query.get("model")),
            prompt=prompt_of(query.get("prompt")),
            size=size,
            seed=None if seed is None else seed_of(number_in(seed)),
            form=Form.PNG,
            fast=self.fast,
        )


def operations(parts: ApiParts, counter: Counter) -> tuple[Operation, ...]:
    """Describe pictures by GET, and serve them."""
    return (
        _operation(Imagine(counter, parts.pictures), ENDPOINT, "Make a picture by a link"),
        _operation(
            Imagine(counter, parts.pictures, fast=True), FAST, "Make a picture by a link, fast"
        ),
    )


def _operation(endpoint: Imagine, name: str, summary: str) -> Operation:
    return Operation(
        name=name,
        method="GET",
        path=f"/v1/{name}",
        aliases=(f"/{name}",),
        endpoint=endpoint,
        summary=summary,
        words="The answer is the picture itself. Costs one request unit times the coefficient.",
        answer=Answer("The picture.", media=(PNG,)),
        keyed=True,
        metered=True,
        example={"prompt": "A white siamese cat", "size": "16:9"},
        kind="image",
        parameters=(
            Parameter(
                "prompt",
                Place.QUERY,
                "what to show",
                required=True,
                schema=text(least=1, most=MOST_PROMPT),
            ),
            Parameter(
                "size", Place.QUERY, "width to height", schema=choice(*RATIOS, default=RATIOS[0])
            ),
            Parameter(
                "seed", Place.QUERY, "the same makes the same again", schema=whole(0, LARGEST_SEED)
            ),
            Parameter("model", Place.QUERY, "flux, or else the first image model, unless named"),
        ),
    )
