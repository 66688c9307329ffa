"""The one place that knows which settings are in force right now."""

from zoneinfo import ZoneInfo

from bot.settings.community import (
    Api,
    CommunityFile,
    Counting,
    Ledger,
    Levels,
    Limits,
    Referrals,
    Retention,
    Router,
    Staff,
)
from bot.settings.community import Community as CommunitySection
from bot.settings.plans import Plans
from bot.settings.serving import ModelEntry, TempMail, UpstreamDefaults, UpstreamEntry


class Community:
    """The settings in force, by the names that latchkey.toml gives its sections."""

    def __init__(self, file: CommunityFile) -> None:
        self._file = file

    @property
    def community(self) -> CommunitySection:
        """Return the guilds, channels, roles and who may come in."""
        return self._file.community

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone whose midnight starts the community's day."""
        return self._file.community.zone

    @property
    def limits(self) -> Limits:
        """Return what everyone may do without any plan."""
        return self._file.limits

    @property
    def referrals(self) -> Referrals:
        """Return when an activation counts."""
        return self._file.referrals

    @property
    def levels(self) -> Levels:
        """Return the points of each level."""
        return self._file.levels

    @property
    def plans(self) -> Plans:
        """Return what each plan gives."""
        return self._file.plans

    @property
    def staff(self) -> Staff:
        """Return what staff may do alone."""
        return self._file.staff

    @property
    def api(self) -> Api:
        """Return who may call the HTTP API from where."""
        return self._file.api

    @property
    def retention(self) -> Retention:
        """Return what is kept, and for how long."""
        return self._file.retention

    @property
    def ledger(self) -> Ledger:
        """Return how holds live and die."""
        return self._file.ledger

    @property
    def router(self) -> Router:
        """Return how long a call looks for an answer."""
        return self._file.router

    @property
    def counting(self) -> Counting:
        """Return what prompt parts count that are no text."""
        return self._file.counting

    @property
    def upstream_defaults(self) -> UpstreamDefaults:
        """Return the patience that holds wherever an upstream sets none of its own."""
        return self._file.upstream_defaults

    @property
    def upstreams(self) -> tuple[UpstreamEntry, ...]:
        """Return the APIs that serve models."""
        return self._file.upstreams

    @property
    def models(self) -> tuple[ModelEntry, ...]:
        """Return the models and their routes."""
        return self._file.models

    @property
    def temp_mail(self) -> TempMail:
        """Return what a mailbox costs at each domain."""
        return self._file.temp_mail
