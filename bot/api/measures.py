"""What /metrics counts, in Prometheus' text form; nothing in it names a member or a key."""

import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from bot.core.health import Health
from bot.core.spread import Spread
from bot.relay.attempts import Attempts
from bot.relay.health import CALLABLE
from bot.relay.router import Router

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Measures:
    """Counts what came in and how it went."""

    def __init__(self) -> None:
        self.running = 0
        self._requests: Counter[tuple[str, int]] = Counter()
        self._refusals: Counter[str] = Counter()
        self._seconds: dict[str, Spread] = {}
        self._first: dict[str, Spread] = {}
        self._began = time.time()

    def ended(self, route: str, status: int, seconds: float) -> None:
        """Count a request by its route's template and its status."""
        self._requests[route, status] += 1
        _spread(self._seconds, route).add(seconds)

    def first_content(self, route: str, seconds: float) -> None:
        """Count how long a stream's first content took."""
        _spread(self._first, route).add(seconds)

    def refused(self, code: str) -> None:
        """Count an error by its code."""
        self._refusals[code] += 1

    def text(self, version: str, open_holds: int, health: Health, router: Router) -> str:
        """Return everything as Prometheus reads it."""
        parts = (
            _gauge("latchkey_build_info", "1, labelled by version", {f'version="{version}"': 1}),
            _gauge("latchkey_requests_running", "requests being answered", {"": self.running}),
            _gauge("latchkey_open_holds", "holds of running calls", {"": open_holds}),
            _gauge("latchkey_models", "models that can be called now", {"": health.models}),
            _gauge("latchkey_part_up", "1 where the part's state is ok", _parts(health)),
            self._counts(),
            _gauge("latchkey_model_up", "1 where the model can be called now", _models(router)),
            _upstreams(router.attempts),
            _histogram(
                "latchkey_request_seconds", "from arrival to the last byte", "route", self._seconds
            ),
            _histogram("latchkey_first_content_seconds", "of streams", "route", self._first),
            self._process(),
        )
        return "\n".join(line for part in parts for line in part) + "\n"

    def _counts(self) -> Iterator[str]:
        requests = {
            f'route="{route}",status="{status}"': count
            for (route, status), count in sorted(self._requests.items())
        }
        yield from _family("latchkey_requests_total", "counter", "requests answered", requests)
        refusals = {f'code="{code}"': count for code, count in sorted(self._refusals.items())}
        yield from _family("latchkey_errors_total", "counter", "errors by code", refusals)

    def _process(self) -> Iterator[str]:
        cpu = {"": f"{time.process_time():.2f}"}
        yield from _family("process_cpu_seconds_total", "counter", "user and system", cpu)
        memory = {"": resident} if (resident := _resident()) else {}
        yield from _gauge("process_resident_memory_bytes", "in use now", memory)
        began = {"": f"{self._began:.2f}"}
        yield from _gauge("process_start_time_seconds", "since 1970", began)


def _resident() -> int:
    """Return the resident memory in bytes, 0 where the system does not say."""
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if told.exists() else 0


def _spread(among: dict[str, Spread], route: str) -> Spread:
    if (found := among.get(route)) is None:
        found = among[route] = Spread()
    return found


def _parts(health: Health) -> dict[str, int]:
    parts = {"database": health.database, "discord": health.discord, "jobs": health.jobs}
    own = {f'part="{name}",state="{state}"': int(state == "ok") for name, state in parts.items()}
    upstreams = {
        f'part="upstream:{name}",state="{state}"': int(state == "ok")
        for name, state in health.upstreams.items()
    }
    return own | upstreams


def _models(router: Router) -> dict[str, int]:
    return {
        f'model="{_escaped(model.id)}"': int(router.health_of(model) in CALLABLE)
        for model in router.catalogue.visible()
    }


def _upstreams(attempts: Attempts) -> Iterator[str]:
    outcomes = {
        f'upstream="{name}",outcome="{outcome}"': count
        for (name, outcome), count in sorted(attempts.outcomes.items())
    }
    yield from _family("latchkey_upstream_calls_total", "counter", "by outcome", outcomes)
    words = "from an attempt to its answer or first content"
    yield from _histogram("latchkey_upstream_seconds", words, "upstream", attempts.seconds)


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"")


def _gauge(name: str, words: str, values: dict[str, int] | dict[str, str]) -> Iterator[str]:
    yield from _family(name, "gauge", words, values)


def _family(
    name: str, kind: str, words: str, values: dict[str, int] | dict[str, str]
) -> Iterator[str]:
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} {kind}"
    for labels, value in values.items():
        yield f"{name}{{{labels}}} {value}" if labels else f"{name} {value}"


def _histogram(name: str, words: str, label: str, spreads: Mapping[str, Spread]) -> Iterable[str]:
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} histogram"
    for value, spread in sorted(spreads.items()):
        yield from spread.lines(name, f'{label}="{value}"')
