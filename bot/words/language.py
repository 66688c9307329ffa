"""Whose language is spoken: set where somebody comes in, read wherever a sentence is made."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Self


class Language(StrEnum):
    """The languages Latchkey speaks."""

    EN = "en"
    RU = "ru"

    @classmethod
    def of(cls, locale: str | None) -> Self | None:
        """Return the language of a locale such as "en-GB", None where it is none of ours."""
        spoken = (locale or "").partition("-")[0].lower()
        return cls(spoken) if spoken in _SPOKEN else None


_SPOKEN = frozenset(map(str, Language))  # asked for each of some 20,000 sentences at each start


# Like gettext's own: a sentence is made deep inside a reply, and its reader is known at the door.
_reader: ContextVar[Language] = ContextVar("reader", default=Language.EN)


def reader() -> Language:
    """Return the language of whoever reads what is being said; English where nobody was named."""
    return _reader.get()


def speak(language: Language) -> None:
    """Speak a language for the rest of this task, and in the tasks it starts."""
    _reader.set(language)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Speak a language inside the context."""
    before = _reader.set(language)
    try:
        yield
    finally:
        _reader.reset(before)


def chosen(saved: Language | None, *locales: str | None) -> Language:
    """Return the saved language, else the first locale's; English for a locale we do not speak."""
    if saved is not None:
        return saved
    said = next((locale for locale in locales if locale), None)
    return Language.of(said) or Language.EN
