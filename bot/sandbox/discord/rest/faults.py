"""What goes wrong on purpose: the next calls of a kind are refused, held or cut."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.discord.rest.call import Request


@dataclass(slots=True)
class Fault:
    """One thing to go wrong with the next `times` calls that match."""

    method: str
    path: re.Pattern[str]
    times: int
    status: int = 0
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    gate: asyncio.Event | None = None
    cut: bool = False

    def meets(self, call: Request) -> bool:
        """Tell whether a call is one of those it is meant for."""
        method = self.method in {"*", call.method}
        return self.times > 0 and method and bool(self.path.search(call.path))


@dataclass
class Faults:
    """The faults that wait for a call; `path` is a regular expression searched in the path."""

    waiting: list[Fault] = field(default_factory=list)

    def refuse(
        self,
        method: str,
        path: str,
        status: int,
        *,
        times: int = 1,
        code: int = 0,
        message: str = "Refused on purpose",
    ) -> None:
        """Answer with an error in Discord's shape."""
        body = {"message": message, "code": code}
        self._add(method, path, times, status=status, body=body)

    def garble(self, method: str, path: str, status: int = 502, *, times: int = 1) -> None:
        """Answer with a page of HTML, as a proxy in front of Discord does."""
        html = "<html><body><h1>502 Bad Gateway</h1></body></html>"
        self._add(method, path, times, status=status, body=html, content_type="text/html")

    def limit(
        self,
        method: str,
        path: str,
        *,
        retry_after: float = 0.1,
        times: int = 1,
        via: bool = True,
        everywhere: bool = False,
        code: int = 0,
    ) -> None:
        """Answer 429, to be tried again after so many seconds; without Via it is a ban."""
        message = "You are being rate limited."
        body: dict[str, Any] = {"message": message, "retry_after": retry_after}
        body |= {"global": everywhere, "code": code}
        headers = {"Retry-After": str(retry_after), "X-RateLimit-Scope": "user"}
        if everywhere:
            headers |= {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
        if via:
            headers["Via"] = "1.1 loopback"
        self._add(method, path, times, status=429, body=body, headers=headers)

    def cut(self, method: str, path: str, *, times: int = 1) -> None:
        """Close the connection without an answer."""
        self._add(method, path, times, cut=True)

    def hold(self, method: str, path: str, *, times: int = 1) -> asyncio.Event:
        """Answer only once the event is set."""
        gate = asyncio.Event()
        self._add(method, path, times, gate=gate)
        return gate

    def clear(self) -> None:
        """Let everything go right again."""
        self.waiting.clear()

    def take(self, call: Request) -> Fault | None:
        """Find the fault meant for a call, and count it."""
        for fault in self.waiting:
            if fault.meets(call):
                fault.times -= 1
                if not fault.times:
                    self.waiting.remove(fault)
                return fault
        return None

    def _add(self, method: str, path: str, times: int, **what: Any) -> None:
        self.waiting.append(Fault(method.upper(), re.compile(path), times, **what))
