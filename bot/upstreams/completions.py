"""A chat.completion that came whole: what of it is an answer, also where a stream was asked for."""

from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from bot.upstreams.chunks import EXCUSES, has_content
from bot.upstreams.dialect import Chunk, Completion, Usage
from bot.upstreams.failures import Empty


def completed(answer: dict[str, Any]) -> Completion:
    """Return an upstream's JSON object as a completion; one without an answer in it is Empty."""
    if not (isinstance(choices := answer.get("choices"), list) and choices):
        raise Empty
    delivered = any(map(_delivers, choices))
    if not delivered and not any(map(_excused, choices)):
        raise Empty
    return Completion(answer, Usage.read(answer.get("usage"), delivered=delivered))


class Spelled:
    """Iterates over a whole completion as if it had come in chunks: content, finish, usage."""

    __slots__ = ("ahead",)

    def __init__(self, completion: Completion) -> None:
        body = {**completion.body, "object": "chat.completion.chunk"}
        choices = [choice for choice in body.pop("choices") if isinstance(choice, dict)]
        usage = body.pop("usage", None)
        said = {**body, "choices": [_begun(choice) for choice in choices]}
        ended = {**body, "choices": [_finished(choice) for choice in choices]}
        content = any(map(_delivers, choices))
        self.ahead: deque[Chunk] = deque()  # all of it has come
        self.ahead.append(Chunk(said, None, content, finish=False))
        self.ahead.append(Chunk(ended, None, content=False, finish=True))
        if completion.usage is not None:
            told = {**body, "choices": [], "usage": usage}
            self.ahead.append(Chunk(told, completion.usage, content=False, finish=False))

    def __aiter__(self) -> AsyncIterator[Chunk]:
        return self

    async def __anext__(self) -> Chunk:
        if not self.ahead:
            raise StopAsyncIteration
        return self.ahead.popleft()


def _begun(choice: dict[str, Any]) -> dict[str, Any]:
    delta = choice.get("message")
    delta = dict(delta) if isinstance(delta, dict) else {}
    if isinstance(calls := delta.get("tool_calls"), list):
        delta["tool_calls"] = [
            {"index": at, **call} for at, call in enumerate(calls) if isinstance(call, dict)
        ]
    rest = {name: value for name, value in choice.items() if name != "message"}
    return {"index": 0, **rest, "delta": delta, "finish_reason": None}


def _finished(choice: dict[str, Any]) -> dict[str, Any]:
    reason = choice.get("finish_reason") or "stop"
    return {"index": choice.get("index", 0), "delta": {}, "finish_reason": reason}


def _delivers(choice: Any) -> bool:
    message = choice.get("message") if isinstance(choice, dict) else None
    return isinstance(message, dict) and has_content(message)


def _excused(choice: Any) -> bool:
    """Say whether a choice is an answer without content: a finish explains its absence."""
    if not isinstance(choice, dict) or not isinstance(choice.get("message"), dict):
        return False
    return choice.get("finish_reason") in EXCUSES
