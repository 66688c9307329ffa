"""Bodies that are multipart forms: fields by name, files as bytes, none of it on disk."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from typing import Any

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Scope

from bot.api.bodies import packed
from bot.api.errors import NotForm

FORM = "multipart/form-data"
MOST_FILES = 20
MOST_FIELDS = 100
LARGEST_FIELD = 32 * 1024 * 1024  # bytes of one that is text: a data URL may be
_PIECE = 256 * 1024  # bytes that are parsed before others have their turn


def is_form(scope: Scope) -> bool:
    """Say whether a request says that it carries a form."""
    said = Headers(scope=scope).get("content-type", "")
    return said.partition(";")[0].strip().lower() == FORM


async def parse(scope: Scope, body: bytes) -> dict[str, Any]:
    """Return a form's fields, files as bytes; a name that comes several times has a list."""
    parser = MultiPartParser(
        Headers(scope=scope),
        _pieces(body),
        max_files=MOST_FILES,
        max_fields=MOST_FIELDS,
        max_part_size=LARGEST_FIELD,
    )
    parser.spool_max_size = len(body) + 1  # larger files than that would be written to disk
    if reason := packed(scope["headers"]):
        raise NotForm(reason=reason)
    try:
        form = await parser.parse()
    except MultiPartException as fault:
        raise NotForm(reason=fault.message.rstrip(".")) from None
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for name, value in form.multi_items():
        found[name].append(await _bytes(value) if isinstance(value, UploadFile) else value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


async def _bytes(file: UploadFile) -> bytes:
    try:
        return await file.read()
    finally:
        await file.close()


async def _pieces(body: bytes) -> AsyncGenerator[bytes, None]:
    for at in range(0, len(body), _PIECE):
        yield body[at : at + _PIECE]
        await asyncio.sleep(0)
