"""latchkey.toml: one model a section, every value with its default and its meaning."""

from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from bot.settings import scalars as of
from bot.settings.plans import Plans
from bot.settings.section import Section
from bot.settings.serving import (
    Catalogue,
    ModelEntry,
    TempMail,
    UpstreamDefaults,
    UpstreamEntry,
)
from bot.settings.words import Unfit
from bot.words.say import say


class Stacking(StrEnum):
    """How grants that run together make one limit."""

    HIGHEST = "highest"
    SUM = "sum"


class Exchange(StrEnum):
    """Whether staff approve an exchange of referrals."""

    INSTANT = "instant"
    APPROVAL = "approval"


class Community(Section):
    """The guilds, channels and roles, and who may come in."""

    name: of.Title = Field("Latchkey", description="what members read as the service's name")
    home_guilds: tuple[of.Id, ...] = Field(
        (), description="your servers' ids; only here may staff act"
    )
    moderator_roles: tuple[of.Id, ...] = Field(
        (), description="roles that are staff, besides administrators"
    )
    chat_channels: tuple[of.Id, ...] = Field((), description="only messages here earn points")
    log_channel: of.Id | None = Field(None, description="where every staff action is posted")
    staff_channel: of.Id | None = Field(
        None, validate_default=True, description="approvals; else log_channel"
    )
    announce_channel: of.Id | None = Field(
        None,
        validate_default=True,
        description="contest, levels; else log_channel",
    )
    level_roles: dict[of.NumberKey, of.Id] = Field({}, description="the role of each level")
    timezone: of.Zone = Field("UTC", description="IANA time zone whose midnight starts the day")
    members_only: of.Flag = Field(True, description="keys and AI commands: home members only")
    min_account_age_days: of.Days = Field(0, description="youngest Discord account let in, days")
    message_content: of.Flag = Field(False, description="privileged intent: read messages")
    members: of.Flag = Field(False, description="privileged intent: see members come and go")
    key_prefix: of.KeyPrefix = Field("lk_", description="what new keys begin with")

    @field_validator("staff_channel", "announce_channel")
    @classmethod
    def _else_the_log(cls, value: int | None, seen: ValidationInfo) -> int | None:
        return seen.data.get("log_channel") if value is None else value

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone whose midnight starts the day."""
        return ZoneInfo(self.timezone)


class Limits(Section):
    """What everyone may do without any plan."""

    daily_tokens: of.Tokens = Field(80_000, description="everyone's tokens a day")
    request_unit: of.Positive = Field(800, description="tokens that one request costs")
    stacking: Annotated[Stacking, BeforeValidator(of.one_of(Stacking))] = Field(
        Stacking.HIGHEST, description="highest: the best grant counts; sum: base and all grants"
    )
    requests_per_minute: of.Positive = Field(20, description="in request mode only")
    in_flight: of.Positive = Field(4, description="one member's calls at a time")
    mode_switches_per_day: of.Count = Field(3, description="how often /set_limit_mode switches")
    body_bytes: of.Positive = Field(26_214_400, description="largest request body, bytes")


class Referrals(Section):
    """When an activation counts, and what it can be spent on."""

    min_account_age_days: of.Days = Field(7, description="youngest account that may activate, days")
    credit_after_days: of.Days = Field(0, description="days until the owner is credited")
    credit_after_calls: of.Count = Field(0, description="newcomer's calls until then")
    exchange: Annotated[Exchange, BeforeValidator(of.one_of(Exchange))] = Field(
        Exchange.INSTANT, description="instant, or approval by staff"
    )
    contest_winners: of.Count = Field(3, description="winners of the monthly contest")


class Levels(Section):
    """Points for talking, and what they come to at the month's end."""

    cooldown_seconds: of.Count = Field(60, description="seconds between two points of a member")
    thresholds: tuple[of.Positive, ...] = Field(
        (100, 400, 1000), description="points for level 1, 2, 3"
    )

    @field_validator("thresholds")
    @classmethod
    def _ascending(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if list(value) != sorted(set(value)):
            raise Unfit(say("unfit.ascending"))
        return value


class Staff(Section):
    """What staff may do alone."""

    second_approval_above: of.Tokens = Field(
        1_000_000, description="a larger grant a day needs a second moderator; 0: never"
    )


class Api(Section):
    """Who may call the HTTP API from where."""

    cors_origins: tuple[of.Origin, ...] = Field((), description='browser origins, or ["*"]')
    trusted_proxies: tuple[of.Network, ...] = Field(
        (), description="addresses or networks whose X-Forwarded-For is believed"
    )


class Retention(Section):
    """What is kept, and for how long."""

    calls_days: of.Span = Field(90, description="call records are kept so many days")
    backups: of.Count = Field(7, description="copies of the embedded database")


class Ledger(Section):
    """How holds live and die."""

    floor_tokens: of.Count = Field(16, description="completion tokens that must fit at least")
    renew_seconds: of.Seconds = Field(20.0, description="how often a running call says it lives")
    lease_seconds: of.Seconds = Field(
        60.0, validate_default=True, description="silence after which a hold is released"
    )
    queue: of.Positive = Field(512, description="waiting holds and settles; full: wait, then 503")

    @field_validator("lease_seconds")
    @classmethod
    def _outlives_renewal(cls, value: float, seen: ValidationInfo) -> float:
        if value <= seen.data.get("renew_seconds", 0):
            raise Unfit("must be longer than ledger.renew_seconds")
        return value


class Router(Section):
    """How long a call may look for an answer, and when a route rests."""

    total_seconds: of.Seconds = Field(300.0, description="the whole call, all routes together")
    retries: of.Count = Field(1, description="on the same route after a 5xx or refused connection")
    breaker_failures: of.Positive = Field(5, description="failures in a row that rest a route")
    breaker_rest_seconds: of.Seconds = Field(10.0, description="its first rest; doubles")
    breaker_longest_seconds: of.Seconds = Field(
        300.0, validate_default=True, description="its longest rest"
    )

    busy_seconds: of.Seconds = Field(
        5.0, description="how long a call waits for a place at upstreams that are full"
    )

    @field_validator("breaker_longest_seconds")
    @classmethod
    def _longest(cls, value: float, seen: ValidationInfo) -> float:
        if value < seen.data.get("breaker_rest_seconds", 0):
            raise Unfit("must be at least router.breaker_rest_seconds")
        return value


class Counting(Section):
    """What prompt parts count that are no text."""

    image_tokens: of.Count = Field(1_000, description="tokens an image counts")
    audio_tokens_per_second: of.Count = Field(25, description="tokens a second of audio counts")


class CommunityFile(Section):
    """latchkey.toml as a whole; without any file every default holds."""

    community: Community = Field(default_factory=Community)
    limits: Limits = Field(default_factory=Limits)
    referrals: Referrals = Field(default_factory=Referrals)
    levels: Levels = Field(default_factory=Levels)
    plans: Plans = Field(default_factory=lambda: Plans.model_validate({}))
    staff: Staff = Field(default_factory=Staff)
    api: Api = Field(default_factory=Api)
    retention: Retention = Field(default_factory=Retention)
    ledger: Ledger = Field(default_factory=Ledger)
    router: Router = Field(default_factory=Router)
    counting: Counting = Field(default_factory=Counting)
    catalogue: Catalogue = Field(default_factory=Catalogue)
    upstream_defaults: UpstreamDefaults = Field(default_factory=UpstreamDefaults)
    upstreams: tuple[UpstreamEntry, ...] = ()
    models: tuple[ModelEntry, ...] = ()
    temp_mail: TempMail = Field(default_factory=TempMail)

    @field_validator("upstreams")
    @classmethod
    def _with_defaults(
        cls, value: tuple[UpstreamEntry, ...], seen: ValidationInfo
    ) -> tuple[UpstreamEntry, ...]:
        usual = seen.data.get("upstream_defaults", UpstreamDefaults())
        silent = {"connect_seconds": usual.connect_seconds, "idle_seconds": usual.idle_seconds}
        return tuple(
            entry.model_copy(
                update={name: silent[name] for name in silent.keys() - entry.model_fields_set}
            )
            for entry in value
        )
