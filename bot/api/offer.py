"""Everything the API can do, in one list: the routes and their description both come from it."""

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
        *chat.operations(parts, counter),
        *responses.operations(parts, counter),
        *images.operations(parts, counter),
        *imagine.operations(parts, counter),
        *audio.operations(parts, counter),
        *embeddings.operations(parts, counter),
        *ask.operations(parts, counter),
        *vision.operations(parts, counter),
        *songs.operations(parts, counter),
        *mail.operations(parts, counter),
        *models.operations(parts, auth),
        *account.operations(parts, auth),
        *pages,
        *documents.operations(parts, lambda: made, schemas()),
    )
    return made


def schemas() -> dict[str, Schema | type]:
    """Gather what bodies and answers look like; every name is one module's alone."""
    found: dict[str, Schema | type] = {}
    for module in MODULES:
        assert found.keys().isdisjoint(module.SCHEMAS), f"{module.__name__} takes a name"
        found |= module.SCHEMAS
    return found
