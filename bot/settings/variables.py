"""Where variables come from: the environment, then `.env`, each as NAME or as NAME_FILE."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from bot.settings.environment import VARIABLES
from bot.settings.words import Unfit, closest

OURS = "LATCHKEY_"
KNOWN = frozenset(variable.name for variable in VARIABLES)
OF_THE_TESTS = ("LATCHKEY_CI", "LATCHKEY_CHROMIUM", "LATCHKEY_TEST_")
_FILE = "_FILE"
_LARGEST = 65_536


@dataclass(frozen=True, slots=True)
class Variables:
    """Everything that is set, the environment before `.env`; an empty variable is unset."""

    sources: tuple[Mapping[str, str], ...]
    folder: Path  # relative paths start here

    def get(self, name: str) -> str | None:
        """Return a variable's value, read from its NAME_FILE if so given, or raise Unfit."""
        for source in self.sources:
            plain, path = source.get(name), source.get(name + _FILE)
            if plain and path:
                raise Unfit(f"is set, and {name}{_FILE} too: keep one of them")
            if plain:
                return plain
            if path:
                return _content(self.folder / path, name + _FILE)
        return None

    def given(self, name: str) -> bool:
        """Say whether a variable is set at all, soundly or not."""
        return any(name in source or name + _FILE in source for source in self.sources)

    def unknown(self) -> Iterator[str]:
        """Yield a line for each variable that begins like ours and is none."""
        known = KNOWN | {name + _FILE for name in KNOWN}
        given = dict.fromkeys(name for source in self.sources for name in source)
        for name in given:
            if name.startswith(OURS) and name not in known and not name.startswith(OF_THE_TESTS):
                wanted = known if name.endswith(_FILE) else KNOWN
                near = closest(name.removeprefix(OURS), (one.removeprefix(OURS) for one in wanted))
                hint = f"; did you mean {OURS}{near}?" if near else "; take it out"
                yield f"{name}: is not a variable of Latchkey{hint}"


def gather(
    environ: Mapping[str, str], folder: Path, *, dotenv: bool = True
) -> tuple[Variables, list[str]]:
    """Return the variables of the environment and of `.env`, and what is wrong with `.env`."""
    written, problems = _dotenv(folder / ".env") if dotenv else ({}, [])
    sources = tuple(
        {name: value.strip() for name, value in source.items() if value.strip()}
        for source in (environ, written)
    )
    return Variables(sources, folder), problems


def _dotenv(path: Path) -> tuple[dict[str, str], list[str]]:
    if not path.is_file():
        return {}, []
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return {}, [".env: is not UTF-8 text"]
    except OSError as refused:
        return {}, [f".env: cannot be read ({(refused.strerror or 'error').lower()})"]
    lines = list(parse_stream(io.StringIO(text)))
    problems = [f".env: line {_line(one)}: is not NAME=value" for one in lines if one.error]
    return {one.key: one.value for one in lines if one.key and one.value}, problems


def _line(wrong: Binding) -> int:
    """Return the line a binding's text stands on; empty lines before it belong to it."""
    text = wrong.original.string
    return wrong.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _content(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST).decode().strip()
    except OSError as refused:
        why = (refused.strerror or "error").lower()
        raise Unfit(f"{name} names {path}, which cannot be read ({why})") from None
    except UnicodeDecodeError:
        raise Unfit(f"{name} names {path}, which is not UTF-8 text") from None
    if not text:
        raise Unfit(f"{name} names {path}, which is empty")
    return text
