"""The items of an input as the messages of a chat; pure."""

from typing import Any

from bot.api.responses import fields
from bot.api.responses.errors import NothingStored, UnknownItem
from bot.api.responses.fields import Fields
from bot.api.responses.parts import content, halves
from bot.relay.errors import InvalidField

# Chats know no developer: what they say has the weight of a system's words.
ROLES = {"user": "user", "assistant": "assistant", "system": "system", "developer": "system"}
# What an earlier answer held besides words and calls: nothing a chat could be told.
SKIPPED = ("reasoning", "web_search_call")


def messages(given: Any) -> list[Fields]:
    """Return what was said so far: the input's text, or its items."""
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    if not isinstance(given, list):
        raise InvalidField("input", "a text, or a list of items")
    talk = Talk()
    for number, item in enumerate(given):
        if not isinstance(item, dict):
            raise InvalidField(f"input[{number}]", "an object")
        talk.take(item, f"input[{number}]")
    if not (said := talk.over()):
        raise InvalidField("input", "a text, or a list with at least one message")
    return said


class Talk:
    """Gathers messages: calls join the words they came with, pictures follow the calls' results."""

    def __init__(self) -> None:
        self._said: list[Fields] = []
        self._shown: list[Fields] = []  # pictures that functions returned

    def take(self, item: Fields, at: str) -> None:
        """Take the next item; `at` is what to call it."""
        match kind := item.get("type", "message"):
            case "message":
                self._say(self._message(item, at))
            case "function_call":
                self._call(item, at)
            case "function_call_output":
                self._result(item, at)
            case "item_reference":
                raise NothingStored(param=at)
            case _ if kind not in SKIPPED:
                raise UnknownItem(f"{at}.type", kind)

    def over(self) -> list[Fields]:
        """Return every message."""
        self._show()
        return self._said

    def _message(self, item: Fields, at: str) -> Fields:
        role = item.get("role")
        if not isinstance(role, str) or role not in ROLES:
            raise InvalidField(f"{at}.role", "user, assistant, system or developer")
        said = content(item.get("content"), f"{at}.content", joined=role == "assistant")
        return {"role": ROLES[role], "content": said}

    def _call(self, item: Fields, at: str) -> None:
        function = {
            "name": fields.word(item, "name", f"{at}."),
            "arguments": fields.text(item, "arguments", f"{at}."),
        }
        call_id = fields.word(item, "call_id", f"{at}.")
        called = {"id": call_id, "type": "function", "function": function}
        last = self._said[-1] if self._said and not self._shown else None
        if last is not None and last["role"] == "assistant":
            last.setdefault("tool_calls", []).append(called)
        else:
            self._say({"role": "assistant", "content": None, "tool_calls": [called]})

    def _result(self, item: Fields, at: str) -> None:
        call_id = fields.word(item, "call_id", f"{at}.")
        text, pictures = halves(item.get("output"), f"{at}.output")
        # Results follow their calls without a break, so what they show waits for the last of them.
        self._said.append({"role": "tool", "tool_call_id": call_id, "content": text})
        self._shown += pictures

    def _say(self, message: Fields) -> None:
        self._show()
        self._said.append(message)

    def _show(self) -> None:
        if self._shown:
            self._said.append({"role": "user", "content": self._shown})
            self._shown = []
