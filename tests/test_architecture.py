"""The house keeps its own rules: sizes, pure rules, words for every failure."""

import ast
import importlib
import pkgutil
import string
from pathlib import Path

import pytest

import bot
from bot.core.errors import Failure
from bot.words.plural import Plural
from bot.words.say import catalogue

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "bot").rglob("*.py"))
LONGEST_FILE = 300
LONGEST_FUNCTION = 50
# What a pure module may import: no storage, no settings, no third party.
PURE = ("jobs/calendar.py", "relay/breaker.py")
PURE_FLOORS = ("bot.core.",)
TOP_LEVEL = {
    "CHANGELOG.md",
    "Containerfile",
    "LICENSE",
    "README.md",
    "alembic.ini",
    "bot",
    "build",
    "compose.yaml",
    "constraints.txt",
    "data",
    "dist",
    "latchkey.example.toml",
    "latchkey.toml",
    "migrations",
    "pyproject.toml",
    "tests",
    "uv.lock",
}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_no_file_outgrows_what_a_person_reads_at_once(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_every_function_fits_a_screen(path: Path) -> None:
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    too_long = [f.name for f in functions if (f.end_lineno or 0) - f.lineno >= LONGEST_FUNCTION]

    assert too_long == []


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_nothing_is_imported_for_type_checking_alone(path: Path) -> None:
    assert "TYPE_CHECKING" not in path.read_text()


def test_rules_are_pure() -> None:
    rules = [path for path in FILES if path.name == "rules.py" or _name(path)[4:] in PURE]
    assert len(rules) >= 3

    for path in rules:
        for node in ast.walk(ast.parse(path.read_text())):
            for imported in _imports(node):
                first = imported.split(".")[0]
                own = imported.startswith(PURE_FLOORS) or imported.startswith(_package(path))
                standard = first in importlib.import_module("sys").stdlib_module_names
                assert own or standard, f"{_name(path)} imports {imported}"


def test_among_the_upstreams_two_files_name_an_http_client() -> None:
    naming = {
        path.name
        for path in FILES
        if path.parent.name == "upstreams" and path.parents[1].name == "bot"
        for node in ast.walk(ast.parse(path.read_text()))
        if any(name.split(".")[0] in ("aiohttp", "httpx") for name in _imports(node))
    }

    assert naming == {"http.py", "http_pinned.py"}


def test_every_package_has_a_door_plate_and_nothing_else() -> None:
    for path in FILES:
        if path.name == "__init__.py" and path.parent.name != "bot":
            body = ast.parse(path.read_text()).body
            assert len(body) == 1, f"{_name(path)} holds code"
            assert isinstance(body[0], ast.Expr), f"{_name(path)} has no door plate"


def test_every_failure_has_its_sentence() -> None:
    for found in pkgutil.walk_packages(bot.__path__, "bot."):
        if found.name != "bot.__main__" and not found.name.startswith("bot.migrations"):
            importlib.import_module(found.name)
    known = catalogue("en")

    unsaid = [kind.__qualname__ for kind in _heirs(Failure) if kind.message_id not in known]

    assert unsaid == []


def test_every_sentence_can_be_filled() -> None:
    for message_id, template in catalogue("en").items():
        forms = [template.one, template.other] if isinstance(template, Plural) else [template]
        for form in forms:
            names = [name for _, name, _, _ in string.Formatter().parse(form) if name is not None]
            assert all(name.isidentifier() for name in names), message_id


def test_the_top_level_stays_as_it_is() -> None:
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}

    assert found <= TOP_LEVEL


def _package(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).parent.parts) + "."


def _imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def _heirs(kind: type[Failure]) -> list[type[Failure]]:
    return [heir for child in kind.__subclasses__() for heir in (child, *_heirs(child))]
