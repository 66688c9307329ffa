"""How this process is: what /v1/health and /status tell."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """How one part is."""

    OK = "ok"
    STARTING = "starting"
    AWAY = "away"
    OFF = "off"  # this process does not run it


class Recent(NamedTuple):
    """How the latest attempts at an upstream went."""

    tried: int
    answered: int
    seconds: float  # to an answer or its first content, the median


@dataclass(frozen=True, slots=True)
class Health:
    """Every part's state, upstreams by name in the router's words, and how many models answer."""

    database: State
    discord: State
    jobs: State
    upstreams: Mapping[str, str]
    models: int
    resting: tuple[str, ...] = ()  # the models that cannot be called now
    recent: Mapping[str, Recent] = field(default_factory=dict)  # upstreams asked by this process

    @property
    def ready(self) -> bool:
        """Say whether all that this process runs is there; an upstream's rest is not ours."""
        fine = (State.OK, State.OFF)
        return all(part in fine for part in (self.database, self.discord, self.jobs))


Vitals = Callable[[], Awaitable[Health]]  # asked whenever somebody wants to know
