"""Airforce (seeds/004_46ff37852360782e.txt): chat by POST, most else by GET at the host's root.

What its document says:
- Its examples have single quotes; the wire is JSON. Every route but /get-audio is there with /v1
  and without. The key is a bearer token and may be left out. /check?key= is never asked: our key
  would stand in an address, and so in logs.
- "System prompt (only the first message, once)": all of a chat's become one.
- /v1/imagine and /v1/imagine2 ("fast and stable") answer with a PNG; seven ratios are its sizes.
- /v1/ask takes a prompt alone and answers as an event stream in which "every line is sent
  seperatly and contains a json code": lines with "data:" and lines without it are both read.
- /v1/images/vision takes an address, never a question; "the response will a string".
- /v1/suno takes its flags as texts, "true" and "false", and answers with two clips.
- /get-audio takes a text and one of two voices, and answers with an MP3.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import orjson

from bot.settings.serving import Capability
from bot.upstreams.airforce_asks import address, nearest_ratio, one_system, voice
from bot.upstreams.answers import read_object, refuse
from bot.upstreams.dialect import Chunk, Completion, Link
from bot.upstreams.failures import Broken, Empty, Refused
from bot.upstreams.findings import Findings
from bot.upstreams.goods import (
    Finding,
    Picture,
    PictureAsk,
    SightAsk,
    Song,
    SongAsk,
    Sound,
    SpeechAsk,
)
from bot.upstreams.http import LARGEST_ANSWER, Response, close, let_go, whole
from bot.upstreams.openai import OpenAI
from bot.upstreams.pictures import media_of
from bot.upstreams.refusals import of_error
from bot.upstreams.sound import sounding

LARGEST_WORDS = 1024 * 1024  # bytes of a description
LONGEST_LINK = 8 * 1024  # characters
_CLIP = re.compile(r"[\w\-]{1,100}", re.ASCII)


class Airforce(OpenAI):
    """Speaks airforce's routes; a wish they have no parameter for is left out, or refused."""

    name = "airforce"
    offers = frozenset(
        {
            Capability.CHAT,
            Capability.STREAM,
            Capability.IMAGE,
            Capability.ASK,
            Capability.SIGHT,
            Capability.SONG,
            Capability.SPEECH,
        }
    )
    chat_path: ClassVar[str] = "/v1/chat/completions"
    models_path: ClassVar[str] = "/v1/models"

    async def complete(self, link: Link, body: dict[str, Any]) -> Completion:
        """Answer a chat body whose system messages have become one."""
        return await super().complete(link, one_system(body))

    @asynccontextmanager
    async def stream(self, link: Link, body: dict[str, Any]) -> AsyncIterator[AsyncIterator[Chunk]]:
        """Answer a chat body in chunks; its system messages have become one."""
        async with super().stream(link, one_system(body)) as chunks:
            yield chunks

    async def paint(self, link: Link, ask: PictureAsk) -> list[Picture]:
        """Make one picture, whatever `ask.n`: "The response will be an image in PNG format"."""
        query = {"prompt": ask.prompt, "model": ask.model}
        if (size := nearest_ratio(ask.size)) is not None:
            query["size"] = size
        if ask.seed is not None:
            query["seed"] = str(ask.seed)
        # Of imagine2 the seed says "fast and stable" and nothing of parameters: the same, then.
        response = await link.get("/v1/imagine2" if ask.fast else "/v1/imagine", query)
        return [Picture(data=await _picture(link, response))]

    @asynccontextmanager
    async def ask(
        self, link: Link, model: str, question: str
    ) -> AsyncIterator[AsyncIterator[Finding]]:
        """Answer a question; the route has a model of its own, and no parameter for one."""
        response = await link.get("/v1/ask", {"prompt": question})
        findings = Findings(response, link.unsaid)
        try:
            if response.status_code != 200:
                await refuse(link, response)
            if "html" in _kind(response):
                raise Empty
            yield findings
        finally:
            await let_go(response, over=findings.over)

    async def see(self, link: Link, ask: SightAsk) -> str:
        """Say what a picture shows; the route takes an address, and no question."""
        if ask.question:
            raise Refused(400, "it describes pictures as a whole: leave the question out.")
        response = await link.get("/v1/images/vision", {"url": address(ask), "model": ask.model})
        if response.status_code != 200:
            await refuse(link, response)
        raw = await _whole(response, LARGEST_WORDS)
        return _words(raw, link, quoted="json" in _kind(response))

    async def sing(self, link: Link, ask: SongAsk) -> tuple[str, ...]:
        """Begin a song; its flags are texts, "true" and "false"."""
        body = {
            "model": ask.model,
            "prompt": ask.prompt,
            "instrumental": "true" if ask.instrumental else "false",
            "custom": "true" if ask.custom else "false",
        }
        if ask.style:  # "between 1 and 120 characters": an empty one would be refused
            body["style"] = ask.style
        answer = await read_object(link, await link.post("/v1/suno", body))
        clips = answer.get("clips")
        found = tuple(filter(_is_clip, clips)) if isinstance(clips, list) else ()
        if not found:
            raise Empty
        return found

    async def song(self, link: Link, clip: str) -> Song:
        """Look a clip up."""
        if not _is_clip(clip):  # it stands in a path
            raise Refused(404, "there is no such song.")
        answer = await read_object(link, await link.get(f"/v1/suno/{clip}"))
        status = answer.get("status")
        if status not in ("generating", "finished"):
            raise Empty
        return Song(
            status,
            image_url=_link(answer.get("image_url")),
            audio_url=_link(answer.get("audio_url")),
            video_url=_link(answer.get("video_url")),
        )

    @asynccontextmanager
    async def speak(self, link: Link, ask: SpeechAsk) -> AsyncIterator[Sound]:
        """Say a text; the route has two parameters and gives MP3."""
        if ask.format != "mp3":
            raise Refused(400, "it speaks mp3 only: leave `response_format` out, or say mp3.")
        if ask.speed not in (None, 1):
            raise Refused(400, "it speaks at one speed: leave `speed` out.")
        response = await link.get("/get-audio", {"text": ask.text, "voice": voice(ask.voice)})
        async with sounding(link, response, "mp3") as sound:
            yield sound


