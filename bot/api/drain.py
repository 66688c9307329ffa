"""Whether this process still takes calls."""

from bot.core.errors import Draining

# What is answered to the end, so that whoever watches sees the end coming.
STAYS_OPEN = frozenset({"/v1/health", "/metrics"})


class Drain:
    """Open until it begins; never opens again."""

    def __init__(self) -> None:
        self.begun = False

    def begin(self) -> None:
        """Take no new calls from now on."""
        self.begun = True

    def check(self, path: str) -> None:
        """Refuse a new request while draining."""
        if self.begun and path not in STAYS_OPEN:
            raise Draining
