"""Request bodies: JSON, or multipart with payload_json and files beside it."""

import re
from typing import Any

import orjson

from bot.sandbox.discord.files import UNKNOWN_TYPE, Upload
from bot.sandbox.discord.refusals import Code, Refusal

BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
PARAMETER = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def read(content_type: str, raw: bytes) -> tuple[Any, tuple[Upload, ...]]:
    """Read a body by its content type: what it says, and the files beside it."""
    if content_type.startswith("multipart/form-data"):
        return _multipart(content_type, raw)
    return (_json(raw) if raw else None), ()


def _json(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Refusal(Code.BAD_JSON) from None


def _multipart(content_type: str, raw: bytes) -> tuple[Any, tuple[Upload, ...]]:
    found = BOUNDARY.search(content_type)
    if found is None:
        raise Refusal(Code.BAD_JSON)
    payload: Any = {}
    files: dict[int, Upload] = {}
    for part in (b"\r\n" + raw).split(b"\r\n--" + found[1].encode())[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = _headers(head.decode())
        about = dict(PARAMETER.findall(headers.get("content-disposition", "")))
        name = about.get("name", "")
        if name == "payload_json":
            payload = _json(content)
        elif name.startswith("files["):
            kind = headers.get("content-type", UNKNOWN_TYPE)
            index = int(name.removeprefix("files[").removesuffix("]"))
            files[index] = Upload(about.get("filename", "file"), content, kind)
    return payload, tuple(files[index] for index in sorted(files))


def _headers(head: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in head.split("\r\n"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
