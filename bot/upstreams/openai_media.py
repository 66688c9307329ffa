"""What OpenAI's API does besides chat: pictures, edits, speech and embeddings."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import orjson

from bot.upstreams.answers import read_object
from bot.upstreams.dialect import MOST_TOKENS, Dialect, Link
from bot.upstreams.failures import Empty
from bot.upstreams.goods import EditAsk, Embedded, Picture, PictureAsk, Sound, SpeechAsk
from bot.upstreams.http import File
from bot.upstreams.pictures import pictures_in, pixels
from bot.upstreams.sound import sounding
from bot.upstreams.vectors import read_vectors

LARGEST_VECTORS = 96 * 1024 * 1024  # bytes of an answer with many of them written out
_ALWAYS_BASE64 = "gpt-image"  # models that answer so, and refuse to be asked for a format
_ONE_ONLY = "dall-e-3"  # refuses to be asked for several


class OpenAIMedia(Dialect):
    """Speaks OpenAI's media endpoints; what a dialect does not `offer` is never asked of it."""

    names_format: ClassVar[bool] = True  # may be told "url" or "b64_json"
    names_count: ClassVar[bool] = True  # may be told how many pictures to make
    embeddings_path: ClassVar[str] = "/embeddings"

    async def paint(self, link: Link, ask: PictureAsk) -> list[Picture]:
        """Make pictures by POST /images/generations."""
        body = {**ask.extra, "model": ask.model, "prompt": ask.prompt, **self._wishes(ask)}
        if ask.seed is not None:
            body["seed"] = ask.seed
        response = await link.post("/images/generations", body)
        return await pictures_in(link, response, ask.n)

    async def edit(self, link: Link, ask: EditAsk) -> list[Picture]:
        """Change a picture by POST /images/edits, as a form."""
        fields = {**ask.extra, "model": ask.model, "prompt": ask.prompt, **self._wishes(ask)}
        files = {"image": _file("image", ask.image, ask.media)}
        if ask.mask is not None:
            files["mask"] = _file("mask", ask.mask, "image/png")
        response = await link.form("/images/edits", _written(fields), files)
        return await pictures_in(link, response, ask.n)

    @asynccontextmanager
    async def speak(self, link: Link, ask: SpeechAsk) -> AsyncIterator[Sound]:
        """Say a text by POST /audio/speech, its bytes as they come."""
        body = {**ask.extra, "model": ask.model, "input": ask.text, "voice": ask.voice}
        body["response_format"] = ask.format
        if ask.speed is not None:
            body["speed"] = ask.speed
        response = await link.post("/audio/speech", body)
        async with sounding(link, response, ask.format) as sound:
            yield sound

    async def embed(self, link: Link, body: dict[str, Any]) -> Embedded:
        """Answer an embeddings body by POST /embeddings."""
        response = await link.post(self.embeddings_path, body)
        answer = await read_object(link, response, LARGEST_VECTORS, read_vectors)
        data = answer.get("data")
        if not (isinstance(data, list) and len(data) == _inputs(body.get("input"))):
            raise Empty
        if not all(map(_is_vector, data)):
            raise Empty
        return Embedded(answer, _tokens(answer.get("usage")))

    def _wishes(self, ask: PictureAsk | EditAsk) -> dict[str, Any]:
        """Return how many, how large and in which form, as far as the model may be told."""
        wishes: dict[str, Any] = {}
        if (size := pixels(ask.size, ask.model)) is not None:
            wishes["size"] = size
        if self.names_count:
            wishes["n"] = 1 if ask.model.startswith(_ONE_ONLY) else ask.n
        told = self.names_format and not ask.model.startswith(_ALWAYS_BASE64)
        if told and ask.wants_url is not None:
            wishes["response_format"] = "url" if ask.wants_url else "b64_json"
        return wishes


def _file(name: str, data: bytes, media: str) -> File:
    """Name a file after its type: some upstreams look at nothing else."""
    return f"{name}.{media.partition('/')[2] or 'png'}", data, media


def _written(fields: Mapping[str, Any]) -> dict[str, str]:
    """Write a form's values out as text: JSON where they are none."""
    return {
        name: value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in fields.items()
        if value is not None
    }


def _inputs(given: Any) -> int:
    """Return how many inputs an embeddings body has: one text, one list of tokens, or several."""
    several = isinstance(given, list) and given and not isinstance(given[0], int)
    return len(given) if several else 1


def _is_vector(entry: Any) -> bool:
    vector = entry.get("embedding") if isinstance(entry, dict) else None
    if isinstance(vector, list):
        return bool(vector) and all(type(number) in (float, int) for number in vector[:8])
    if isinstance(vector, orjson.Fragment):
        return True
    return isinstance(vector, str) and bool(vector)  # base64, where the caller asked for it


def _tokens(usage: Any) -> int | None:
    """Return the tokens of the input; None where there is no count, or one without sense."""
    counted = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    return counted if type(counted) is int and 0 < counted <= MOST_TOKENS else None
