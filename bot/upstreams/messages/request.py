"""A Messages body as a chat body, for upstreams that speak OpenAI's alone; pure."""

from typing import Any, NamedTuple

import orjson

from bot.core.errors import Invalid
from bot.upstreams.messages.content import Parts, document, heads, picture, search_result, text_of

SAME = ("model", "max_tokens", "temperature", "top_p", "stream")
ELSEWHERE = ("mcp_servers", "container")  # what runs at Anthropic's, and in no chat
EFFORTS = {"low": "low", "medium": "medium", "high": "high", "xhigh": "high", "max": "high"}
BUDGETS = ((4_096, "low"), (16_384, "medium"))  # tokens of thinking below which an effort is enough
CHOICES = ("auto", "any", "tool", "none")
SHOWN = "(shown below)"
NO_INPUT = {"type": "object", "properties": {}}
LEAST_BUDGET = 1_024  # tokens of thinking, as Anthropic's API has it


_NUMBER: tuple[type, ...] = (int, float)
_KINDS = {
    "thinking": ((dict,), "an object"),
    "metadata": ((dict,), "an object"),
    "tools": ((list,), "a list of tools"),
    "tool_choice": ((dict,), "an object with a type"),
    "stop_sequences": ((list,), "a list of texts"),
    "temperature": (_NUMBER, "a number"),
    "top_p": (_NUMBER, "a number"),
}


class AsChat(NamedTuple):
    """A Messages body as a chat; `alien` names what no chat can carry and stays as it came."""

    body: dict[str, Any]
    alien: tuple[str, ...]


class InvalidBlock(Invalid):
    """A part of a Messages body is not what it has to be; `param` says where it stands."""

    message_id = "invalid_field"

    def __init__(self, param: str, expected: str) -> None:
        """Name the part and what it must be."""
        super().__init__(param=param, expected=expected)


def as_chat(body: dict[str, Any]) -> AsChat:
    """Translate a body whose `messages` are a list of objects with role and content."""
    _check(body)
    alien = [name for name in ELSEWHERE if body.get(name)]
    messages: list[dict[str, Any]] = []
    if system := _blocks(body.get("system"), "system"):
        messages.append({"role": "system", "content": text_of(_parts(system, "system", alien))})
    for number, message in enumerate(body["messages"]):
        messages += _turn(message, f"messages[{number}]", alien)
    chat = {name: body[name] for name in SAME if body.get(name) is not None}
    chat |= {"messages": messages, **_tools(body, alien), **_manners(body)}
    return AsChat(chat, tuple(dict.fromkeys(alien)))


def _check(body: dict[str, Any]) -> None:
    """Refuse fields that are of another type than they have to be."""
    for name, (kinds, expected) in _KINDS.items():
        # Exact types: true is no number.
        if (value := body.get(name)) is not None and type(value) not in kinds:
            raise InvalidBlock(name, expected)
    if not all(isinstance(stop, str) for stop in body.get("stop_sequences") or ()):
        raise InvalidBlock("stop_sequences", "a list of texts")
    if not isinstance((body.get("metadata") or {}).get("user_id"), str | None):
        raise InvalidBlock("metadata.user_id", "a text")
    if (choice := body.get("tool_choice")) is not None and choice.get("type") not in CHOICES:
        raise InvalidBlock("tool_choice.type", f"one of: {', '.join(CHOICES)}")


def as_sent(body: dict[str, Any], cap: int) -> dict[str, Any]:
    """Return the body for an upstream that speaks Messages: untouched but for what must fit.

    A budget for thinking has to be below the cap, and a thought that no signature vouches for
    (one of a chat's model) would be refused.
    """
    sent = {**body, "max_tokens": cap}
    thinking = body.get("thinking") or {}
    budget = thinking.get("budget_tokens")
    if isinstance(budget, int) and cap <= budget < body["max_tokens"]:
        fits = cap > LEAST_BUDGET
        sent["thinking"] = {**thinking, "budget_tokens": cap - 1} if fits else {"type": "disabled"}
    if any(_unsigned(block) for turn in body["messages"] for block in _listed(turn)):
        sent["messages"] = [_signed(turn) for turn in body["messages"]]
    return sent


