"""The README says what the code does, and its commands are the ones that CI runs."""

import ast
import re
from pathlib import Path

import pytest

from bot.core.clock import HandClock
from bot.storage.database import Database
from tests import readme
from tests.fakes.house import opened_house

TEXT = readme.README.read_text()


async def test_its_tables_are_those_of_the_code(sqlite_url: str, clock: HandClock) -> None:
    async with Database(sqlite_url) as db, opened_house(db, clock) as house:
        parts = readme.parts(house.api.app.operations)

    assert readme.filled(TEXT, parts) == TEXT, "run python -m tests.readme"


def test_each_set_up_command_is_one_line_that_starts_from_nothing() -> None:
    lines = [line for line in TEXT.splitlines() if line.startswith("python3 -m venv .venv && ")]

    assert [line.rsplit("&&", 1)[1].strip() for line in lines] == [
        ".venv/bin/latchkey sandbox",
        ".venv/bin/pytest -n 2",
    ]
    assert all("-c constraints.txt" in line for line in lines)


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
def test_its_python_is_python(code: str) -> None:
    ast.parse(code)


def test_no_address_of_a_registry_is_written_down() -> None:
    root = Path(readme.README).parent

    assert "://" not in (root / "constraints.txt").read_text()
