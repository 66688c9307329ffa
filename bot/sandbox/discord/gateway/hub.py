"""All sessions of the bot: who is told what, and how a test makes the Gateway misbehave."""

import secrets
from dataclasses import dataclass, field
from typing import Any

import orjson

from bot.sandbox.discord import secrecy
from bot.sandbox.discord.gateway.session import Close, Hangup, Line, Op, Session
from bot.sandbox.discord.shapes import LARGE_GUILD
from bot.sandbox.discord.world import THREADS, Event, World

GUILDS, GUILD_MEMBERS, PRESENCES, CONTENT = 1 << 0, 1 << 1, 1 << 8, 1 << 15
ALL_INTENTS = (1 << 26) - 1
GRANTED_BY = {
    PRESENCES: (1 << 12, 1 << 13),
    GUILD_MEMBERS: (1 << 14, 1 << 15),
    CONTENT: (1 << 18, 1 << 19),
}
RESUMABLE_SECONDS = 120.0
MESSAGE_EVENTS = ("MESSAGE_CREATE", "MESSAGE_UPDATE")


@dataclass
class Hub:
    """The sessions, told of every event in the world that concerns them."""

    world: World
    token: str
    url: str = ""  # ws://host:port/gateway once it is served
    shards: int = 1  # how many GET /gateway/bot recommends
    deaf: int = 0  # how many of the next connections are refused
    identified: int = 0
    sessions: dict[str, Session] = field(default_factory=dict)

    def dispatch(self, event: Event) -> None:
        """Tell an event to every session that it concerns."""
        whole = orjson.dumps(event.data)
        for session in tuple(self.sessions.values()):
            if session.covers(event.guild_id) and _wants(session, event):
                secret = event.name in MESSAGE_EVENTS and not session.intents & CONTENT
                session.tell(event.name, self._shown(event.data) if secret else whole)

    def identify(self, asked: dict[str, Any], line: Line) -> Session:
        """Begin a session, or hang up as Discord does."""
        if asked.get("token", "").removeprefix("Bot ") != self.token:
            raise Hangup(Close.AUTHENTICATION_FAILED, "Authentication failed.")
        intents = asked.get("intents")
        if not isinstance(intents, int) or intents & ~ALL_INTENTS:
            raise Hangup(Close.INVALID_INTENTS, "Invalid intent(s).")
        self._refuse_privileged(intents)
        shard, shards = asked.get("shard") or (0, 1)
        if not 0 <= shard < shards:
            raise Hangup(Close.INVALID_SHARD, "Invalid shard.")
        self._forget_the_lost()
        session = Session(secrets.token_hex(16), shard, shards, intents, line=line)
        self.sessions[session.id] = session
        self.identified += 1
        self._welcome(session)
        return session

    def resume(self, asked: dict[str, Any], line: Line) -> Session | None:
        """Go on with a session; None where it is lost."""
        if asked.get("token", "").removeprefix("Bot ") != self.token:
            raise Hangup(Close.AUTHENTICATION_FAILED, "Authentication failed.")
        self._forget_the_lost()
        session = self.sessions.get(str(asked.get("session_id")))
        if session is None:
            return None
        seq = int(asked.get("seq") or 0)
        if seq > session.seq:
            raise Hangup(Close.INVALID_SEQUENCE, "Invalid seq.")
        missed = session.missed(seq)
        if missed is None:
            return None
        if session.line is not None:
            session.line.hang_up(Close.UNKNOWN, "Resumed elsewhere.")
        session.line, session.left_at = line, None
        for frame in missed:
            line.write(frame)
        session.tell("RESUMED", b'{"_trace":[]}')
        return session

    def left(self, session: Session, line: Line, code: int) -> None:
        """Note that a socket has gone; 1000 and 1001 end the session."""
        if session.line is not line:
            return
        if code in {1000, 1001}:
            self.sessions.pop(session.id, None)
        else:
            session.line, session.left_at = None, self.world.now()

    def drop(self, *, resumable: bool = True, code: int = Close.UNKNOWN) -> None:
        """Cut every connection, as a network does; not resumable: sessions are lost too."""
        for session in self._connected():
            if not resumable:
                del self.sessions[session.id]
            assert session.line is not None
            session.line.hang_up(code)

    def reconnect(self) -> None:
        """Ask every client to connect again and resume."""
        self._say(Op.RECONNECT, None)

    def invalidate(self, *, resumable: bool) -> None:
        """Tell every client that its session is invalid."""
        self._say(Op.INVALID_SESSION, resumable)
        for session in self._connected():
            if not resumable:
                del self.sessions[session.id]

    def members(self, session: Session, asked: dict[str, Any]) -> None:
        """Answer a request for members of a guild."""
        guild_id = int(asked["guild_id"])
        wanted = asked.get("user_ids")
        query, limit = str(asked.get("query") or "").lower(), int(asked.get("limit") or 0)
        ids = {int(each) for each in wanted} if isinstance(wanted, list) else None
        ids = {int(wanted)} if isinstance(wanted, str | int) else ids
        found = [
            member
            for key, member in self.world.members.get(guild_id, {}).items()
            if (key in ids if ids is not None else member["user"]["username"].startswith(query))
        ]
        chunk = {
            "guild_id": str(guild_id),
            "members": found[: limit or None],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [
                str(key) for key in (ids or set()) if key not in self.world.members[guild_id]
            ],
        }
        if asked.get("nonce"):
            chunk["nonce"] = asked["nonce"]
        session.tell("GUILD_MEMBERS_CHUNK", orjson.dumps(chunk))

    def _connected(self) -> list[Session]:
        return [session for session in self.sessions.values() if session.line is not None]

    def _say(self, op: Op, data: object) -> None:
        for session in self._connected():
            assert session.line is not None
            session.line.write(orjson.dumps({"op": op, "d": data, "s": None, "t": None}))

    def _refuse_privileged(self, intents: int) -> None:
        flags = self.world.application["flags"]
        for intent, granting in GRANTED_BY.items():
            if intents & intent and not any(flags & flag for flag in granting):
                raise Hangup(Close.DISALLOWED_INTENTS, "Disallowed intent(s).")

    def _forget_the_lost(self) -> None:
        now = self.world.now()
        for session in tuple(self.sessions.values()):
            if session.left_at is not None and now - session.left_at > RESUMABLE_SECONDS:
                del self.sessions[session.id]

    def _welcome(self, session: Session) -> None:
        guilds = [key for key in self.world.guilds if session.covers(key)]
        bot = self.world.user(self.world.bot_id)
        own = {"verified": True, "mfa_enabled": False, "email": None, "locale": "en-US"}
        ready = {
            "v": 10,
            "user": bot | own,
            "guilds": [{"id": str(key), "unavailable": True} for key in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "session_type": "normal",
            "shard": [session.shard, session.shards],
            "application": {key: self.world.application[key] for key in ("id", "flags")},
            "private_channels": [],
            "relationships": [],
            "user_settings": {},
            "_trace": [],
        }
        session.tell("READY", orjson.dumps(ready))
        if session.intents & GUILDS:
            for key in guilds:
                session.tell("GUILD_CREATE", orjson.dumps(self._whole_guild(key, session)))

    def _whole_guild(self, guild_id: int, session: Session) -> dict[str, Any]:
        members = self.world.members[guild_id]
        shown = (
            members
            if session.intents & PRESENCES
            else {self.world.bot_id: members[self.world.bot_id]}
        )
        channels = [c for c in self.world.channels.values() if c.get("guild_id") == str(guild_id)]
        return self.world.guilds[guild_id] | {
            "joined_at": members[self.world.bot_id]["joined_at"],
            "large": len(members) > LARGE_GUILD,
            "unavailable": False,
            "member_count": len(members),
            "members": list(shown.values()),
            "channels": [each for each in channels if each["type"] not in THREADS],
            "threads": [each for each in channels if each["type"] in THREADS],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def _shown(self, message: dict[str, Any]) -> bytes:
        in_guild = "guild_id" in message
        return orjson.dumps(secrecy.shown(message, self.world.bot_id, in_guild=in_guild))


def _wants(session: Session, event: Event) -> bool:
    return not event.intent or bool(session.intents & event.intent)
