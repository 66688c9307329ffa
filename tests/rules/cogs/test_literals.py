"""What people read in Discord comes from the words, in whatever language they read."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import discord
import pytest

from bot.cogs import role_hand
from bot.words.language import Language
from bot.words.plural import Forms, Plural, Template
from bot.words.say import catalogue, known

COGS = Path(__file__).parents[3] / "bot" / "cogs"
FILES = sorted(COGS.rglob("*.py"))
WORDS = re.compile(r"[^\W\d_]{2,}")
# Where people read what is passed, by the name of what is called: by place, and by keyword.
SHOWN: dict[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
    "button": ((0,), ("label",)),
    "Button": ((), ("label",)),
    "modal": ((0,), ("title", "text")),
    "Modal": ((), ("title",)),
    "Label": ((), ("text", "description")),
    "TextDisplay": ((0,), ("content",)),
    "TextInput": ((), ("label", "placeholder", "default")),
    "line": ((), ("hint",)),
    "reason": ((0,), ("hint",)),
    "select": ((0,), ("placeholder",)),
    "Select": ((), ("placeholder",)),
    "SelectOption": ((), ("label", "description")),
    "Choice": ((), ("name",)),
    "Embed": ((), ("title", "description")),
    "add_field": ((), ("name", "value")),
    "set_footer": ((), ("text",)),
    "panel": (tuple(range(10)), ()),
    "send": ((0,), ("content",)),
    "send_message": ((0,), ("content",)),
    "edit_message": ((), ("content",)),
    "edit_original_response": ((), ("content",)),
    "edit": ((), ("content",)),
    "reply": ((0,), ("content",)),
    "create_thread": ((), ("name",)),
}
# Discord's limits of what is said there, in characters.
LIMITS = {"button": 80, "Button": 80, "modal": 45, "select": 150, "Select": 150, "Choice": 100}
FIELD, OPTION = 45, 100  # the label of a modal's field, an option of a menu


def name_of(path: Path) -> str:
    return str(path.relative_to(COGS))


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Yield every call with the name of what it calls."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Subscript):  # ui.Container[...](...)
                called = called.value
            yield getattr(called, "attr", getattr(called, "id", "")), node


def shown(name: str, call: ast.Call) -> Iterator[ast.expr]:
    """Yield what of a call people read."""
    positions, keywords = SHOWN.get(name, ((), ()))
    yield from (each for at, each in enumerate(call.args) if at in positions)
    yield from (each.value for each in call.keywords if each.arg in keywords)
    for keyword in call.keywords:
        if name == "modal" and keyword.arg == "fields" and isinstance(keyword.value, ast.Dict):
            yield from (key for key in keyword.value.keys if key is not None)


def literal(shown: ast.expr) -> Iterator[str]:
    """Yield the words that stand in the code itself, not those that are said or looked up."""
    match shown:
        case ast.Constant(value=str() as text):
            yield from WORDS.findall(text)
        case ast.JoinedStr(values=values):
            for value in values:
                yield from literal(value)
        case ast.BinOp(left=left, right=right):
            yield from (*literal(left), *literal(right))
        case ast.IfExp(body=body, orelse=other):
            yield from (*literal(body), *literal(other))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_words_that_people_read_stand_in_the_code(path: Path) -> None:
    found = [
        f"line {call.lineno}: {' '.join(words)}"
        for name, call in calls(path)
        for each in shown(name, call)
        if (words := list(literal(each)))
    ]

    assert found == []


def said(shown: ast.expr) -> Iterator[str]:
    """Yield the message ids that are said right there; of a computed one what it begins with."""
    match shown:
        case ast.Call(func=ast.Name(id="say"), args=[ast.Constant(value=str() as found), *_]):
            yield found
        case ast.Call(func=ast.Name(id="say"), args=[ast.JoinedStr(values=[begin, *_]), *_]):
            if isinstance(begin, ast.Constant):
                yield f"{begin.value}*"
        case ast.IfExp(body=body, orelse=other):
            yield from (*said(body), *said(other))


def tight() -> Iterator[tuple[str, int]]:
    """Yield the messages that stand where Discord gives little room, with how much."""
    for path in FILES:
        for name, call in calls(path):
            for each in shown(name, call):
                keys = {id(key) for key in _fields(call)}
                room = FIELD if name == "Label" or id(each) in keys else LIMITS.get(name)
                room = OPTION if name == "SelectOption" else room
                if room is not None:
                    yield from ((found, room) for found in said(each))
    for message_id in catalogue(Language.EN):
        if message_id.startswith("field.") and not message_id.endswith((".none", ".zero")):
            yield message_id, FIELD  # the labels of /settings


def _fields(call: ast.Call) -> Iterator[ast.expr]:
    for keyword in call.keywords:
        if keyword.arg == "fields" and isinstance(keyword.value, ast.Dict):
            yield from (key for key in keyword.value.keys if key is not None)


def _lengths(template: Template) -> list[int]:
    forms: tuple[str, ...]
    match template:
        case str():
            forms = (template,)
        case Plural(one, other):
            forms = (one, other)
        case Forms(forms, _):
            pass
    return [_length(form) for form in forms]


def _length(template: str) -> int:
    """Return about how long a sentence becomes: what is filled in is eight characters."""
    parts = Formatter().parse(template)
    return sum(len(text) + (8 if name is not None else 0) for text, name, _, _ in parts)


def test_what_stands_on_buttons_and_fields_fits_in_both_languages() -> None:
    rooms = list(tight())
    found = {
        f"{message_id} ({most} of {room})"
        for wanted, room in rooms
        for language in Language
        for message_id, template in catalogue(language).items()
        if message_id == wanted or (wanted[-1] == "*" and message_id.startswith(wanted[:-1]))
        if (most := max(_lengths(template))) > room
    }

    assert len(rooms) > 40
    assert found == set()


def test_every_permission_that_is_power_has_a_name_people_know() -> None:
    powerful = [
        name
        for name, _ in discord.Permissions.all()
        if name in role_hand.POWERS or name.startswith(role_hand.MANAGE)
    ]

    assert [name for name in powerful if not known(f"power.{name}")] == []
    assert len(powerful) > len(role_hand.POWERS)
