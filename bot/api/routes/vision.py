"""GET /v1/images/vision: what a picture shows, as airforce has it."""

from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from bot.api.counter import Counter
from bot.api.operation import Answer, Operation, Parameter, Place
from bot.api.parts import ApiParts
from bot.api.schema import Schema, text
from bot.relay.sight import USUAL, Sight

ENDPOINT = "images.vision"
PLAIN = b"text/plain; charset=utf-8"
SCHEMAS: dict[str, Schema] = {}


@dataclass(frozen=True)
class Vision:
    """Describes the picture of `?url=`."""

    counter: Counter
    sight: Sight

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call in plain words."""
        counter = self.counter
        caller, query = await counter.caller(scope), counter.query(scope)
        wish = self.sight.read(query.get("url"), query.get("model"))
        arrived = counter.visit(scope).arrived
        with counter.present(scope):
            seen = await self.sight.see(caller, wish, ENDPOINT, arrived)
            await counter.answer(
                send,
                seen.value.encode(),
                seen.settled,
                seen.upstream,
                media=PLAIN,
                extra=((b"cache-control", b"no-store"),),
            )


def operations(parts: ApiParts, counter: Counter) -> tuple[Operation, ...]:
    """Describe sight, and serve it."""
    return (
        Operation(
            name="vision",
            method="GET",
            path="/v1/images/vision",
            aliases=("/images/vision",),
            endpoint=Vision(counter, parts.sight),
            summary="Describe a picture",
            words="The model looks at the address itself, which has to be public.",
            answer=Answer("What the picture shows.", media=("text/plain",)),
            keyed=True,
            metered=True,
            example={"url": "https://example.com/cat.png"},
            kind="vision",
            parameters=(
                Parameter(
                    "url",
                    Place.QUERY,
                    "the picture's address, or a small picture as a data: URL",
                    required=True,
                    schema=text(least=1),
                ),
                Parameter(
                    "model",
                    Place.QUERY,
                    f"a model of the kind vision; left out: {USUAL}, or the first there is",
                    schema=text(least=1),
                ),
            ),
        ),
    )
