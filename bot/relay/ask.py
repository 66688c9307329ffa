"""What a caller asks for; only what we use is looked at, the rest passes through untouched."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from bot.relay.errors import InvalidField
from bot.upstreams.dialect import NO_HEADERS

MOST_CHOICES = 8
MOST_CAP = 1_000_000_000
ROLES = ("user", "assistant", "system", "developer", "tool", "function")
TURNS = ("user", "assistant", "system")  # of Anthropic's


class ChatAsk(NamedTuple):
    """A chat body as the caller sent it, and when; `endpoint` is what its record will say."""

    endpoint: str
    body: dict[str, Any]
    request_id: str
    arrived: datetime
    headers: Mapping[str, str] = (
        NO_HEADERS  # of Anthropic's: which version of Messages, which betas
    )


class Wish(NamedTuple):
    """The fields of a chat body that we use."""

    model: str
    messages: list[dict[str, Any]]
    choices: int
    cap: int | None  # completion tokens per choice, where the caller gives a cap
    usage: bool  # whether a stream's caller wants the usage chunk


def read(body: dict[str, Any]) -> Wish:
    """Read the fields we use, or say which of them is not what it has to be."""
    model = _model(body)
    cap = _whole(body, "max_completion_tokens", MOST_CAP)
    least = _whole(body, "max_tokens", MOST_CAP)
    return Wish(
        model=model,
        messages=_messages(body.get("messages"), ROLES),
        choices=_whole(body, "n", MOST_CHOICES) or 1,
        cap=least if cap is None else cap,
        usage=_wants_usage(body.get("stream_options")),
    )


def read_message(body: dict[str, Any], *, capped: bool) -> tuple[str, int | None]:
    """Read the model and the cap of a Messages body; its messages are a list of turns then."""
    model = _model(body)
    _messages(body.get("messages"), TURNS)
    if (cap := _whole(body, "max_tokens", MOST_CAP)) is None and capped:
        raise InvalidField("max_tokens", f"a whole number from 1 to {MOST_CAP:,}")
    return model, cap


def _model(body: dict[str, Any]) -> str:
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise InvalidField("model", "the id of a model, as GET /v1/models lists them")
    if not isinstance(body.get("stream"), bool | None):
        raise InvalidField("stream", "true or false")
    return model


def _whole(body: dict[str, Any], field: str, most: int) -> int | None:
    value = body.get(field)
    # Exact types: true is no number, and 2.0 would not be one for every upstream.
    if value is None or (type(value) is int and 1 <= value <= most):
        return value
    raise InvalidField(field, f"a whole number from 1 to {most:,}")


def _messages(value: Any, roles: tuple[str, ...]) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not value:
        raise InvalidField("messages", "a list with at least one message")
    for at, message in enumerate(value):
        if not isinstance(message, dict):
            raise InvalidField(f"messages[{at}]", "an object with a role and content")
        if message.get("role") not in roles:
            raise InvalidField(f"messages[{at}].role", f"one of: {', '.join(roles)}")
        if not isinstance(message.get("content"), str | list | None):
            raise InvalidField(f"messages[{at}].content", "a text or a list of parts")
    return value


def _wants_usage(options: Any) -> bool:
    if options is None:
        return False
    if not isinstance(options, dict):
        raise InvalidField("stream_options", "an object")
    wanted = options.get("include_usage")
    if not isinstance(wanted, bool | None):
        raise InvalidField("stream_options.include_usage", "true or false")
    return bool(wanted)
