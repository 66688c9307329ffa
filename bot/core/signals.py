"""What changed, told inside the process: who cares subscribes."""

import logging
from collections import defaultdict
from collections.abc import Callable
from enum import StrEnum

log = logging.getLogger(__name__)


class Topic(StrEnum):
    """What a change is about; the subject's number says whose."""

    MEMBER = "member"  # mode, grants, access or key: what is cached of a member is stale
    SUSPENDED = "suspended"  # a member was suspended: running streams end
    LEAVING = "leaving"  # a member has everything deleted: running calls end
    LANGUAGE = "language"  # a member chose another language
    ADJUSTED = "adjusted"  # staff changed settings, in whichever process: read them again
    CATALOGUE = "catalogue"  # an upstream's list of models was read anew: prices, routes
    SETTINGS = "settings"  # other settings are in force here: what was worked out is stale
    EVERYTHING = "everything"  # changes were missed: drop every cache


class Signals:
    """Calls every listener of a topic, at once and in order; a listener's fault stops nobody."""

    def __init__(self) -> None:
        self._listeners: dict[Topic, list[Callable[[int], None]]] = defaultdict(list)

    def on(self, topic: Topic, told: Callable[[int], None]) -> None:
        """Call `told(subject)` whenever the topic fires."""
        self._listeners[topic].append(told)

    def fire(self, topic: Topic, subject: int = 0) -> None:
        """Tell every listener of the topic."""
        for told in self._listeners[topic]:
            try:
                told(subject)
            except Exception:
                log.exception("a listener of %s failed", topic)
