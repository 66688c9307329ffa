"""The README says what the code does, and its commands are the ones that CI runs."""

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest

from bot.core.clock import HandClock
from bot.settings.environment import Part
from bot.settings.load import load
from bot.storage.database import Database
from tests import readme
from tests.fakes.house import opened_house

TEXT = readme.README.read_text()
PICTURES = "tests/pictures"
INI = re.findall(r"```ini\n(.*?)```", TEXT, re.DOTALL)


async def test_its_tables_are_those_of_the_code(sqlite_url: str, clock: HandClock) -> None:
    async with Database(sqlite_url) as db, opened_house(db, clock) as house:
        parts = readme.parts(house)

    assert readme.filled(TEXT, parts) == TEXT, "run python -m tests.readme"


def test_each_set_up_command_is_one_line_that_starts_from_nothing() -> None:
    lines = [line for line in TEXT.splitlines() if line.startswith("python3 -m venv .venv && ")]

    assert [line.rsplit("&&", 1)[1].strip() for line in lines] == [
        ".venv/bin/latchkey sandbox",
        ".venv/bin/pytest -n 3",
        ".venv/bin/pip install -q -c constraints.txt .",
    ]
    assert all("-c constraints.txt" in line for line in lines)


def test_its_first_settings_and_variables_load(tmp_path: Path) -> None:
    (settings,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    variables = next(block for block in INI if "LATCHKEY_DISCORD_TOKEN" in block)
    (tmp_path / "latchkey.toml").write_text(settings)
    (tmp_path / ".env").write_text(variables)

    loaded = load({}, parts=frozenset(Part), cwd=tmp_path)

    assert loaded.file.community.home_guilds == (123456789012345678,)
    assert loaded.file.upstreams[0].api_key == "the-key-of-the-api-you-share"
    assert loaded.file.models[0].routes[0].upstream == loaded.file.upstreams[0].name


def test_its_first_call_asks_for_the_first_model() -> None:
    (settings,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    body = re.search(r"^  -d '(.*)'$", TEXT, re.MULTILINE)

    assert body is not None
    assert json.loads(body[1])["model"] == tomllib.loads(settings)["models"][0]["id"]


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
def test_its_python_is_python(code: str) -> None:
    ast.parse(code)


def test_no_address_of_a_registry_is_written_down() -> None:
    root = Path(readme.README).parent

    assert "://" not in (root / "constraints.txt").read_text()


def test_every_picture_it_shows_is_there_and_said_in_words() -> None:
    shown = re.findall(r"!\[(.*?)\]\((.*?)\)", TEXT)

    pictures = sorted(path.name for path in (Path(readme.README).parent / PICTURES).iterdir())
    assert sorted(path for _, path in shown) == [f"{PICTURES}/{name}" for name in pictures]
    assert all(words for words, _ in shown)