def _listed(turn: dict[str, Any]) -> list[Any]:
    content = turn.get("content")
    return content if isinstance(content, list) else []


def _unsigned(block: dict[str, Any]) -> bool:
    return block["type"] == "thinking" and not block.get("signature")


def _signed(turn: dict[str, Any]) -> dict[str, Any]:
    kept = [block for block in _listed(turn) if not _unsigned(block)]
    return turn if len(kept) == len(_listed(turn)) else {**turn, "content": kept}


def _turn(message: dict[str, Any], at: str, alien: list[str]) -> list[dict[str, Any]]:
    """Translate one turn; a user's may hold several tools' results, a message each."""
    blocks = _blocks(message.get("content"), f"{at}.content")
    match message["role"]:
        case "assistant":
            return [_assistant(blocks, f"{at}.content", alien)]
        case "user" | "system" as role:
            return _user(role, blocks, f"{at}.content", alien)
        case _:
            raise InvalidBlock(f"{at}.role", '"user" or "assistant"')


def _user(role: str, blocks: list[Any], at: str, alien: list[str]) -> list[dict[str, Any]]:
    # A chat wants the results right behind the calls, whatever else the turn says.
    results: list[dict[str, Any]] = []
    parts: Parts = []
    for number, block in enumerate(blocks):
        where = f"{at}[{number}]"
        if block["type"] == "tool_result":
            result, shown = _result(block, where, alien)
            results.append(result)
            parts += shown
        else:
            parts += _part(block, where, alien)
    if not parts and results:
        return results
    return [*results, {"role": role, "content": _content(parts)}]


def _result(block: dict[str, Any], at: str, alien: list[str]) -> tuple[dict[str, Any], Parts]:
    """Translate a tool's result; what of it is no text is shown in the turn that follows."""
    name = _text(block, "tool_use_id", at)
    parts = _parts(_blocks(block.get("content"), f"{at}.content"), f"{at}.content", alien)
    shown: Parts = [part for part in parts if part["type"] != "text"]
    told = text_of(parts) or (SHOWN if shown else "")
    content = f"Error: {told}" if block.get("is_error") else told
    if shown:
        shown.insert(0, {"type": "text", "text": f"What tool call {name} showed:"})
    return {"role": "tool", "tool_call_id": name, "content": content}, shown


def _assistant(blocks: list[Any], at: str, alien: list[str]) -> dict[str, Any]:
    parts: Parts = []
    calls = []
    for number, block in enumerate(blocks):
        where = f"{at}[{number}]"
        if block["type"] == "tool_use":
            calls.append(_call(block, where))
        else:
            parts += _part(block, where, alien)
    content = _content(parts) if parts or not calls else None
    return {"role": "assistant", "content": content} | ({"tool_calls": calls} if calls else {})


def _call(block: dict[str, Any], at: str) -> dict[str, Any]:
    arguments = orjson.dumps(block.get("input") or {}).decode()
    function = {"name": _text(block, "name", at), "arguments": arguments}
    return {"id": _text(block, "id", at), "type": "function", "function": function}


def _parts(blocks: list[Any], at: str, alien: list[str]) -> Parts:
    found = (_part(block, f"{at}[{n}]", alien) for n, block in enumerate(blocks))
    return [part for parts in found for part in parts]


def _part(block: dict[str, Any], at: str, alien: list[str]) -> Parts:
    """Translate a block into parts of a chat's message; an alien one stays as it is."""
    match block["type"]:
        case "text":
            return [{"type": "text", "text": _text(block, "text", at)}]
        case "thinking" | "redacted_thinking":
            return []  # a chat's model does not take its thoughts back
        case "image" if (found := picture(_source(block, at))) is not None:
            return [found]
        case "document" if (read := document(block, _source(block, at))) is not None:
            return read
        case "document" if isinstance(inner := block["source"].get("content"), str | list):
            where = f"{at}.source.content"
            return [*heads(block), *_parts(_blocks(inner, where), where, alien)]
        case "search_result":
            return search_result(block)
        case kind:
            alien.append(kind)
            return [block]


