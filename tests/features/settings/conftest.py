"""A folder with a latchkey.toml and a .env in it, read as at start."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bot.settings.environment import Part
from bot.settings.load import Settings, SettingsProblems, load

API = frozenset({Part.API})
Read = Callable[..., Settings]
Problems = Callable[..., tuple[str, ...]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Load settings from a TOML text, a .env text and variables; only the API runs."""

    def reading(
        toml: str | None = None,
        dotenv: str | None = None,
        parts: frozenset[Part] = API,
        terminal: bool = False,
        **environ: str,
    ) -> Settings:
        given: Mapping[str, str | None] = {"latchkey.toml": toml, ".env": dotenv}
        for name, text in given.items():
            if text is not None:
                (tmp_path / name).write_text(text)
        return load(environ, parts=parts, cwd=tmp_path, terminal=terminal)

    return reading


@pytest.fixture
def problems(read: Read) -> Problems:
    """Return the lines that loading ends with."""

    def refusing(*args: str, **environ: str) -> tuple[str, ...]:
        with pytest.raises(SettingsProblems) as refused:
            read(*args, **environ)
        return refused.value.lines

    return refusing
