"""POST /v1/embeddings: one metered call, answered whole."""

from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from bot.api.counter import Counter
from bot.api.operation import Answer, Body, Operation
from bot.api.parts import ApiParts
from bot.api.schema import Schema, choice, either, many, number, record, text, whole
from bot.core.errors import Kind
from bot.relay.embeddings import MOST_INPUTS, Embeddings

ENDPOINT = "embeddings"
_TOKENS = many(whole(0), least=1)
SCHEMAS: dict[str, Schema] = {
    "EmbeddingsRequest": record(
        "model",
        "input",
        words="OpenAI's embeddings body; every field that is not named here passes through.",
        has={
            "model": text("an id of GET /v1/models of the kind embedding", least=1),
            "input": either(
                text(least=1),
                many(text(least=1), least=1, most=MOST_INPUTS),
                _TOKENS,
                many(_TOKENS, least=1, most=MOST_INPUTS),
                words="a text, several, or their token ids",
            ),
        },
    ),
    "EmbeddingsList": record(
        "data",
        "model",
        "usage",
        has={
            "object": choice("list"),
            "model": text("the id that was asked for"),
            "data": many(
                record(
                    "embedding",
                    has={
                        "object": choice("embedding"),
                        "index": whole(0),
                        "embedding": either(many(number()), text("base64, where it was asked for")),
                    },
                )
            ),
            "usage": record(
                has={"prompt_tokens": whole(0), "total_tokens": whole(0)},
            ),
        },
    ),
}


@dataclass(frozen=True)
class Vectors:
    """Takes OpenAI's embeddings bodies."""

    counter: Counter
    embeddings: Embeddings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        counter = self.counter
        caller = await counter.caller(scope)
        body = await counter.json(scope, receive)
        arrived = counter.visit(scope).arrived
        with counter.present(scope):
            vectors = await self.embeddings.answer(caller, body, ENDPOINT, arrived)
            await counter.answer(send, vectors.body, vectors.settled, vectors.upstream)


def operations(parts: ApiParts, counter: Counter) -> tuple[Operation, ...]:
    """Describe embeddings, and serve them."""
    return (
        Operation(
            name="embeddings",
            method="POST",
            path="/v1/embeddings",
            aliases=("/embeddings",),
            endpoint=Vectors(counter, parts.embeddings),
            summary="Turn texts into vectors",
            words="Costs the tokens that go in times the coefficient; nothing is held beyond them.",
            answer=Answer("A vector for each input.", "EmbeddingsList"),
            keyed=True,
            metered=True,
            takes=Body("EmbeddingsRequest"),
            fails=frozenset({Kind.TOO_LONG}),
            example={"model": "MODEL", "input": "Hello!"},
            kind="embedding",
        ),
    )
