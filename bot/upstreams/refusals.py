"""What an upstream's error means to us, and the part of its words that may be repeated."""

import math
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from bot.upstreams.failures import (
    Broken,
    Misconfigured,
    RateLimited,
    Refused,
    TimedOut,
    UpstreamFailure,
)

LONGEST_REASON = 300  # characters
LONGEST_REST = 86_400.0  # seconds; more than a day is a mistake, and would bury the route

_READ = 4 * LONGEST_REASON
_HIDDEN = "[hidden]"
_ZONES = (
    "ai|app|biz|cc|ch|cloud|cn|co|com|de|dev|edu|eu|fr|gg|gov|host|in|info|internal|io|jp|lan|lol|"
    "local|me|net|online|org|pro|ru|sh|site|so|space|store|tech|to|top|tv|uk|us|vip|wtf|xyz"
)
_UNSAID = (
    re.compile(r"\b[a-z][a-z0-9+.\-]*://\S+", re.IGNORECASE),
    re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+"),
    re.compile(rf"\b(?:[A-Za-z0-9\-]+\.)+(?:{_ZONES})\b(?::\d+)?(?:/\S*)?"),
    re.compile(r"\blocalhost\b(?::\d+)?(?:/\S*)?", re.IGNORECASE),
    re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d+)?(?:/\S*)?"),
    re.compile(r"\[?(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}\]?(?::\d+)?", re.IGNORECASE),
    re.compile(r"\b(?:bearer|basic)\s+\S{6,}", re.IGNORECASE),
    re.compile(r"\b(?:sk|pk|rk|lk|gsk|xai)[-_][\w\-*.]{6,}", re.IGNORECASE),
    re.compile(r"\b(?:key|token|org|proj|req|user|acct)[-_](?=\w*[\d*])[\w\-*]{6,}", re.IGNORECASE),
    re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE),
    re.compile(r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{20,}"),
)
_TRACE = re.compile(r"Traceback \(most recent|^[ \t]*File \"|^[ \t]*at \S+ ?\(", re.MULTILINE)
# Where an error carries a word instead of a status, these parts of the word tell what it means.
_WORDS = (
    (("api_key", "authentication", "permission", "unauthorized", "forbidden", "billing"), 401),
    (("rate_limit", "too_many", "quota", "resource_exhausted"), 429),
    (("invalid_request", "context_length", "content_policy", "content_filter", "not_found"), 400),
)


def cleaned(text: str, unsaid: Collection[str] = ()) -> str:
    """Return an upstream's sentence without addresses, keys, ids and traces; 300 characters."""
    if trace := _TRACE.search(text, 0, _READ):
        text = text[: trace.start()]
    if len(text) > _READ:
        text = " ".join(text[:_READ].split()[:-1])  # half a key would not be known as one
    text = "".join(c if c.isprintable() else " " for c in text)
    for value in unsaid:
        text = re.sub(re.escape(value), _HIDDEN, text, flags=re.IGNORECASE)
    for pattern in _UNSAID:
        text = pattern.sub(_HIDDEN, text)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_REASON else text[: LONGEST_REASON - 1] + "…"


def of_status(
    status: int, said: str, *, rest: float | None = None, unsaid: Collection[str] = ()
) -> UpstreamFailure:
    """Name what a status means; `said` is the upstream's sentence, `rest` its Retry-After."""
    if status == 429:
        return RateLimited(rest)
    if status == 408:
        return TimedOut()
    if status in (401, 402, 403, 407) or 300 <= status < 400:
        return Misconfigured(status)
    if 400 <= status < 500:
        return Refused(status, cleaned(said, unsaid))
    return Broken(status)


def of_error(error: Any, unsaid: Collection[str] = ()) -> UpstreamFailure:
    """Name what an error object means that came in place of an answer, with status 200."""
    if not isinstance(error, dict):
        return Broken(None)
    codes = [error.get(name) for name in ("status", "status_code", "code", "type")]
    status = next((found for code in codes if (found := _status(code))), None)
    word = " ".join(code.lower() for code in codes if isinstance(code, str))
    status = status or next((s for parts, s in _WORDS if any(p in word for p in parts)), None)
    return of_status(status, _words(error), unsaid=unsaid) if status else Broken(None)


def sentence(body: bytes) -> str:
    """Return the sentence inside an upstream's error body; "" where it has none to repeat."""
    try:
        return _words(orjson.loads(body))
    except orjson.JSONDecodeError:
        return ""  # a page or noise: nothing for a person


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds an upstream asks us to wait, from either form of Retry-After."""
    if (exact := _seconds(headers.get("retry-after-ms"))) is not None:
        return min(exact / 1000, LONGEST_REST)
    asked = headers.get("retry-after")
    if asked is None:
        return None
    wait = _seconds(asked)
    if wait is None:
        until = _moment(asked)
        # The upstream's own clock, where it tells it, so that ours need not agree with it.
        now = _moment(headers.get("date")) or datetime.now(UTC)
        wait = max(0.0, (until - now).total_seconds()) if until else None
    return None if wait is None else min(wait, LONGEST_REST)


def _status(code: Any) -> int | None:
    if isinstance(code, str) and code.isascii() and code.isdigit():
        code = int(code[:4])
    return code if isinstance(code, int) and 400 <= code < 600 else None


def _words(body: Any) -> str:
    """Find the sentence in the shapes error bodies have."""
    for _ in range(4):
        if isinstance(body, list):
            body = body[0] if body else ""
        if not isinstance(body, dict):
            break
        named = (body.get(name) for name in ("error", "message", "detail", "errors", "msg"))
        body = next((value for value in named if value), "")
    return body if isinstance(body, str) else ""


def _seconds(text: str | None) -> float | None:
    try:
        value = float(text) if text else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _moment(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found
