"""The Gateway's WebSocket: hello, identify or resume, heartbeats, and the events."""

import asyncio
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from bot.sandbox.discord.gateway.hub import Hub
from bot.sandbox.discord.gateway.session import Close, Hangup, Line, Op, Session

HEARTBEAT_SECONDS = 41.25
ACK_SECONDS = (
    0.02  # a client notes when it sent a heartbeat only after it has: no real ACK overtakes
)
MOST_BYTES = 4096
MOST_SENDS, SENDS_SECONDS = 120, 60.0
IGNORED = (Op.PRESENCE, Op.VOICE, Op.SOUNDBOARD)


@dataclass
class Connection:
    """One socket of the bot."""

    hub: Hub
    socket: WebSocket
    line: Line = field(default_factory=Line)
    session: Session | None = None
    sends: deque[float] = field(default_factory=deque)

    async def run(self) -> None:
        """Serve the socket until either side leaves."""
        if self.hub.deaf:
            self.hub.deaf -= 1
            await self.socket.close()
            return
        await self.socket.accept()
        self._say(Op.HELLO, {"heartbeat_interval": int(HEARTBEAT_SECONDS * 1000), "_trace": []})
        writing = asyncio.create_task(self._write())
        try:
            code = await self._read()
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
        if self.session is not None:
            self.hub.left(self.session, self.line, code)

    async def _read(self) -> int:
        """Take what the client sends until it leaves; the close code it or we left with."""
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS * 2):
                    text = await self._frame()
                self._take(text)
            except WebSocketDisconnect as gone:
                return gone.code
            except TimeoutError:
                self.line.hang_up(Close.TIMED_OUT, "Session timed out.")
            except Hangup as hangup:
                self.line.hang_up(hangup.code, hangup.reason)

    async def _frame(self) -> bytes:
        message = await self.socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code") or 1006)
        text = message.get("text")
        return text.encode() if text is not None else message.get("bytes") or b""

    async def _write(self) -> None:
        query = self.socket.query_params.get("compress")
        stream = zlib.compressobj() if query == "zlib-stream" else None
        while True:
            frame = await self.line.waiting.get()
            if isinstance(frame, Hangup):
                if self.socket.application_state is WebSocketState.CONNECTED:
                    await self.socket.close(frame.code, frame.reason)
            elif stream is None:
                await self.socket.send_text(frame.decode())
            else:
                packed = stream.compress(frame) + stream.flush(zlib.Z_SYNC_FLUSH)
                await self.socket.send_bytes(packed)

    def _take(self, text: bytes) -> None:
        self._count()
        try:
            payload = orjson.loads(text)
            op, data = payload["op"], payload.get("d")
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise Hangup(Close.DECODE, "Error while decoding payload.") from None
        if len(text) > MOST_BYTES:
            raise Hangup(Close.DECODE, "Error while decoding payload.")
        match op:
            case Op.HEARTBEAT:
                asyncio.get_running_loop().call_later(ACK_SECONDS, self._say, Op.ACK, None)
            case Op.IDENTIFY:
                self._identify(data)
            case Op.RESUME:
                self._resume(data)
            case Op.REQUEST_MEMBERS:
                self.hub.members(self._known(), data)
            case _ if op in IGNORED:
                self._known()
            case _:
                raise Hangup(Close.UNKNOWN_OP, "Unknown opcode.")

    def _identify(self, data: dict[str, Any]) -> None:
        if self.session is not None:
            raise Hangup(Close.ALREADY_AUTHENTICATED, "Already authenticated.")
        self.session = self.hub.identify(data, self.line)

    def _resume(self, data: dict[str, Any]) -> None:
        if self.session is not None:
            raise Hangup(Close.ALREADY_AUTHENTICATED, "Already authenticated.")
        self.session = self.hub.resume(data, self.line)
        if self.session is None:
            self._say(Op.INVALID_SESSION, data=False)

    def _known(self) -> Session:
        if self.session is None:
            raise Hangup(Close.NOT_AUTHENTICATED, "Not authenticated.")
        return self.session

    def _count(self) -> None:
        now = asyncio.get_running_loop().time()
        while self.sends and self.sends[0] < now - SENDS_SECONDS:
            self.sends.popleft()
        self.sends.append(now)
        if len(self.sends) > MOST_SENDS:
            raise Hangup(Close.RATE_LIMITED, "You are being rate limited.")

    def _say(self, op: Op, data: object) -> None:
        self.line.write(orjson.dumps({"op": op, "d": data, "s": None, "t": None}))
