"""How this process is: what /v1/health and /status tell."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How one part is."""

    OK = "ok"
    STARTING = "starting"
    AWAY = "away"
    OFF = "off"  # this process does not run it


@dataclass(frozen=True, slots=True)
class Health:
    """Every part's state, upstreams by name in the router's words, and how many models answer."""

    database: State
    discord: State
    jobs: State
    upstreams: Mapping[str, str]
    models: int

    @property
    def ready(self) -> bool:
        """Say whether all that this process runs is there; an upstream's rest is not ours."""
        fine = (State.OK, State.OFF)
        return all(part in fine for part in (self.database, self.discord, self.jobs))


Vitals = Callable[[], Awaitable[Health]]  # asked whenever somebody wants to know
