"""What the loopback assistant says: deterministic, and fitting enough to try things with."""

import json
import re
from dataclasses import dataclass
from typing import Any

_PIECE = re.compile(r"\S+\s*|\s+")
_NAME = re.compile(r"\bmy name is (\w+)", re.IGNORECASE)
_PLACE = re.compile(r"\b(?:in|for|of|about) ([A-Z][\w\-]+)")
_GREETING = re.compile(r"^\W*(?:hi|hello|hey|good (?:morning|day|evening)|привет)\b", re.IGNORECASE)
_CODE = """Here is a small example:

```python
def greet(name: str) -> str:
    \"\"\"Return a greeting.\"\"\"
    return f"Hello, {name}!"


print(greet("Latchkey"))
```

Run it, and it prints `Hello, Latchkey!`."""
_LIST = """Three things to try:

1. **/gen_key** - get a key of your own
2. **/chat** - talk to a model here
3. **/all_limits** - see what it cost"""
_THOUGHTS = (
    "A key opens one door, and a meter by the door counts who goes through.",
    "Whoever shares something scarce needs a fair rule, and a fair rule needs exact counting.",
    "A day is a good measure: long enough to work in, short enough to start again.",
    "What is held back before a call and settled after it can never be spent twice.",
    "Nothing is lost when a line breaks, as long as somebody noted what had been said.",
)


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
    return Said(_words(prompt, [text_of(message) for message in messages[:-1]]))


def _words(prompt: str, before: list[str]) -> str:
    asked = prompt.lower()
    told = next((found[1] for text in reversed(before) if (found := _NAME.search(text))), None)
    if "[image_url]" in prompt:
        return "I see a picture. On loopback every picture is a blue square on a white ground."
    if "my name" in asked and told:
        return f"Your name is {told}."
    if found := _NAME.search(prompt):
        return f"Nice to meet you, {found[1]}. I will remember that."
    if _GREETING.search(prompt):
        return "Hello! I am the sandbox's assistant. Ask me for code, a list or a long answer."
    for words, answer in (
        (("code", "function", "python", "script", "код"), _CODE),
        (("list", "steps", "список"), _LIST),
        (("long", "essay", "story", "длинн"), _long()),
    ):
        if any(word in asked for word in words):
            return answer
    return f"You said: {prompt}" if prompt.strip() else "You said nothing, and I heard it well."


def _long() -> str:
    parts = [f"## Part {part}\n" + " ".join(_THOUGHTS * 2) for part in range(1, 13)]
    return "\n\n".join(parts)


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
