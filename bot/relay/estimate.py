"""How many tokens a call may take, before it is made: the prompt's count and the answer's cap."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from bot.catalogue.model import Model
from bot.core import tokens
from bot.core.units import Mode, metered
from bot.ledger.rules import Terms
from bot.relay.ask import Wish
from bot.relay.errors import PromptTooLong

PER_MESSAGE = 4  # tokens that frame a message, its role among them
PER_REPLY = 3  # tokens that open the answer
WAV_HEAD = 512  # bytes within which a WAV file says its rate
FASTEST_WAV = 384_000  # bytes a second: 48 kHz, stereo, 32 bits; more is a lie that would be cheap
BYTES_A_SECOND = {"pcm16": 48_000, "wav": 32_000, "flac": 32_000}
COMPRESSED = 8_000  # bytes a second of MP3, Opus and the like at 64 kbit/s
SCHEMAS = ("tools", "functions", "response_format", "prediction")


class Rates(NamedTuple):
    """What parts count that are no text, in tokens."""

    image: int
    audio_second: int


@dataclass(slots=True)
class Measure:
    """What is to be counted: texts, and tokens that are known without counting."""

    texts: list[str]
    known: int


def measure(body: dict[str, Any], messages: list[dict[str, Any]], rates: Rates) -> Measure:
    """Gather everything in a chat body that an upstream will count."""
    found = Measure([], PER_REPLY + PER_MESSAGE * len(messages))
    for message in messages:
        content = message.get("content")
        if type(content) is str:
            found.texts.append(content)
        elif content:
            _parts(content, found, rates)
        if len(message) > 2:  # more than role and content
            _extras(message, found)
    for name in SCHEMAS:
        if (schema := body.get(name)) and isinstance(schema, dict | list):
            found.texts.append(orjson.dumps(schema).decode())
    return found


async def prompt_tokens(body: dict[str, Any], wish: Wish, rates: Rates) -> int:
    """Count the prompt; a huge one off the event loop."""
    found = measure(body, wish.messages, rates)
    return found.known + await tokens.count_many(found.texts)


def terms(
    wish: Wish, model: Model, prompt: int, mode: Mode, *, request_unit: int, floor: int
) -> Terms:
    """Say what the call may cost, the cap clamped to what the prompt leaves of the context."""
    if prompt > model.context:
        raise PromptTooLong(model.id, prompt, model.context)
    room = max(1, model.context - prompt)
    return Terms(
        coefficient=model.coefficient,
        prompt=prompt,
        cap=min(wish.cap or model.max_output, room),
        choices=wish.choices,
        flat=metered(request_unit, model.coefficient) if mode is Mode.REQUESTS else None,
        floor=floor,
    )


def message_texts(message: dict[str, Any]) -> list[str]:
    """Return every text in an answer's message or in a stream's delta."""
    found = Measure([], 0)
    content = message.get("content")
    if isinstance(content, str):
        found.texts.append(content)
    elif isinstance(content, list):
        _parts(content, found, Rates(0, 0))
    if len(message) > 1 or "content" not in message:  # a delta may hold its tool call alone
        _extras(message, found)
    return found.texts


def _parts(parts: list[Any], found: Measure, rates: Rates) -> None:
    for part in parts:
        if isinstance(part, str):
            found.texts.append(part)
        elif not isinstance(part, dict):
            continue
        elif isinstance(text := part.get("text", part.get("refusal")), str):
            found.texts.append(text)
        elif isinstance(audio := part.get("input_audio"), dict):
            found.known += rates.audio_second * audio_seconds(audio)
        else:  # an image, or something else whose bytes are no text
            found.known += rates.image


def _extras(message: dict[str, Any], found: Measure) -> None:
    """Gather what stands beside role and content: tool calls, reasoning, a refusal, a name."""
    # Some upstreams say their reasoning under both names: it counts once.
    for value in (
        message.get("reasoning_content") or message.get("reasoning"),
        message.get("refusal"),
        message.get("name"),
    ):
        if isinstance(value, str):
            found.texts.append(value)
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        if isinstance(call, dict):
            _function(call.get("function"), found)
    _function(message.get("function_call"), found)
    audio = message.get("audio")
    if isinstance(audio, dict) and isinstance(audio.get("transcript"), str):
        found.texts.append(audio["transcript"])


def _function(function: Any, found: Measure) -> None:
    if isinstance(function, dict):
        said = (function.get("name"), function.get("arguments"))
        found.texts.extend(value for value in said if isinstance(value, str))


def audio_seconds(audio: dict[str, Any]) -> int:
    """Estimate how long an audio part lasts from the length of its base64, rounded up."""
    data = audio.get("data")
    if not isinstance(data, str):
        return 0
    data = data[data.find(",") + 1 :] if data.startswith("data:") else data
    size = len(data) * 3 // 4
    rate = _wav_rate(data) or BYTES_A_SECOND.get(str(audio.get("format")), COMPRESSED)
    return -(-size // rate)


def _wav_rate(data: str) -> int | None:
    """Return a WAV file's bytes a second, as its header says."""
    try:
        head = base64.b64decode(data[: WAV_HEAD * 4 // 3 // 4 * 4])
    except (binascii.Error, ValueError):
        return None
    at = head.find(b"fmt ")
    if head[:4] != b"RIFF" or at < 0 or len(head) < at + 20:
        return None
    rate = int.from_bytes(head[at + 16 : at + 20], "little")
    return min(rate, FASTEST_WAV) or None
