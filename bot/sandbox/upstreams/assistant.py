"""What the loopback assistant says: deterministic, and fitting enough to try things with."""

import json
import re
from dataclasses import dataclass
from typing import Any

from bot.sandbox.upstreams.looking import seen
from bot.sandbox.upstreams.repertoire import told

_PIECE = re.compile(r"\S+\s*|\s+")
_NAME = re.compile(r"\bmy name is (\w+)", re.IGNORECASE)
_PLACE = re.compile(r"\b(?:in|for|of|about) ([A-Z][\w\-]+)")
_ONWARD = re.compile(r"^\W*(?:go on|continue|keep going|продолж)", re.IGNORECASE)
_TAIL = 60  # characters that tell where in an answer it stopped


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: words, or a call of one of the caller's tools."""

    text: str
    tool: str | None = None
    arguments: str = ""

    @property
    def pieces(self) -> list[str]:
        """The words one by one, each with the space behind it; a piece is a token here."""
        return _PIECE.findall(self.text or self.arguments)


def text_of(message: Any) -> str:
    """Return a message's text; its other parts are named in brackets."""
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, dict)]
        return " ".join(str(part.get("text", f"[{part.get('type')}]")) for part in parts)
    return content if isinstance(content, str) else ""


def count(messages: list[Any]) -> int:
    """Count a prompt's tokens: its words, and three for each message around them."""
    return sum(len(text_of(message).split()) + 3 for message in messages)


def reply(body: dict[str, Any]) -> Said:
    """Answer a chat body."""
    messages = body["messages"]
    last = messages[-1] if isinstance(messages[-1], dict) else {}
    prompt = text_of(last)
    if last.get("role") == "tool":
        return Said(f"The tool says: {prompt}")
    if (called := _tool_call(body.get("tools"), prompt)) is not None:
        return called
    form = body.get("response_format") or {}
    if form.get("type") == "json_object":
        return Said(json.dumps({"answer": prompt}))
    if form.get("type") == "json_schema":
        return Said(json.dumps(_arguments(form["json_schema"].get("schema") or {}, prompt)))
    return Said(_onward(messages) or _words(last, messages[:-1]))


def _asked_before(messages: list[Any]) -> list[str]:
    """Return what the asker said in these; orders to go on are none of it."""
    texts = [text_of(m) for m in messages if isinstance(m, dict) and m.get("role") == "user"]
    return [text for text in texts if not _ONWARD.search(text)]


def _onward(messages: list[Any]) -> str | None:
    """Return the rest of the assistant's own last message, None where nobody asks for it."""
    roles = [message.get("role") for message in messages if isinstance(message, dict)]
    if len(roles) != len(messages):
        return None
    if roles[-1] == "user" and _ONWARD.search(text_of(messages[-1])):
        messages, roles = messages[:-1], roles[:-1]
    if len(roles) < 2 or roles[-1] != "assistant":
        return None
    begun, question = text_of(messages[-1]), messages[:-1]
    while len(question) > 1 and question[-1].get("role") != "user":
        question = question[:-1]
    whole, tail = reply({"messages": question}).text, begun.strip()[-_TAIL:]
    at = (
        len(begun) - len(tail)
        if whole.startswith(begun)
        else whole.find(tail, max(0, len(begun) - 4 * _TAIL))
    )
    rest = whole[at + len(tail) :] if tail and at >= 0 else ""
    return rest or "That was all of it."


def _words(last: Any, before: list[Any]) -> str:
    prompt = text_of(last)
    texts = [text_of(message) for message in reversed(before)]
    name = next((found[1] for text in texts if (found := _NAME.search(text))), None)
    if "[image_url]" in prompt:
        return seen(last)
    if "my name" in prompt.lower() and name:
        return f"Your name is {name}."
    if found := _NAME.search(prompt):
        return f"Nice to meet you, {found[1]}. I will remember that."
    if (answer := told(prompt, _asked_before(before))) is not None:
        return answer
    return f"You said: {prompt}" if prompt.strip() else "You said nothing, and I heard it well."


def _tool_call(tools: Any, prompt: str) -> Said | None:
    """Call the first tool whose name, or a word of it, the prompt speaks of."""
    for tool in tools if isinstance(tools, list) else ():
        function = tool.get("function") if isinstance(tool, dict) else None
        if not isinstance(function, dict):
            continue
        name = str(function.get("name", ""))
        words = [word for word in re.split(r"[_\W]+", name.lower()) if len(word) > 3]
        if name in prompt or any(word in prompt.lower() for word in words):
            schema = function.get("parameters") or {}
            return Said("", name, json.dumps(_arguments(schema, prompt)))
    return None


def _arguments(schema: dict[str, Any], prompt: str) -> dict[str, Any]:
    """Fill what a schema requires, with the place the prompt names where a text is wanted."""
    place = _PLACE.search(prompt)
    values: dict[Any, Any] = {
        "integer": 1,
        "number": 1.0,
        "boolean": True,
        "array": [],
        "object": {},
    }
    found: dict[str, Any] = {}
    for name in schema.get("required") or schema.get("properties") or ():
        wanted = (schema.get("properties") or {}).get(name) or {}
        text = place[1] if place else prompt[:40]
        choices = wanted.get("enum") or [values.get(wanted.get("type"), text)]
        found[name] = choices[0]
    return found
