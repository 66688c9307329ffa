"""GET /v1/ask: a question answered from the web, as airforce has it."""

from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from bot.api.connection import connection_of
from bot.api.counter import Counter
from bot.api.flow import Flow
from bot.api.headers import Header
from bot.api.operation import Answer, Operation, Parameter, Place
from bot.api.parts import ApiParts
from bot.api.schema import Schema, record, text
from bot.api.streaming import EVENTS, event
from bot.relay.errors import StreamIncomplete
from bot.relay.flat import FlatStream
from bot.relay.search import MOST_QUESTION, Search
from bot.upstreams.goods import Finding

ENDPOINT = "ask"
SCHEMAS: dict[str, Schema] = {
    "Finding": record(
        "message",
        "url",
        more=False,
        has={
            "message": text("the next piece of the answer"),
            "url": text("a link that goes with it; empty where there is none"),
        },
    )
}


@dataclass(frozen=True)
class Ask:
    """Answers the question of `?prompt=`."""

    counter: Counter
    search: Search

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call: every event is one line, so that readers of lines understand it too."""
        counter = self.counter
        caller = await counter.caller(scope)
        question, visit = counter.query(scope).get("prompt"), counter.visit(scope)

        def cut(failure: StreamIncomplete) -> bytes:
            return event(counter.errors.openai(failure))

        with counter.present(scope):
            flow = Flow[Finding](send, connection_of(scope), visit, counter.clock, _said, cut)
            found = self.search.ask(caller, question, ENDPOINT, visit.arrived)
            await flow.answer(found, _head)


def _said(finding: Finding) -> bytes:
    return event({"message": finding.message, "url": finding.url or ""})


def _head(_found: FlatStream[Finding]) -> tuple[Header, ...]:
    return EVENTS


def operations(parts: ApiParts, counter: Counter) -> tuple[Operation, ...]:
    """Describe questions, and serve them."""
    return (
        Operation(
            name="ask",
            method="GET",
            path="/v1/ask",
            aliases=("/ask",),
            endpoint=Ask(counter, parts.search),
            summary="Ask the web",
            words=(
                "The first search model answers, a JSON object in each event; the stream ends with "
                "the answer. Costs one request unit times the coefficient."
            ),
            answer=Answer("The answer, piece by piece.", media=(), events="Finding"),
            keyed=True,
            metered=True,
            example={"prompt": "What is new in Python?"},
            kind="search",
            parameters=(
                Parameter(
                    "prompt",
                    Place.QUERY,
                    "the question",
                    required=True,
                    schema=text(least=1, most=MOST_QUESTION),
                ),
            ),
        ),
    )
