"""What callers ask for, in the few words airforce knows: one system message, a ratio, a voice."""

import re
from base64 import b64encode
from math import log
from types import MappingProxyType
from typing import Any

from bot.upstreams.failures import Refused
from bot.upstreams.goods import SightAsk

RATIOS = ("1:1", "16:9", "9:16", "21:9", "9:21", "1:2", "2:1")
LONGEST_ADDRESS = 6 * 1024  # characters of a picture inside a query; servers take 8 KiB of it all
_SIZE = re.compile(r"0*([1-9]\d{0,4}) ?[x:] ?0*([1-9]\d{0,4})", re.IGNORECASE)
_SYSTEM = ("system", "developer")
# "Available voices are alex and sophia - more soon": OpenAI's by pitch, any other as it is.
_LOW = ("alex", "alloy", "ash", "ballad", "cedar", "echo", "fable", "onyx", "verse")
_HIGH = ("coral", "marin", "nova", "sage", "shimmer", "sophia")
_VOICES = MappingProxyType(dict.fromkeys(_LOW, "alex") | dict.fromkeys(_HIGH, "sophia"))


def voice(name: str) -> str:
    """Return the nearer of the two voices where OpenAI's is asked for; any other as it is."""
    return _VOICES.get(name.lower(), name)


def one_system(body: dict[str, Any]) -> dict[str, Any]:
    """Return a chat body with one system message, the first: "only the first message, once"."""
    messages = body.get("messages")
    if not isinstance(messages, list):
        return body
    told = [message for message in messages if _is_system(message)]
    rest = [message for message in messages if not _is_system(message)]
    text = "\n\n".join(filter(None, map(_told, told)))
    first = [{"role": "system", "content": text}] if text else []
    return {**body, "messages": first + rest}


def nearest_ratio(size: str | None) -> str | None:
    """Return the ratio nearest to "1024x1792" or "4:3"; None where a size says nothing."""
    found = _SIZE.fullmatch(size or "")
    if found is None:
        return None
    wanted = log(int(found[1]) / int(found[2]))  # by logarithm: as far from 2:1 as from 1:2

    def far(ratio: str) -> tuple[float, bool]:
        # 4:3 is as far from a square as from 16:9: what is wide stays wide.
        return round(abs(_steepness(ratio) - wanted), 9), ratio == "1:1"

    return min(RATIOS, key=far)


def _steepness(ratio: str) -> float:
    wide, _, high = ratio.partition(":")
    return log(int(wide) / int(high))


def _is_system(message: Any) -> bool:
    return isinstance(message, dict) and message.get("role") in _SYSTEM


def _told(message: dict[str, Any]) -> str:
    """Return a system message's text; OpenAI allows a list of texts too."""
    content = message.get("content")
    if isinstance(content, list):
        texts = (part.get("text") for part in content if isinstance(part, dict))
        return "\n".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def address(ask: SightAsk) -> str:
    """Return the address of a picture to look at; a small one fits into an address itself."""
    if ask.url is not None:
        return ask.url
    inside = b64encode(ask.data or b"").decode()
    whole = f"data:{ask.media or 'image/png'};base64,{inside}"
    if len(whole) > LONGEST_ADDRESS:
        raise Refused(413, "it takes a picture's public address, or one of 4 KB at most.")
    return whole
