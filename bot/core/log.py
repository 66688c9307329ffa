"""The log: one event a line on stderr, with every key and secret taken out before it is written."""

import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

from bot.core.secrets import CHECK_LENGTH, RANDOM_LENGTH, checksum

TAIL = RANDOM_LENGTH + CHECK_LENGTH
_WORD = re.compile(rf"[A-Za-z0-9_\-]{{{TAIL},}}")
_QUERY = re.compile(r"(?i)([?&](?:key|token|api_key|access_token)=)[^&\s\"']+")
_BEARER = re.compile(r"(?i)\b(bearer|bot)\s+[A-Za-z0-9._\-]{8,}")
_HOOK = re.compile(r"(/(?:webhooks|interactions)/\d+/)[A-Za-z0-9._\-]+")
HIDDEN = "[hidden]"
LONGEST_PREFIX = 24
LONGEST_RUN = 400  # longer runs are base64 or noise that nobody reads


class Redactor:
    """Takes keys of our form, bearer tokens, keys in queries and known secrets out of a text."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def learn(self, *values: str | None) -> None:
        """Remember values that must never be written: tokens, upstream keys, secrets."""
        self._known.update(value for value in values if value and len(value) >= 6)

    def clean(self, text: str) -> str:
        """Return the text without anything that opens a door."""
        for value in self._known:
            if value in text:
                text = text.replace(value, HIDDEN)
        text = _QUERY.sub(rf"\1{HIDDEN}", text)
        text = _BEARER.sub(rf"\1 {HIDDEN}", text)
        text = _HOOK.sub(rf"\1{HIDDEN}", text)
        return _WORD.sub(_without_keys, text)


def _without_keys(found: re.Match[str]) -> str:
    """Shorten each key inside a run of key characters to its prefix and last four."""
    if len(found[0]) > LONGEST_RUN:
        return HIDDEN
    word, kept, at = found[0], "", 0
    while at + TAIL <= len(word):
        if _is_key(word, at):
            kept += word[:at] + "…" + word[at + TAIL - 4 : at + TAIL]
            word, at = word[at + TAIL :], 0
        else:
            at += 1
    return kept + word


def _is_key(word: str, at: int) -> bool:
    """Say whether the 36 characters from `at` end a key, whatever prefix stands before them."""
    check = word[at + RANDOM_LENGTH : at + TAIL]
    starts = range(at, max(-1, at - LONGEST_PREFIX - 1), -1)
    return any(checksum(word[start : at + RANDOM_LENGTH]) == check for start in starts)


class _Formatter(logging.Formatter):
    """Formats one event as one line, cleaned."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def _parts(self, record: logging.LogRecord) -> tuple[str, str, str | None]:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fault = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else None
        clean = self._redactor.clean
        return moment, clean(record.getMessage()), clean(fault) if fault else None


class JsonLines(_Formatter):
    """JSON, one object a line: `at`, `level`, `logger`, `event`, `fault`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        moment, event, fault = self._parts(record)
        line: dict[str, Any] = {
            "at": moment,
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": event,
        }
        if fault:
            line["fault"] = fault
        return orjson.dumps(line).decode()


class TextLines(_Formatter):
    """Readable lines for a terminal; a traceback follows indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line."""
        moment, event, fault = self._parts(record)
        line = f"{moment[11:23]} {record.levelname.lower():7} {record.name:24} {event}"
        return f"{line}\n{fault.rstrip()}" if fault else line


def set_up(form: str, redactor: Redactor, stream: TextIO = sys.stderr) -> None:
    """Send every logger's events to `stream` as "text" or "json", redacted."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(redactor) if form == "json" else TextLines(redactor))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for chatty in ("httpx", "apscheduler", "discord", "uvicorn", "aiosqlite", "websockets"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.captureWarnings(True)
