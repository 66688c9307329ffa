"""A Responses body as a chat's; pure."""

from typing import Any, NamedTuple

from bot.api.responses import fields
from bot.api.responses.errors import NoBackground, NothingStored
from bot.api.responses.fields import Fields
from bot.api.responses.items import messages
from bot.api.responses.tools import Tools, tools
from bot.relay.ask import MOST_CAP
from bot.relay.errors import InvalidField

WEB = "+web"
MOST_LOGPROBS = 20
MOST_METADATA = 16
NEEDS_MEMORY = ("previous_response_id", "conversation", "prompt")
NAMES = ("user", "safety_identifier", "prompt_cache_key")
# What a chat calls the same, and what callers send although only chats have it.
SAME = (
    *NAMES,
    "service_tier",
    "seed",
    "stop",
    "frequency_penalty",
    "presence_penalty",
)
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


class Translated(NamedTuple):
    """A chat body that asks the same, and what the answer repeats of the request."""

    chat: Fields
    echo: Fields
    streams: bool


def translated(body: Fields) -> Translated:
    """Translate a body, or say which of its fields cannot be."""
    _check(body)
    known = tools(body)
    model = fields.word(body, "model")
    streams = bool(fields.flag(body, "stream"))
    said = messages(body.get("input"))
    instructions = fields.maybe_text(body, "instructions")
    if instructions:
        said.insert(0, {"role": "system", "content": instructions})
    chat: Fields = {
        "model": f"{model}{WEB}" if known.web and not model.endswith(WEB) else model,
        "messages": said,
        **{name: body[name] for name in SAME if body.get(name) is not None},
        **_tools(known, fields.flag(body, "parallel_tool_calls")),
    }
    if streams:
        chat |= {"stream": True, "stream_options": {"include_usage": True}}
    echo = {"model": model, "instructions": instructions} | _echo_tools(body, known)
    for read in (_sampling, _format, _reasoning):
        more, told = read(body)
        chat |= more
        echo |= told
    return Translated(chat, echo | _echo_rest(body), streams)


def _check(body: Fields) -> None:
    """Refuse what would need a memory, or a later."""
    for name in NEEDS_MEMORY:
        if body.get(name) is not None:
            raise NothingStored(param=name)
    if fields.flag(body, "background"):
        raise NoBackground
    fields.flag(body, "store")


def _tools(known: Tools, parallel: bool | None) -> Fields:
    if not known.functions:  # a chat without tools may not speak of them
        return {}
    found: Fields = {"tools": known.functions}
    if known.choice is not None:
        found["tool_choice"] = known.choice
    if parallel is not None:
        found["parallel_tool_calls"] = parallel
    return found


def _sampling(body: Fields) -> tuple[Fields, Fields]:
    echo: Fields = {
        "max_output_tokens": fields.whole(body, "max_output_tokens", MOST_CAP),
        "temperature": fields.number(body, "temperature"),
        "top_p": fields.number(body, "top_p"),
        "top_logprobs": fields.whole(body, "top_logprobs", MOST_LOGPROBS, 0) or 0,
    }
    sent = {
        "max_completion_tokens": echo["max_output_tokens"],
        "temperature": echo["temperature"],
        "top_p": echo["top_p"],
    }
    chat = {name: value for name, value in sent.items() if value is not None}
    if echo["top_logprobs"] or "message.output_text.logprobs" in _included(body):
        chat |= {"logprobs": True, "top_logprobs": echo["top_logprobs"]}
    return chat, echo


def _included(body: Fields) -> list[Any]:
    include = [] if body.get("include") is None else body["include"]
    if isinstance(include, list) and all(isinstance(one, str) for one in include):
        return include
    raise InvalidField("include", "a list of texts")


def _format(body: Fields) -> tuple[Fields, Fields]:
    wanted = fields.table(body, "text") or {}
    form = fields.table(wanted, "format", "text.") or {"type": "text"}
    chat: Fields = {}
    match form.get("type"):
        case "text":
            pass
        case "json_object":
            chat["response_format"] = {"type": "json_object"}
        case "json_schema":
            chat["response_format"] = {"type": "json_schema", "json_schema": _schema(form)}
        case _:
            raise InvalidField("text.format.type", "text, json_schema or json_object")
    if (verbosity := fields.maybe_text(wanted, "verbosity", "text.")) is not None:
        chat["verbosity"] = verbosity
    return chat, {"text": {"format": form} | ({"verbosity": verbosity} if verbosity else {})}


def _schema(form: Fields) -> Fields:
    at = "text.format."
    schema: Fields = {"name": fields.word(form, "name", at)}
    if (shape := fields.table(form, "schema", at)) is None:
        raise InvalidField(f"{at}schema", "a JSON schema")
    schema["schema"] = shape
    if (words := fields.maybe_text(form, "description", at)) is not None:
        schema["description"] = words
    if (strict := fields.flag(form, "strict", at)) is not None:
        schema["strict"] = strict
    return schema


def _reasoning(body: Fields) -> tuple[Fields, Fields]:
    wanted = fields.table(body, "reasoning") or {}
    effort = fields.maybe_text(wanted, "effort", "reasoning.")
    if effort is not None and effort not in EFFORTS:
        raise InvalidField("reasoning.effort", ", ".join(EFFORTS))
    summary = fields.maybe_text(wanted, "summary", "reasoning.")
    chat = {"reasoning_effort": effort} if effort is not None else {}
    return chat, {"reasoning": {"effort": effort, "summary": summary}}


def _echo_tools(body: Fields, known: Tools) -> Fields:
    choice = body.get("tool_choice")
    parallel = fields.flag(body, "parallel_tool_calls")
    return {
        "tools": known.echoed,
        "tool_choice": "auto" if choice is None else choice,
        "parallel_tool_calls": True if parallel is None else parallel,
    }


def _echo_rest(body: Fields) -> Fields:
    metadata = fields.table(body, "metadata") or {}
    if len(metadata) > MOST_METADATA or not all(isinstance(v, str) for v in metadata.values()):
        raise InvalidField("metadata", f"an object of at most {MOST_METADATA} texts")
    return {
        "metadata": metadata,
        **{name: fields.maybe_text(body, name) for name in NAMES},
    }
