"""The JSON that the API answers, field by field; /openapi.json is made from these."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class ModelView:
    """A model that can be called; `kind` is a list where it has several."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    coefficient: float
    kind: str | list[str]
    access: str
    type: Literal["model"]
    display_name: str
    created_at: str


@dataclass(frozen=True, slots=True)
class ModelList:
    """Every model, on one page; Anthropic's SDK reads the same list as OpenAI's."""

    object: Literal["list"]
    data: list[ModelView]
    first_id: str | None
    last_id: str | None
    has_more: Literal[False]


@dataclass(frozen=True, slots=True)
class RouteView:
    """A way to a model, in the order in which they are asked; `tier` is the upstream's word."""

    upstream: str
    priority: int
    health: str
    tier: str | None


@dataclass(frozen=True, slots=True)
class FullModelView:
    """A model with who may call it (`tier`) and how it is: as the best of its routes."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    coefficient: float
    kind: str | list[str]
    access: str
    type: Literal["model"]
    display_name: str
    created_at: str
    tier: str
    health: str
    routes: list[RouteView]


@dataclass(frozen=True, slots=True)
class FullModelList:
    """Every model with tier and health."""

    object: Literal["list"]
    data: list[FullModelView]


@dataclass(frozen=True, slots=True)
class ModelUseView:
    """What one model took today, in metered tokens (`cost`) and as counted (`tokens`)."""

    model: str
    calls: int
    tokens: int
    cost: int


@dataclass(frozen=True, slots=True)
class DayUseView:
    """What one day took, in metered tokens."""

    day: str
    spent: int
    calls: int


@dataclass(frozen=True, slots=True)
class UsageView:
    """Where the key's owner stands today; limit and remaining are null when unlimited."""

    mode: str
    limit: int | None
    spent: int
    held: int
    remaining: int | None
    resets_at: str
    unlimited: bool
    requests_remaining: int | None
    models: list[ModelUseView]
    days: list[DayUseView]


@dataclass(frozen=True, slots=True)
class HealthView:
    """How this process and the upstreams are."""

    status: Literal["ok", "starting", "draining"]
    version: str
    database: str
    discord: str
    jobs: str
    upstreams: dict[str, str]
    models: int


@dataclass(frozen=True, slots=True)
class AboutView:
    """What this is and where to read on."""

    name: str
    version: str
    community: str
    api: str
    docs: str
    models: str
    contact: str
