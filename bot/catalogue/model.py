"""A model as the catalogue knows it."""

from dataclasses import dataclass
from typing import Self

from bot.settings.serving import ModelEntry

FREE = "free"
CHAT = "chat"


@dataclass(frozen=True, slots=True)
class Route:
    """One upstream that serves a model, and its name for it."""

    upstream: str
    model: str
    weight: int
    priority: int


@dataclass(frozen=True, slots=True)
class Model:
    """What a caller can name; the coefficient is in thousandths, routes are sorted by priority."""

    id: str
    aliases: tuple[str, ...]
    kinds: tuple[str, ...]
    coefficient: int
    access: str
    voices: tuple[str, ...]
    context: int
    cap_field: str
    max_output: int
    routes: tuple[Route, ...]
    created: int  # seconds since 1970, as OpenAI's list of models gives it
    talks: bool  # whether it can be asked for a chat completion

    @classmethod
    def of(cls, entry: ModelEntry, created: int) -> Self:
        """Build from the model's table in latchkey.toml."""
        routes = (
            Route(route.upstream, route.model or entry.id, route.weight, route.priority)
            for route in entry.routes
        )
        kinds = tuple(str(kind) for kind in entry.kinds)
        return cls(
            id=entry.id,
            aliases=entry.aliases,
            kinds=kinds,
            coefficient=entry.coefficient,
            access=str(entry.access),
            voices=entry.voices,
            context=entry.context,
            cap_field=str(entry.cap_field),
            max_output=entry.max_output,
            routes=tuple(sorted(routes, key=lambda route: route.priority)),
            created=created,
            talks=CHAT in kinds,
        )

    @property
    def free(self) -> bool:
        """Say whether everyone may call it."""
        return self.access == FREE
