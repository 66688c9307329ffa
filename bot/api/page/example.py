"""An operation's example as a command for a terminal."""

import shlex
from urllib.parse import quote

import orjson

from bot.api.operation import JSON, Key, Operation, Place, filled, shown

_ENDINGS = {"image/png": "picture.png", "audio/mpeg": "sound.mp3"}
_NEXT = " \\\n  "


def command(operation: Operation, url: str, model: str) -> str:
    """Return what to type to try it; `model` is an id that fits."""
    given = filled(operation.example or {}, model)
    path = shown(operation.path)
    for parameter in operation.parameters:
        if parameter.place is Place.PATH:
            value = str(given.pop(parameter.name, parameter.name.upper()))
            path = path.replace(f"{{{parameter.name}}}", quote(value, safe="/"))
    words = [f"curl {shlex.quote(url + path)}", *_shown_key(operation)]
    if operation.takes is not None:
        words += [_header("content-type", JSON), f"-d {_quoted(orjson.dumps(given).decode())}"]
    elif given:
        words[0] = words[0].replace("curl ", "curl -G ", 1)
        words += [f"--data-urlencode {_quoted(f'{name}={given[name]}')}" for name in given]
    if operation.answer.events is not None and operation.takes is None:
        words.append("--no-buffer")
    words += [
        f"-o {name}" for media, name in _ENDINGS.items() if operation.answer.media[:1] == (media,)
    ]
    return _NEXT.join(words)


def _shown_key(operation: Operation) -> list[str]:
    if not operation.keyed:
        return []
    if Key.X_API_KEY in operation.keys:
        return [_header("x-api-key", "your-key")]
    return [_header("authorization", "Bearer your-key")]


def _header(name: str, value: str) -> str:
    return f"-H {_quoted(f'{name}: {value}')}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
