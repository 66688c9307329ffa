"""A loopback airforce (seeds/004_46ff37852360782e.txt): chat by POST, most else by GET, songs."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import orjson
from starlette.routing import Route

from bot.sandbox.upstreams.answers import frame
from bot.sandbox.upstreams.assistant import Said
from bot.sandbox.upstreams.call import Call
from bot.sandbox.upstreams.chat import DONE, HOLLOW, Chat
from bot.sandbox.upstreams.drawing import PNG, drawn, mark_of, shape_of
from bot.sandbox.upstreams.looking import seen
from bot.sandbox.upstreams.loopback import Endpoint, Loopback
from bot.sandbox.upstreams.media import Pictures, Speech, link_to
from bot.sandbox.upstreams.songs import NO_CLIPS, Songs
from bot.sandbox.upstreams.troubles import Fault

RATIOS = ("1:1", "16:9", "9:16", "21:9", "9:21", "1:2", "2:1")
PAINTERS = (
    "flux",
    "flux-realism",
    "flux-4o",
    "flux-pixel",
    "flux-3d",
    "flux-anime",
    "flux-disney",
    "any-dark",
    "stable-diffusion-xl-lightning",
    "stable-diffusion-xl-base",
)
SEERS = ("gpt-4o", "gpt-4o-mini", "gemini-pro-vision")
VOICES = ("alex", "sophia")
MODELS = ("gpt-4o", "gpt-4o-mini", "gpt-4-turbo", "llama-3.1-70b-chat", "any-uncensored")
FINGERPRINT = "fp_44709d6fcb"
SINCE = 1686935002  # Unix seconds, as its document has it
TEXT = "text/plain; charset=utf-8"
NO_SONG = b'{"status": null}'
FINDING = (
    "I am the sandbox's stand-in and have looked nowhere, so this finding is made up. "
    'Two pages that are not there would tell you about "{question}".'
)
SOURCES = ("https://example.com/first-source", "https://example.org/second-source")  # reserved
_BAD = "invalid_request_error"
_CHAT = ("model", "messages")


@dataclass
class LoopbackAirforce(Loopback):
    """Speaks at the host's root, with /v1 and without; a key is "premium", and may be left out."""

    base: ClassVar[str] = ""

    models: tuple[str, ...] = MODELS
    frames_lines: bool = False  # /ask says "data:" before a line, and [DONE] at the end
    songs: Songs = field(default_factory=Songs)

    def refuses(self, headers: dict[str, str]) -> bool:
        """Say whether a caller's key is not the one; without any it is let in."""
        return "authorization" in headers and super().refuses(headers)

    def routes(self) -> list[Route]:
        """Return what it answers to."""
        painter = Endpoint(self, self._paint, ("prompt",), b"")
        clip = Endpoint(self, self.songs.look, hollow=NO_SONG)
        listed = Endpoint(self, self.list_models, aside=True)
        shown = Endpoint(self, self.songs.show, aside=True, public=True)
        return [
            *self._twice("/chat/completions", Endpoint(self, _Chat(self), _CHAT, HOLLOW), "POST"),
            *self._twice("/models", listed),
            *self._twice("/imagine", painter),
            *self._twice("/imagine2", painter),
            *self._twice("/ask", Endpoint(self, self._ask, ("prompt",), b"")),
            *self._twice("/images/vision", Endpoint(self, self._see, ("url",), b"")),
            *self._twice("/suno", Endpoint(self, self.songs.begin, ("prompt",), NO_CLIPS), "POST"),
            *self._twice("/suno/{clip}", clip),
            Route("/get-audio", Endpoint(self, self._speak, ("text",), b"")),
            Route("/check", Endpoint(self, self._check, aside=True, public=True)),
            Route("/songs/{clip}.{form}", shown),
            Pictures(self).links(),
        ]

    def model_entry(self, name: str) -> dict[str, Any]:
        """Return one entry of the models list."""
        return super().model_entry(name) | {"created": SINCE, "owned_by": "provider"}

    def _twice(self, path: str, endpoint: Endpoint, method: str = "GET") -> list[Route]:
        return [Route(f"{start}{path}", endpoint, methods=[method]) for start in ("/v1", "")]

    async def _paint(self, call: Call) -> None:
        """Answer with an image in PNG format."""
        query = call.body
        size, seed, model = query.get("size", "1:1"), query.get("seed"), query.get("model")
        if size not in RATIOS:
            await call.refuse(400, _BAD, f"size must be one of {', '.join(RATIOS)}.")
        elif model is not None and model not in PAINTERS:
            await call.refuse(400, _BAD, f"model must be one of {', '.join(PAINTERS)}.")
        elif seed is not None and not seed.removeprefix("-").isdecimal():
            await call.refuse(400, _BAD, "seed must be a number.")
        else:
            mark = mark_of(query["prompt"], seed or call.number, model)
            await call.give(drawn(mark, shape_of(size)), PNG)

    async def _ask(self, call: Call) -> None:
        """Answer in lines of JSON: a word each, then the sources, a picture's link in the last."""
        end = DONE if self.frames_lines else b""
        await call.give_events(self._lines(call), end)

    async def _lines(self, call: Call) -> AsyncIterator[bytes]:
        prompt = call.body["prompt"]
        said = Said(FINDING.format(question=prompt))
        if call.trouble.fault is Fault.HUGE:
            said = Said("word" * (call.trouble.number * 1024 * 1024 // 4))
        for word in said.pieces:
            if self.pace:
                await asyncio.sleep(self.pace)
            yield self._line(word, "")
        for source in SOURCES:
            yield self._line("", source)
        yield self._line("", link_to(call, mark_of(prompt), shape_of(None)))

    def _line(self, message: str, url: str) -> bytes:
        line = orjson.dumps({"message": message, "url": url})
        return b"data: " + line + b"\n\n" if self.frames_lines else line + b"\n"

    async def _see(self, call: Call) -> None:
        """Answer with a string."""
        address, model = call.body["url"], call.body.get("model", "gemini-pro-vision")
        if model not in SEERS:
            await call.refuse(400, _BAD, f"model must be one of {', '.join(SEERS)}.")
        elif not address.startswith(("http://", "https://", "data:image/")):
            await call.refuse(400, _BAD, "url must be the URL of an image.")
        else:
            shown = {"role": "user", "content": [{"type": "image_url", "image_url": address}]}
            described = await asyncio.to_thread(seen, shown)
            await call.give(described.encode(), TEXT)

    async def _speak(self, call: Call) -> None:
        """Answer with an MP3."""
        if (voice := call.body.get("voice", VOICES[0])) not in VOICES:
            message = f"voice must be one of {', '.join(VOICES)}, not {voice}."
            await call.refuse(400, _BAD, message)
        else:
            await Speech(self)(replace(call, body={"input": call.body["text"]}))

    async def _check(self, call: Call) -> None:
        """Answer how often a key has been used."""
        if self.key is not None and call.body.get("key") != self.key:
            await call.refuse(401, "authentication_error", "Incorrect API key provided.")
        else:
            await call.give({"calls": self.asked})


class _Chat(Chat):
    async def __call__(self, call: Call) -> None:
        """Refuse a system message that is not "only the first message, once"."""
        rest = [m.get("role") for m in call.body["messages"][1:] if isinstance(m, dict)]
        if "system" in rest or "developer" in rest:
            message = "A system message may only be the first message, once."
            await call.refuse(400, _BAD, message)
        else:
            await super().__call__(call)

    def frame(self, call: Call, kind: str) -> dict[str, Any]:
        """Return what every answer and every chunk begins with."""
        return frame(call, kind) | {"system_fingerprint": FINGERPRINT}

    def choices(self, call: Call) -> tuple[list[dict[str, Any]], Any]:
        """Return the choices of a whole answer, without the probabilities nobody asked for."""
        choices, usage = super().choices(call)
        return [choice | {"logprobs": None} for choice in choices], usage
