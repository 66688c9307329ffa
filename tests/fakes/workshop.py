"""A dialect that makes songs and mailboxes as it is told to, for tests of what becomes of them."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from bot.relay.router import Connected
from bot.settings.serving import Capability
from bot.upstreams.dialect import Dialect, Link, ModelSeen
from bot.upstreams.failures import UpstreamFailure
from bot.upstreams.goods import Mailbox, Song, SongAsk
from tests.fakes.house import House

SINGER = {
    "kind": "song",
    "coefficient": 2.5,
    "routes": [
        {"upstream": "first", "model": "their-chirp"},
        {"upstream": "second", "priority": 1},
    ],
}
MODELS = [
    SINGER | {"id": "chirp-v3-0", "coefficient": 1},
    SINGER | {"id": "chirp-v3-5"},
    SINGER | {"id": "chirp-v2-xxl-alpha", "coefficient": 1},
    {"id": "gpt-4o", "routes": [{"upstream": "first"}]},
    {"id": "claude-sings", "kind": "song", "access": "claude", "routes": [{"upstream": "first"}]},
]
SONG_PRICE = 2_000


@dataclass
class Workshop(Dialect):
    """Makes what is asked for; `faults` are raised first, one a request, `gate` holds all up."""

    name: str = "workshop"
    offers: frozenset[Capability] = frozenset({Capability.SONG, Capability.TEMP_MAIL})
    faults: deque[UpstreamFailure] = field(default_factory=deque)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    sung: list[SongAsk] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)  # domains that were asked for
    opened: list[str] = field(default_factory=list)  # mailboxes that were read
    songs: dict[str, Song] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    gives: str | None = None  # the domain that is given, whatever is asked for
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Hold nothing up."""
        self.gate.set()

    async def models(self, link: Link) -> list[ModelSeen]:
        """List nothing."""
        return []

    async def sing(self, link: Link, ask: SongAsk) -> tuple[str, ...]:
        """Begin a song of two clips."""
        self.sung.append(ask)
        await self._work()
        number = len(self.sung)
        return f"{link.name}-clip-{number}-a", f"{link.name}-clip-{number}-b"

    async def song(self, link: Link, clip: str) -> Song:
        """Tell how a clip is."""
        self.looked.append(clip)
        await self._work()
        return self.songs.get(clip, Song("generating", None, None, None))

    async def mailbox(self, link: Link, domain: str) -> Mailbox:
        """Make a mailbox."""
        self.made.append(domain)
        await self._work()
        number = len(self.made)
        return Mailbox(f"box{number}@{self.gives or domain}", f"{link.name}-box-{number}")

    async def letters(self, link: Link, identifier: str) -> list[dict[str, Any]]:
        """Read a mailbox."""
        self.opened.append(identifier)
        await self._work()
        return [{"mailbox": identifier, "number": len(self.opened)}, *self.messages]

    async def until_asked(self, times: int) -> None:
        """Wait until this many songs and mailboxes were asked for."""
        while len(self.sung) + len(self.made) < times:
            self.asked.clear()
            await self.asked.wait()

    async def _work(self) -> None:
        self.asked.set()
        await self.gate.wait()
        if self.faults:
            raise self.faults.popleft()


def put_to_work(house: House, name: str = "first") -> Workshop:
    """Let an upstream of the house be a workshop."""
    known: Any = house.inner.router.upstreams
    known[name] = Connected(workshop := Workshop(), known[name].link)
    return workshop
