"""What became of the latest attempts at each upstream: for /status and metrics, in memory."""

from collections import Counter, defaultdict, deque
from functools import partial
from statistics import median

from bot.core.health import Recent
from bot.core.spread import Spread

KEPT = 200  # attempts of each upstream
ANSWERED, GIVEN_UP = "answered", "given_up"


class Attempts:
    """Counts attempts since this process began, and keeps the latest."""

    def __init__(self) -> None:
        self.outcomes: Counter[tuple[str, str]] = Counter()  # (upstream, how the call went)
        self.seconds: defaultdict[str, Spread] = defaultdict(Spread)  # those that answered
        self._latest: defaultdict[str, deque[float | None]] = defaultdict(
            partial(deque[float | None], maxlen=KEPT)
        )

    def answered(self, upstream: str, seconds: float) -> None:
        """Note that content came; `outcomes` waits for its end."""
        self.seconds[upstream].add(seconds)
        self._latest[upstream].append(seconds)

    def failed(self, upstream: str) -> None:
        """Note that no content came."""
        self._latest[upstream].append(None)

    def recent(self) -> dict[str, Recent]:
        """Return how the latest attempts went, by upstream."""
        return {name: _recent(latest) for name, latest in self._latest.items()}


def _recent(latest: deque[float | None]) -> Recent:
    answered = [seconds for seconds in latest if seconds is not None]
    return Recent(len(latest), len(answered), median(answered) if answered else 0.0)
