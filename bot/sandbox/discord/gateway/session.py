"""One session of the bot: what it asked to hear, and what it has been told so far."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum

KEPT = 2_000


class Op(IntEnum):
    """The Gateway's opcodes."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    ACK = 11
    SOUNDBOARD = 31


class Close(IntEnum):
    """The Gateway's close codes."""

    UNKNOWN = 4000
    UNKNOWN_OP = 4001
    DECODE = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    INVALID_SEQUENCE = 4007
    RATE_LIMITED = 4008
    TIMED_OUT = 4009
    INVALID_SHARD = 4010
    INVALID_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


class Hangup(Exception):
    """The server closes the socket with this code."""

    def __init__(self, code: int, reason: str = "") -> None:
        self.code, self.reason = code, reason
        super().__init__(f"{code} {reason}")


@dataclass(slots=True)
class Line:
    """What waits to be written to one socket."""

    waiting: asyncio.Queue[bytes | Hangup] = field(default_factory=asyncio.Queue)

    def write(self, frame: bytes) -> None:
        """Send one frame."""
        self.waiting.put_nowait(frame)

    def hang_up(self, code: int, reason: str = "") -> None:
        """Close once everything before has been written."""
        self.waiting.put_nowait(Hangup(code, reason))


@dataclass(slots=True)
class Session:
    """One shard of the bot, connected or waiting to be resumed."""

    id: str
    shard: int
    shards: int
    intents: int
    seq: int = 0
    line: Line | None = None
    left_at: float | None = None
    told: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def covers(self, guild_id: int | None) -> bool:
        """Tell whether a guild's events are this shard's; direct messages are shard 0's."""
        return ((guild_id or 0) >> 22) % self.shards == self.shard

    def tell(self, name: str, data: bytes) -> None:
        """Send a numbered event, or keep it for a resume."""
        self.seq += 1
        frame = b'{"op":0,"s":%d,"t":"%s","d":%s}' % (self.seq, name.encode(), data)
        self.told.append((self.seq, frame))
        if self.line is not None:
            self.line.write(frame)

    def missed(self, seq: int) -> list[bytes] | None:
        """List what came after a number; None where that is no longer known."""
        if self.told and self.told[0][0] > seq + 1:
            return None
        return [frame for number, frame in self.told if number > seq]
