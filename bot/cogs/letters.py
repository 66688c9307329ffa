"""Reads the messages of a mailbox, whatever its upstream calls their parts. Pure."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any

LONGEST_LINE = 200  # characters of a subject or a sender
LONGEST_PAGE = 200_000  # characters that are looked at
LONGEST_TEXT = 4_000  # characters that are kept
MOST_ATTACHED = 10
KEY_LENGTH = 16
MILLISECONDS = 100_000_000_000  # a number of seconds beyond this one means milliseconds
_SUBJECT = ("subject", "title")
_SENDER = ("from", "sender", "from_address", "fromAddress", "mail_from")
_PLACES = ("address", "email", "name", "value", "text")
_MOMENT = ("date", "received_at", "receivedAt", "created_at", "createdAt", "timestamp", "time")
_TEXT = ("text", "text_body", "textBody", "body_text", "plain", "body", "content", "message")
_HTML = ("html", "html_body", "htmlBody", "body_html")
_ATTACHED = ("attachments", "files")
_NAMES = ("filename", "fileName", "name")
_TAGS = re.compile(r"<(?:html|body|div|p|br|table|a|span|td|h[1-6])\b[^>]*>", re.IGNORECASE)
_BREAKS = frozenset({"p", "br", "div", "tr", "li", "table", "h1", "h2", "h3", "h4", "h5", "h6"})
_UNSHOWN = frozenset({"script", "style", "head", "title", "template"})
_BLANKS = re.compile(r"[ \t\xa0]+")
_GAPS = re.compile(r"\n{3,}")
_SCHEME = re.compile(r"\b(h)tt(ps?)://", re.IGNORECASE)
_LINK = re.compile(
    r"\b(?:(?P<scheme>[a-z][a-z0-9+.-]{1,20})://)?"
    r"(?P<host>(?:[\w-]+\.)+[a-z]{2,24}|\d{1,3}(?:\.\d{1,3}){3}|localhost)"
    r"(?P<rest>[:/?#][^\s<>\"']*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as people read it; `key` tells it from the others of its mailbox."""

    key: str
    subject: str
    sender: str
    at: datetime | None
    text: str
    attached: tuple[str, ...] = ()


def read(raw: Mapping[str, Any]) -> Letter:
    """Read a message; what it does not have, or has in a shape of its own, stays empty."""
    text, page = _first(raw, _TEXT), _first(raw, _HTML)
    if not text.strip() or (not page and _TAGS.search(text)):
        text = plain((page or text)[:LONGEST_PAGE])
    packed = json.dumps(raw, sort_keys=True, default=str).encode()
    return Letter(
        key=hashlib.sha256(packed).hexdigest()[:KEY_LENGTH],
        subject=_line(_first(raw, _SUBJECT)),
        sender=_line(_first(raw, _SENDER)),
        at=next((at for name in _MOMENT if (at := _moment(raw.get(name)))), None),
        text=_tidy(text[: 2 * LONGEST_TEXT])[:LONGEST_TEXT],
        attached=tuple(_attached(raw)),
    )


def harmless(text: str) -> str:
    """Return a text whose links nobody can follow by a click: hxxps://example[.]com/."""
    return _SCHEME.sub(r"\1xx\2://", _LINK.sub(_unlinked, text))


def plain(page: str) -> str:
    """Return the words of an HTML page, each link's address behind its words."""
    reader = _Page()
    with suppress(AssertionError):  # what the parser raises at markup it gives up on
        reader.feed(page)
        reader.close()
    return "".join(reader.words)


class _Page(HTMLParser):
    """Gathers what a page shows."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden = 0
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Break the line where a page does, remember where a link leads."""
        if tag in _UNSHOWN:
            self._hidden += 1
        elif tag in _BREAKS:
            self.words.append("\n")
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        """Say where a link leads."""
        if tag in _UNSHOWN:
            self._hidden = max(0, self._hidden - 1)
        elif tag == "a" and self._links and (link := self._links.pop()):
            self.words.append(f" ({link})")
        elif tag in _BREAKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep what is shown."""
        if not self._hidden:
            self.words.append(_BLANKS.sub(" ", data.replace("\n", " ")))


def _unlinked(found: re.Match[str]) -> str:
    """Break one link; a name with a dot that is none, such as a file's, stays as it is."""
    scheme, host, rest = found["scheme"], found["host"], found["rest"] or ""
    if scheme is None and not rest.startswith("/") and not host.lower().startswith("www."):
        return found[0]
    broken = host.replace(".", "[.]")
    return f"{broken}{rest}" if scheme is None else f"{scheme}://{broken}{rest}"


def _first(raw: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """Return the first of these fields that says something."""
    return next((said for name in names if (said := _said(raw.get(name)))), "")


def _said(value: Any) -> str:
    """Return a field's text; a person may come as an object, several as a list."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = next((value[name] for name in _PLACES if value.get(name)), None)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _line(text: str) -> str:
    text = text[: 2 * LONGEST_LINE]
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"


def _tidy(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c if c.isprintable() or c in "\n\t" else " " for c in text)
    lines = (line.strip() for line in text.split("\n"))
    return _GAPS.sub("\n\n", "\n".join(lines)).strip()


def _moment(value: Any) -> datetime | None:
    """Read a moment: seconds or milliseconds since 1970, ISO 8601, or as letters write it."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value)
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1000 if value > MILLISECONDS else value
            return datetime.fromtimestamp(seconds, UTC)
        if not isinstance(value, str):
            return None
        with suppress(ValueError):
            return _aware(datetime.fromisoformat(value))
        return _aware(parsedate_to_datetime(value))
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _attached(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of what is attached."""
    listed: list[Any] = next(
        (raw[name] for name in _ATTACHED if isinstance(raw.get(name), list)), []
    )
    for each in listed[:MOST_ATTACHED]:
        name = _first(each, _NAMES) if isinstance(each, dict) else _said(each)
        yield _line(name) or "?"
