"""What the choices of a chat's chunk say, whatever upstream said it; pure."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from bot.api.responses.fields import Fields


class Delta(NamedTuple):
    """One choice's news: words of three sorts, calls, and how it finished."""

    reasoning: str
    text: str
    refusal: str
    logprobs: list[Any]
    calls: list["CallDelta"]
    finish: str | None


class CallDelta(NamedTuple):
    """A piece of a call; `key` tells calls apart, None: the latest one."""

    key: int | None
    id: str
    name: str
    arguments: str


def deltas(chunk: Fields) -> Iterator[Delta]:
    """Yield the news in a chunk; only the first choice was asked for."""
    choices = chunk.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if not isinstance(choice, dict) or choice.get("index"):
            continue
        said = choice.get("delta")
        said = said if isinstance(said, dict) else {}
        finish = choice.get("finish_reason")
        yield Delta(
            reasoning=_text(said.get("reasoning_content")) or _text(said.get("reasoning")),
            text=_text(said.get("content")),
            refusal=_text(said.get("refusal")),
            logprobs=_logprobs(choice.get("logprobs")),
            calls=list(_calls(said)),
            finish=finish if isinstance(finish, str) else None,
        )


def as_chunk(completion: Fields) -> Fields:
    """Return a whole answer as if it were a stream's only chunk."""
    return completion | {"choices": [_as_delta(choice) for choice in completion["choices"]]}


def _as_delta(choice: Any) -> Any:
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        return choice
    calls = message.get("tool_calls")
    if isinstance(calls, list):
        numbered = [
            call | {"index": number} for number, call in enumerate(calls) if isinstance(call, dict)
        ]
        message = message | {"tool_calls": numbered}
    return choice | {"delta": message}


def _calls(said: Fields) -> Iterator[CallDelta]:
    calls = said.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict):
            index = call.get("index")
            yield _call(index if type(index) is int else None, call.get("id"), function)
    if isinstance(function := said.get("function_call"), dict):
        yield _call(0, None, function)


def _call(key: int | None, given: Any, function: Fields) -> CallDelta:
    arguments = function.get("arguments")
    if isinstance(arguments, dict | list):  # some upstreams send the object itself
        arguments = orjson.dumps(arguments).decode()
    return CallDelta(key, _text(given), _text(function.get("name")), _text(arguments))


def _text(value: Any) -> str:
    """Return a text, or the texts of a list of parts."""
    if isinstance(value, str):
        return value
    parts = value if isinstance(value, list) else ()
    texts = (part.get("text") for part in parts if isinstance(part, dict))
    return "".join(text for text in texts if isinstance(text, str))


def _logprobs(value: Any) -> list[Any]:
    found = value.get("content") if isinstance(value, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
