"""The parts of a message as a chat has them; pure."""

from typing import Any

from bot.api.responses import fields
from bot.api.responses.errors import NothingStored, UnknownPart
from bot.api.responses.fields import Fields
from bot.relay.errors import InvalidField

TEXTS = ("input_text", "output_text", "text", "summary_text")
DETAILS = {"low": "low", "high": "high", "auto": "auto", "original": "high"}


def content(value: Any, at: str, *, joined: bool) -> str | list[Fields]:
    """Return a message's content; one text is a text, and so are several where they are joined."""
    if isinstance(value, str):
        return value
    found = parts(value, at)
    texts = [part["text"] for part in found if part["type"] == "text"]
    if len(texts) == len(found) and (joined or len(texts) <= 1):
        return "".join(texts)
    return found


def halves(value: Any, at: str) -> tuple[str, list[Fields]]:
    """Return what a function answered: its words, and whatever else it showed."""
    if isinstance(value, str):
        return value, []
    found = parts(value, at)
    texts = [part["text"] for part in found if part["type"] == "text"]
    return "\n".join(texts), [part for part in found if part["type"] != "text"]


def parts(value: Any, at: str) -> list[Fields]:
    """Return a list of parts as a chat's."""
    if not isinstance(value, list):
        raise InvalidField(at, "a text, or a list of parts")
    found = []
    for number, one in enumerate(value):
        if not isinstance(one, dict):
            raise InvalidField(f"{at}[{number}]", "an object with a type")
        found.append(_part(one, f"{at}[{number}]."))
    return found


def _part(part: Fields, at: str) -> Fields:
    match kind := part.get("type"):
        case str() if kind in TEXTS:
            return {"type": "text", "text": fields.text(part, "text", at)}
        case "refusal":
            return {"type": "text", "text": fields.text(part, "refusal", at)}
        case "input_image":
            return _image(part, at)
        case "input_file":
            return _file(part, at)
        case "input_audio":
            return _audio(part, at)
        case _:
            raise UnknownPart(f"{at}type", kind)


def _image(part: Fields, at: str) -> Fields:
    if part.get("file_id") is not None:
        raise NothingStored(param=f"{at}file_id")
    image = {"url": fields.word(part, "image_url", at)}
    if (detail := fields.maybe_text(part, "detail", at)) is not None:
        if detail not in DETAILS:
            raise InvalidField(f"{at}detail", "low, high, auto or original")
        image["detail"] = DETAILS[detail]
    return {"type": "image_url", "image_url": image}


def _file(part: Fields, at: str) -> Fields:
    if part.get("file_id") is not None:
        raise NothingStored(param=f"{at}file_id")
    if part.get("file_url") is not None:
        raise InvalidField(f"{at}file_url", "left out: send the file itself as `file_data`")
    file = {"file_data": fields.word(part, "file_data", at)}
    if (name := fields.maybe_text(part, "filename", at)) is not None:
        file["filename"] = name
    return {"type": "file", "file": file}


def _audio(part: Fields, at: str) -> Fields:
    if (audio := fields.table(part, "input_audio", at)) is None:
        raise InvalidField(f"{at}input_audio", "an object with data and format")
    fields.word(audio, "data", f"{at}input_audio.")
    fields.word(audio, "format", f"{at}input_audio.")
    return {"type": "input_audio", "input_audio": audio}
