"""A loopback upstream's songs: two clips a song, generating at first, then links that work."""

import struct
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.upstreams.call import Call
from bot.sandbox.upstreams.drawing import PNG, drawn, mark_of, shape_of
from bot.sandbox.upstreams.sounding import spoken

SINGERS = ("chirp-v3-5", "chirp-v3-0", "chirp-v2-xxl-alpha")
LONGEST, LONGEST_CUSTOM, LONGEST_CUSTOM_NEWEST = 200, 1250, 3000  # characters of a prompt
LONGEST_STYLE = 120
NO_CLIPS = b'{"status": "success", "clips": []}'
MP4 = "video/mp4"
_FLAGS = ("true", "false")


@dataclass
class Clip:
    """One clip: when it was begun, and how often it has been looked at."""

    begun: float
    looks: int = 0


@dataclass
class Songs:
    """Sings; a clip is finished after so many looks, and so many seconds."""

    looks: int = 1  # that find a clip generating
    seconds: float = 0.0
    clips: dict[str, Clip] = field(default_factory=dict)

    async def begin(self, call: Call) -> None:
        """Answer POST /suno."""
        if wrong := _wrong(call.body):
            await call.refuse(400, "invalid_request_error", wrong)
            return
        clips = [str(uuid.uuid4()), str(uuid.uuid4())]
        self.begun(*clips)
        await call.give({"status": "success", "clips": clips})

    def begun(self, *clips: str) -> None:
        """Begin clips of these names."""
        self.clips |= {clip: Clip(time.monotonic()) for clip in clips}

    async def look(self, call: Call) -> None:
        """Answer GET /suno/<uuid>."""
        clip = call.part["clip"]
        if (found := self.clips.get(clip)) is None:
            await call.refuse(404, "not_found_error", "There is no such song.")
            return
        found.looks += 1
        ripe = time.monotonic() - found.begun >= self.seconds
        finished = ripe and found.looks > self.looks
        start = f"{call.here}/songs/{clip}" if finished else ""
        forms = {"image_url": "png", "audio_url": "mp3", "video_url": "mp4"}
        links = {name: f"{start}.{form}" if finished else None for name, form in forms.items()}
        await call.give({"status": "finished" if finished else "generating"} | links)

    async def show(self, call: Call) -> None:
        """Answer one of a clip's links."""
        clip, form = call.part["clip"], call.part["form"]
        match form:
            case "png":
                await call.give(drawn(mark_of(clip), shape_of("1:1")), PNG)
            case "mp3":
                media, pieces = spoken(clip.replace("-", " "), form)
                await call.give(b"".join(pieces), media)
            case "mp4":
                await call.give(film(), MP4)
            case _:
                await call.refuse(404, "not_found_error", "There is no such file.")


def _wrong(body: dict[str, Any]) -> str | None:
    """Say what the seed does not allow in a song, if anything."""
    model, prompt, style = body.get("model", SINGERS[0]), body["prompt"], body.get("style")
    custom = body.get("custom", "false")
    if model not in SINGERS:
        return f"model must be one of {', '.join(SINGERS)}."
    if custom not in _FLAGS or body.get("instrumental", "false") not in _FLAGS:
        return 'custom and instrumental must be "true" or "false".'
    longest = LONGEST_CUSTOM_NEWEST if model == SINGERS[0] else LONGEST_CUSTOM
    longest = longest if custom == "true" else LONGEST
    if not isinstance(prompt, str) or len(prompt) > longest:
        return f"prompt must have 1 to {longest} characters."
    if style is None:
        return "style is required for a custom song." if custom == "true" else None
    if not (isinstance(style, str) and 1 <= len(style) <= LONGEST_STYLE):
        return f"style must have 1 to {LONGEST_STYLE} characters."
    return None


def film() -> bytes:
    """Return a film of no length: an MP4's boxes, and nothing to play."""
    kind = _box(b"ftyp", b"isom" + bytes(4) + b"isommp41")
    unity = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    header = struct.pack(">IIIII", 0, 0, 0, 1000, 0) + struct.pack(">IH", 0x10000, 0x100)
    movie = _box(b"mvhd", header + bytes(10) + unity + bytes(24) + struct.pack(">I", 1))
    return kind + _box(b"moov", movie) + _box(b"mdat", b"")


def _box(name: bytes, inside: bytes) -> bytes:
    return struct.pack(">I", 8 + len(inside)) + name + inside
