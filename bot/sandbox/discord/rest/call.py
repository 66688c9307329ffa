"""One REST call as a handler sees it, and as the tests read it afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.refusals import Form


@dataclass(slots=True)
class Request:
    """One REST call the bot made, with how it was answered."""

    method: str
    path: str
    template: str  # as in Discord's OpenAPI: /channels/{channel_id}/messages
    headers: dict[str, str]
    query: dict[str, str]
    body: Any = None  # the JSON body, or a multipart body's payload_json
    files: tuple[Upload, ...] = ()
    multipart: bool = False
    status: int = 0
    answer: Any = None
    params: dict[str, str] = field(default_factory=dict)

    def id(self, name: str) -> int:
        """Read an id out of the path."""
        return snowflake(self.params[name], name)

    @property
    def fields(self) -> dict[str, Any]:
        """Hand over the body as an object; none is an empty one."""
        if self.body is None:
            return {}
        if not isinstance(self.body, dict):
            form = Form()
            message = "Only dictionaries may be used in a DictType"
            form.wrong((), "DICT_TYPE_CONVERT", message)
            form.done()
        fields: dict[str, Any] = self.body
        return fields

    def flag(self, name: str) -> bool:
        """Read a yes or no out of the query."""
        return self.query.get(name, "").lower() in {"1", "true"}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with a status of its own; a handler's plain value means 200, None 204."""

    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Door:
    """One route: what it is called and who answers."""

    method: str
    template: str
    handle: Callable[[Request], Any]
    open: bool = False  # no bot token wanted: the path carries an interaction's


def snowflake(value: Any, name: str) -> int:
    """Read an id, or refuse as Discord does."""
    text = str(value)
    if not text.isdecimal() or len(text) > 20:
        form = Form()
        form.wrong((name,), "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
        form.done()
    return int(text)
