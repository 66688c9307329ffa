"""The one place that knows which settings are in force right now."""

import logging
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bot.settings import overrides
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
from bot.settings.serving import (
    Catalogue,
    ModelEntry,
    TempMail,
    UpstreamDefaults,
    UpstreamEntry,
)
from bot.words.language import Language, speaking

log = logging.getLogger(__name__)


class Community:
    """The settings in force, by the names that latchkey.toml gives its sections."""

    def __init__(self, file: CommunityFile) -> None:
        self.file = file  # what latchkey.toml says, whatever staff changed
        self._changed: Mapping[str, Any] = {}  # what staff changed, by name, as JSON
        self._fitting: Mapping[str, Any] = {}  # as far as it counts
        self._unfit: list[str] = []  # lines about those that do not
        self._version = 0
        self._now = file

    def lay_over(self, changed: Mapping[str, Any], version: int) -> bool:
        """Let staff's changes be in force; False where they are already, or newer ones are."""
        if version < self._version:
            return False
        self._version = version
        if changed == self._changed:
            return False
        self._changed = changed
        known = self._unfit
        with speaking(Language.EN):  # for the log, whoever changed something
            self._fitting, self._unfit = overrides.fitting(self.file, changed)
        self._now = overrides.merged(self.file, self._fitting)[0] or self.file
        for line in [line for line in self._unfit if line not in known]:
            log.warning("a setting that staff changed no longer fits and is left out: %s", line)
        return True

    @property
    def in_force(self) -> CommunityFile:
        """Return everything that is in force, as a file would say it."""
        return self._now

    def locked(self, name: str) -> bool:
        """Say whether latchkey.toml names a setting such as limits.daily_tokens."""
        return overrides.locked(self.file, name)

    def changed(self, name: str) -> bool:
        """Say whether staff changed a setting."""
        return name in self._fitting

    def stated(self, name: str) -> Any:
        """Return a setting as JSON: as staff changed it, else as the file or its default says."""
        if name in self._fitting:
            return self._fitting[name]
        return overrides.stated(self.file, name)

    @property
    def community(self) -> CommunitySection:
        """Return the guilds, channels, roles and who may come in."""
        return self._now.community

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone whose midnight starts the community's day."""
        return self._now.community.zone

    @property
    def limits(self) -> Limits:
        """Return what everyone may do without any plan."""
        return self._now.limits

    @property
    def referrals(self) -> Referrals:
        """Return when an activation counts."""
        return self._now.referrals

    @property
    def levels(self) -> Levels:
        """Return the points of each level."""
        return self._now.levels

    @property
    def plans(self) -> Plans:
        """Return what each plan gives."""
        return self._now.plans

    @property
    def staff(self) -> Staff:
        """Return what staff may do alone."""
        return self._now.staff

    @property
    def api(self) -> Api:
        """Return who may call the HTTP API from where."""
        return self._now.api

    @property
    def retention(self) -> Retention:
        """Return what is kept, and for how long."""
        return self._now.retention

    @property
    def ledger(self) -> Ledger:
        """Return how holds live and die."""
        return self._now.ledger

    @property
    def router(self) -> Router:
        """Return how long a call looks for an answer."""
        return self._now.router

    @property
    def counting(self) -> Counting:
        """Return what prompt parts count that are no text."""
        return self._now.counting

    @property
    def catalogue(self) -> Catalogue:
        """Return what is done about upstreams' own lists of models."""
        return self._now.catalogue

    @property
    def upstream_defaults(self) -> UpstreamDefaults:
        """Return the patience that holds wherever an upstream sets none of its own."""
        return self._now.upstream_defaults

    @property
    def upstreams(self) -> tuple[UpstreamEntry, ...]:
        """Return the APIs that serve models."""
        return self._now.upstreams

    @property
    def models(self) -> tuple[ModelEntry, ...]:
        """Return the models and their routes."""
        return self._now.models

    @property
    def temp_mail(self) -> TempMail:
        """Return what a mailbox costs at each domain."""
        return self._now.temp_mail