async def _picture(link: Link, response: Response) -> bytes:
    """Read an answer that must be a picture."""
    if response.status_code != 200:
        await refuse(link, response)
    kind = _kind(response)
    if "json" in kind:
        await read_object(link, response)  # an error, or something nobody asked for
    if not kind.startswith("image/"):
        await close(response)
        raise Empty
    raw = await _whole(response, LARGEST_ANSWER)
    if media_of(raw) is None:
        raise Empty
    return raw


async def _whole(response: Response, most: int) -> bytes:
    """Read an answer to its end; one that breaks off is none."""
    try:
        return await whole(response, most)
    except Broken:
        raise Empty from None


def _words(raw: bytes, link: Link, *, quoted: bool) -> str:
    """Read a description: "The response will a string", plain, or `quoted` as JSON is."""
    try:
        words: str = raw.decode().strip()
    except UnicodeDecodeError:
        raise Empty from None
    try:
        value = orjson.loads(words)
    except orjson.JSONDecodeError:
        value = None
    if isinstance(value, dict) and (error := value.get("error")):
        raise of_error(error, link.unsaid)
    if quoted:
        words = value.strip() if isinstance(value, str) else ""
    # Some frameworks call any text a page: only one that looks like a page is one.
    if not words or words.startswith("<"):
        raise Empty
    return words


def _kind(response: Response) -> str:
    return str(response.headers.get("content-type", "")).lower()


def _is_clip(clip: Any) -> bool:
    return isinstance(clip, str) and _CLIP.fullmatch(clip) is not None


def _link(address: Any) -> str | None:
    """Return a link of the web; None for anything else that may stand in its place."""
    if not isinstance(address, str) or len(address) > LONGEST_LINK:
        return None
    return address if address.lower().startswith(("http://", "https://")) else None
