"""The log: one event a line on stderr, with every key and secret taken out before it is written."""

import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

import orjson

from bot.core.redaction import Redactor

CHATTY = ("httpx", "apscheduler", "discord", "uvicorn", "aiosqlite", "websockets")
log = logging.getLogger(__name__)


class _Formatter(logging.Formatter):
    """Formats one event as one line, cleaned."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def _parts(self, record: logging.LogRecord) -> tuple[str, str, str | None]:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fault = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else None
        clean = self._redactor.clean
        return moment, clean(_event(record)), clean(fault.rstrip()) if fault else None


class JsonLines(_Formatter):
    """JSON, one object a line: `at`, `level`, `logger`, `event`, `fault`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        moment, event, fault = self._parts(record)
        line: dict[str, Any] = {
            "at": moment,
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _encodable(event),
        }
        if fault:
            line["fault"] = _encodable(fault)
        return orjson.dumps(line).decode()


class TextLines(_Formatter):
    """Readable lines for a terminal; a traceback follows."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line."""
        moment, event, fault = self._parts(record)
        line = f"{moment[11:23]} {record.levelname.lower():7} {record.name:24} {_printable(event)}"
        return "\n".join([line, *map(_printable, fault.split("\n"))]) if fault else line


def _event(record: logging.LogRecord) -> str:
    """Return the event's text; a template that its values do not fit is still an event."""
    try:
        return record.getMessage()
    except Exception:  # logging itself would print the values to stderr, unredacted
        return f"{record.msg} (its values do not fit)"


def _encodable(text: str) -> str:
    """Return the text with half characters spelled out, which no encoding can carry."""
    return text.encode("utf-8", "backslashreplace").decode()


def _printable(text: str) -> str:
    """Return the text on one line, without what would steer a terminal."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def set_up(form: str, redactor: Redactor, stream: TextIO | None = None) -> None:
    """Send every logger's events to `stream`, else stderr, as "text" or "json", redacted."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(redactor) if form == "json" else TextLines(redactor))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    _log_the_uncaught()


def _log_the_uncaught() -> None:
    """Let what nobody caught pass through the log too: Python would print it unredacted."""

    def uncaught(
        kind: type[BaseException], fault: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.critical("nobody caught this", exc_info=(kind, fault, trace))

    def unraisable(found: Any) -> None:
        if found.exc_value is not None:
            uncaught(found.exc_type, found.exc_value, found.exc_traceback)

    sys.excepthook = uncaught
    sys.unraisablehook = unraisable
    threading.excepthook = unraisable
