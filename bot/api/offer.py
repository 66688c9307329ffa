"""Everything the API can do, in one list: the routes and their description both come from it."""

from dataclasses import replace
from itertools import chain
from types import ModuleType

from bot.api import documents
from bot.api.auth import Auth
from bot.api.counter import Counter
from bot.api.drain import Drain
from bot.api.errors import Errors
from bot.api.measures import Measures
from bot.api.operation import Operation
from bot.api.parts import ApiParts
from bot.api.routes import (
    account,
    ask,
    audio,
    chat,
    embeddings,
    health,
    images,
    imagine,
    mail,
    messages,
    models,
    responses,
    songs,
    vision,
)
from bot.api.schema import Schema

Offer = tuple[Operation, ...]
MODULES: tuple[ModuleType, ...] = (
    account,
    ask,
    audio,
    chat,
    embeddings,
    health,
    images,
    imagine,
    mail,
    messages,
    models,
    responses,
    songs,
    vision,
)


def offer(parts: ApiParts, drain: Drain, errors: Errors, measures: Measures) -> Offer:
    """Wire the endpoints of this process; calls first, because most requests are those."""
    pages = health.operations(parts, drain, measures)
    if not parts.calls:
        return pages
    auth = Auth(parts.callers)
    counter = Counter(auth, parts.community, parts.clock, errors)
    made: Offer = (
        *about(
            "Chat",
            chat.operations(parts, counter),
            messages.operations(parts, counter),
            responses.operations(parts, counter),
        ),
        *about(
            "Pictures",
            images.operations(parts, counter),
            imagine.operations(parts, counter),
            vision.operations(parts, counter),
        ),
        *about("Sound", audio.operations(parts, counter), songs.operations(parts, counter)),
        *about("Search", ask.operations(parts, counter), embeddings.operations(parts, counter)),
        *about("Mail", mail.operations(parts, counter)),
        *about("Models", models.operations(parts, auth)),
        *about("Usage", account.operations(parts, auth)),
        *about("This server", pages, documents.operations(parts, lambda: made, schemas())),
    )
    return made


def about(topic: str, *offers: Offer) -> Offer:
    """Put operations under a heading."""
    return tuple(replace(one, topic=topic) for one in chain.from_iterable(offers))


def schemas() -> dict[str, Schema | type]:
    """Gather what bodies and answers look like; every name is one module's alone."""
    found: dict[str, Schema | type] = {}
    for module in MODULES:
        assert found.keys().isdisjoint(module.SCHEMAS), f"{module.__name__} takes a name"
        found |= module.SCHEMAS
    return found
