"""What serves the calls: upstreams, the models routed to them, and mailboxes."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from bot.settings import mail
from bot.settings import scalars as of
from bot.settings.section import Section
from bot.settings.words import Unfit


class Dialect(StrEnum):
    """The ways of speaking that this build knows."""

    FRESED = "fresed"
    DEVSDOCODE = "devsdocode"
    SPAFE = "spafe"
    FREETHEAI = "freetheai"
    AIRFORCE = "airforce"
    OPENAI = "openai"


class Kind(StrEnum):
    """What a model is for."""

    CHAT = "chat"
    IMAGE = "image"
    EDIT = "edit"
    SPEECH = "speech"
    EMBEDDING = "embedding"
    VISION = "vision"
    SONG = "song"
    SEARCH = "search"


class Capability(StrEnum):
    """What an upstream can do for a caller; each dialect says which of it, routes need some."""

    CHAT = "chat"
    STREAM = "stream"
    TOOLS = "tools"
    VISION = "vision"
    AUDIO = "audio"
    IMAGE = "image"
    EDIT = "edit"
    SPEECH = "speech"
    EMBEDDINGS = "embeddings"
    MESSAGES = "messages"
    ASK = "ask"
    SIGHT = "sight"
    SONG = "song"
    TEMP_MAIL = "temp_mail"
    WEB = "web"


class Extra(StrEnum):
    """What a chat may hold that every dialect passes on, whether its upstream takes it or not."""

    TOOLS = "tools"
    VISION = "vision"
    AUDIO = "audio"
    WEB = "web"


class Sync(StrEnum):
    """What is done about upstreams' own lists of models."""

    REPORT = "report"
    APPLY = "apply"
    OFF = "off"


class CapField(StrEnum):
    """The field in which a model wants its completion cap."""

    TOKENS = "max_tokens"
    COMPLETION_TOKENS = "max_completion_tokens"


class UpstreamDefaults(Section):
    """What holds for an upstream that says nothing else."""

    connect_seconds: of.Seconds = Field(5.0, description="longest wait for a connection")
    idle_seconds: of.Seconds = Field(60.0, description="longest silence, also inside a stream")


class Catalogue(Section):
    """What is done about upstreams' own lists of models."""

    sync: Annotated[Sync, BeforeValidator(of.one_of(Sync))] = Field(
        Sync.REPORT,
        description="report: staff read what changed; apply: prices follow, gone ones rest; off",
    )
    every_minutes: of.Positive = Field(60, description="how often the lists are read")


def _words(kinds: type[StrEnum]) -> BeforeValidator:
    """Accept some words of a closed set, or one alone."""
    known = of.one_of(kinds)

    def check(value: Any) -> tuple[StrEnum, ...]:
        values = value if isinstance(value, list | tuple) else [value]
        return tuple(dict.fromkeys(known(one) for one in values))

    return BeforeValidator(check)


class UpstreamEntry(Section):
    """An API that serves models."""

    name: of.UpstreamName = Field(description="how routes call it")
    dialect: Annotated[Dialect, BeforeValidator(of.one_of(Dialect))] = Field(
        description=f"the way it speaks: {', '.join(Dialect)}"
    )
    base_url: of.BaseUrl = Field(description="its address, as its documentation gives it")
    api_key: of.ApiKey | None = Field(
        None, repr=False, description='the key, or "env:NAME"; left out where none is needed'
    )
    connect_seconds: of.Seconds = Field(5.0, description="left out: as in upstream_defaults")
    idle_seconds: of.Seconds = Field(60.0, description="left out: as in upstream_defaults")

    concurrency: of.Positive | None = Field(
        None, description="most calls at once from each process; left out: any number"
    )
    requests_per_minute: of.Positive | None = Field(
        None, description="most calls a minute from each process; left out: any number"
    )
    offers: Annotated[tuple[Extra, ...], _words(Extra)] = Field(
        (), description=f"what it takes beyond its dialect: {', '.join(Extra)}"
    )
    without: Annotated[tuple[Capability, ...], _words(Capability)] = Field(
        (), description='what of its dialect it cannot do, such as "tools" or "stream"'
    )

    @field_validator("base_url")
    @classmethod
    def _only_the_base(cls, value: str) -> str:
        if value.endswith("/chat/completions"):
            raise Unfit("must be the base address: leave out /chat/completions")
        return value


class Route(Section):
    """One upstream that serves a model."""

    upstream: of.UpstreamName = Field(description="the upstream's name")
    model: of.ModelName | None = Field(None, description="its name for the model; else the id")
    weight: of.Positive = Field(1, description="its share among routes of one priority")
    priority: of.Count = Field(0, description="lower is asked first")


class ModelEntry(Section):
    """A model that members can call."""

    id: of.ModelName = Field(description="what callers name")
    aliases: tuple[of.ModelName, ...] = Field((), description="other names callers may use")
    kinds: Annotated[tuple[Kind, ...], _words(Kind)] = Field(
        (Kind.CHAT,), alias="kind", description=f"{', '.join(Kind)}; or a list of them"
    )
    coefficient: of.Thousandths = Field(1_000, description="its price, up to three decimals")
    access: of.AccessName = Field(
        "free", description="free, claude, or a word of your own that a grant opens"
    )
    voices: tuple[of.Voice, ...] = Field((), description="voices of a speech model")
    context: of.Positive = Field(128_000, description="prompt and completion together, tokens")
    cap_field: Annotated[CapField, BeforeValidator(of.one_of(CapField))] = Field(
        CapField.TOKENS, description="max_tokens or max_completion_tokens"
    )
    max_output: of.Positive = Field(4_096, description="completion cap where callers give none")
    routes: tuple[Route, ...] = Field(description="who serves it, a table each")

    @field_validator("kinds")
    @classmethod
    def _at_least_one(cls, value: tuple[Kind, ...]) -> tuple[Kind, ...]:
        if not value:
            raise Unfit("must name at least one kind")
        return value

    @field_validator("routes")
    @classmethod
    def _some_and_different(cls, value: tuple[Route, ...]) -> tuple[Route, ...]:
        if not value:
            raise Unfit("must hold at least one route")
        if len({(route.upstream, route.model) for route in value}) < len(value):
            raise Unfit("must not name the same upstream and model twice")
        return value


class TempMail(Section):
    """Temporary mailboxes."""

    upstream: of.UpstreamName | None = Field(
        None, description="who makes them; left out: none are made"
    )
    domains: dict[of.Domain, of.Thousandths] = Field(
        {}, validate_default=True, description="price by domain, laid over the known ones'"
    )

    @field_validator("domains")
    @classmethod
    def _over_the_known(cls, value: dict[str, int]) -> dict[str, int]:
        return mail.PRICES | value