def _content(parts: Parts) -> str | Parts:
    """Return parts as content: texts alone as one text, which every upstream takes."""
    return text_of(parts) if all(part["type"] == "text" for part in parts) else parts


def _blocks(content: Any, at: str) -> list[Any]:
    """Return content as blocks; a plain text is one."""
    if content is None:
        return []
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if not isinstance(content, list):
        raise InvalidBlock(at, "a text or a list of content blocks")
    for number, block in enumerate(content):
        if not isinstance(block, dict) or not isinstance(block.get("type"), str):
            raise InvalidBlock(f"{at}[{number}]", "a content block: an object with a type")
    return content


def _text(block: dict[str, Any], name: str, at: str) -> str:
    if not isinstance(value := block.get(name), str):
        raise InvalidBlock(f"{at}.{name}", "a text")
    return value


def _source(block: dict[str, Any], at: str) -> dict[str, Any]:
    if not isinstance(source := block.get("source"), dict):
        raise InvalidBlock(f"{at}.source", "an object with a type")
    return source


def _tools(body: dict[str, Any], alien: list[str]) -> dict[str, Any]:
    if not (tools := body.get("tools")):
        return {}
    return {"tools": [_tool(one, n, alien) for n, one in enumerate(tools)], **_choice(body)}


def _tool(tool: Any, number: int, alien: list[str]) -> dict[str, Any]:
    if not isinstance(tool, dict):
        raise InvalidBlock(f"tools[{number}]", "an object with a name and an input_schema")
    if (kind := tool.get("type")) not in (None, "custom"):  # Anthropic knows what it takes, alone
        alien.append(str(kind))
        return tool
    function = {"name": _text(tool, "name", f"tools[{number}]")}
    function |= {name: tool[name] for name in ("description", "strict") if name in tool}
    return {"type": "function", "function": {**function, "parameters": _schema(tool)}}


def _schema(tool: dict[str, Any]) -> dict[str, Any]:
    return tool.get("input_schema") or NO_INPUT


def _choice(body: dict[str, Any]) -> dict[str, Any]:
    if not (choice := body.get("tool_choice")):
        return {}
    match choice.get("type"):
        case "auto" | "none" as same:
            chosen: Any = same
        case "any":
            chosen = "required"
        case _:
            name = _text(choice, "name", "tool_choice")
            chosen = {"type": "function", "function": {"name": name}}
    one = {"parallel_tool_calls": False} if choice.get("disable_parallel_tool_use") else {}
    return {"tool_choice": chosen, **one}


def _manners(body: dict[str, Any]) -> dict[str, Any]:
    """Translate how the answer is to be made, beside what it is to answer."""
    made: dict[str, Any] = {}
    if stops := body.get("stop_sequences"):
        made["stop"] = stops
    if about := (body.get("metadata") or {}).get("user_id"):
        made["user"] = about
    wanted = body.get("output_config")
    wanted = wanted if isinstance(wanted, dict) else {}
    if effort := EFFORTS.get(str(wanted.get("effort"))) or _effort(body.get("thinking")):
        made["reasoning_effort"] = effort
    shape = wanted.get("format") or body.get("output_format")
    if isinstance(shape, dict) and isinstance(schema := shape.get("schema"), dict):
        named = {"name": "answer", "schema": schema, "strict": True}
        made["response_format"] = {"type": "json_schema", "json_schema": named}
    return made


def _effort(thinking: Any) -> str | None:
    """Return the effort that a budget for thinking comes to; without a budget, the model's own."""
    budget = thinking.get("budget_tokens") if thinking else None
    if not isinstance(budget, int):
        return None
    return next((effort for least, effort in BUDGETS if budget < least), "high")
