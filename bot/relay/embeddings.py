"""Embeddings: texts or tokens turned into vectors, priced by what goes in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from bot.catalogue.model import Model, Route
from bot.catalogue.service import Catalogue
from bot.community.service import Community
from bot.core import tokens
from bot.core.units import Mode, metered
from bot.ledger.calls import Settled
from bot.ledger.rules import Status, Terms
from bot.relay import kinds
from bot.relay.call import Call, Desk
from bot.relay.caller import Caller, Callers, check_access
from bot.relay.errors import InvalidField, PromptTooLong
from bot.relay.meter import Count
from bot.relay.router import Connected, Router
from bot.settings.serving import Capability, Kind
from bot.upstreams.goods import Embedded

NEEDS = frozenset({Capability.EMBEDDINGS})
MOST_INPUTS = 2_048
MOST_TOKENS = 300_000  # of all inputs together
SPECIALS = 8  # tokens that an upstream may put around an input
_INPUT = "a text, a list of texts, a list of token ids, or a list of such lists; none of them empty"
Tokens = list[int]


class Vectors(NamedTuple):
    """A list of embeddings in OpenAI's shape, who gave it, and what it cost."""

    body: dict[str, Any]
    upstream: str
    settled: Settled


@dataclass(frozen=True)
class Embeddings:
    """Takes inputs to an upstream, and vectors back, metered."""

    catalogue: Catalogue
    router: Router
    callers: Callers
    community: Community
    desk: Desk

    async def answer(
        self, caller: Caller, body: dict[str, Any], endpoint: str, arrived: datetime
    ) -> Vectors:
        """Answer OpenAI's embeddings body; fields besides model and input pass through."""
        model = kinds.named(self.catalogue, body.get("model"), Kind.EMBEDDING)
        inputs = inputs_of(body.get("input"))
        check_access(caller, model)
        call = await self._begin(caller, model, await counted(inputs, model), endpoint, arrived)

        async def attempt(connected: Connected, route: Route) -> Embedded:
            call.sent(route)
            return await connected.dialect.embed(connected.link, {**body, "model": route.model})

        try:
            embedded, route = await call.wait(
                lambda: self.router.ask(model, NEEDS, attempt, trail=call.trail)
            )
        except BaseException as fault:
            raise await call.unanswered(fault) from fault.__cause__
        self.router.answered(route)
        count = call.prompt_alone
        if embedded.tokens and embedded.tokens <= most_of(inputs):
            count = Count(embedded.tokens, 0, estimated=False)
        settled = await call.settled(Status.ANSWERED, count)
        answer = embedded.body | {"model": body["model"]}
        if count.estimated or not isinstance(answer.get("usage"), dict):
            answer["usage"] = {"prompt_tokens": count.prompt, "total_tokens": count.prompt}
        return Vectors(answer, route.upstream, settled)

    async def _begin(
        self, caller: Caller, model: Model, prompt: int, endpoint: str, arrived: datetime
    ) -> Call:
        """Hold exactly what the inputs cost: nothing comes out that would cost more."""
        unit = self.community.limits.request_unit
        flat = metered(unit, model.coefficient) if caller.mode is Mode.REQUESTS else None
        terms = Terms(model.coefficient, prompt=prompt, cap=0, flat=flat, floor=0)
        call = Call(self.desk, self.callers.hold_ask(caller, model, endpoint, arrived, terms))
        await call.begin(self.community.router.total_seconds)
        return call


def inputs_of(value: Any) -> list[str] | list[Tokens]:
    """Return the inputs one by one, or say what they must be."""
    if isinstance(value, str) or (isinstance(value, list) and value and type(value[0]) is int):
        value = [value]
    if not isinstance(value, list) or not value:
        raise InvalidField("input", _INPUT)
    if len(value) > MOST_INPUTS:
        raise InvalidField("input", f"{MOST_INPUTS:,} texts or token lists at most")
    sort = type(value[0])
    if sort not in (str, list) or not all(type(one) is sort and one for one in value):
        raise InvalidField("input", _INPUT)
    found: list[str] | list[Tokens] = value
    return found


def most_of(inputs: list[str] | list[Tokens]) -> int:
    """Return how many tokens any tokenizer may find: no token is less than a byte."""
    sizes = (len(one) if isinstance(one, list) else _bytes(one) for one in inputs)
    return sum(sizes) + SPECIALS * len(inputs)


async def counted(inputs: list[str] | list[Tokens], model: Model) -> int:
    """Return the tokens of all inputs; none may be longer than the model's context."""
    texts = [one for one in inputs if isinstance(one, str)]
    lists = [one for one in inputs if isinstance(one, list)]
    counts = [*map(len, lists), *await tokens.count_each(texts)]
    if (longest := max(counts)) > model.context:
        raise PromptTooLong(model.id, longest, model.context, "input")
    if (together := sum(counts)) > MOST_TOKENS:
        raise InvalidField("input", f"{MOST_TOKENS:,} tokens at most, all inputs together")
    if not all(type(token) is int and token >= 0 for one in lists for token in one):
        raise InvalidField("input", _INPUT)
    return together


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="replace"))
