"""What became of the latest attempts at each upstream: for /status and metrics, in memory."""

from collections import Counter, defaultdict, deque
from functools import partial
from statistics import median
from typing import NamedTuple

from bot.core.spread import Spread

KEPT = 200  # attempts of each upstream
ANSWERED, GIVEN_UP = "answered", "given_up"


class Recent(NamedTuple):
    """How an upstream's latest attempts went; `seconds` to an answer or its first content."""

    tried: int
    answered: int
    seconds: float  # the median of those that answered


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

    def recent(self, upstream: str) -> Recent | None:
        """Return how an upstream's latest attempts went, None where there were none."""
        if not (latest := self._latest.get(upstream)):
            return None
        answered = [seconds for seconds in latest if seconds is not None]
        return Recent(len(latest), len(answered), median(answered) if answered else 0.0)
