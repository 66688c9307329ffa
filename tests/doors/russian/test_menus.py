"""What Discord's menus say of every command, option and choice, in Russian too."""

import re
from collections.abc import Iterator
from typing import Any

from bot.sandbox.discord.furniture import HOME
from bot.words import russian
from bot.words.catalogue import read
from bot.words.language import Language
from bot.words.say import catalogue
from tests.doors.bot.stage import Stage

LONGEST, LONGEST_COMMAND = 100, 8_000  # characters, Discord's limits
SLASH = 1
SUBCOMMANDS = (1, 2)  # and groups of them
CYRILLIC = re.compile(r"[а-яё]")
NEUTRAL = re.compile(r"[^A-Za-z]*")  # numbers and ratios are alike in every language


def registered(stage: Stage) -> list[dict[str, Any]]:
    """Return every command that Discord knows, as the bot sent it."""
    commands = stage.discord.world.commands
    return [*commands.all(None), *commands.all(HOME)]


def parts(part: dict[str, Any], before: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a command, its subcommands and its options, each with its id of the words."""
    here = before + part["name"]
    yield here, part
    for option in part.get("options", ()):
        yield from parts(option, here + (" " if option["type"] in SUBCOMMANDS else "."))


def choices(command: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every choice with the path of its option."""
    for path, part in parts(command):
        yield from ((path, choice) for choice in part.get("choices", ()))


def length(command: dict[str, Any]) -> int:
    """Count a command's characters as Discord does: of each text the longest translation."""
    longest = 0
    for _, part in parts(command):
        longest += _longest(part, "name") + _longest(part, "description")
        longest += sum(
            _longest(each, "name") + len(str(each["value"])) for each in part.get("choices", ())
        )
    return longest


def _longest(part: dict[str, Any], name: str) -> int:
    translated = (part.get(f"{name}_localizations") or {}).values()
    return max(map(len, [part.get(name, ""), *translated]))


async def test_every_command_and_option_is_described_in_russian(stage: Stage) -> None:
    undescribed = [
        path
        for command in registered(stage)
        if command["type"] == SLASH
        for path, part in parts(command)
        if not CYRILLIC.search((part.get("description_localizations") or {}).get("ru", ""))
    ]

    assert undescribed == []
    assert len(registered(stage)) > 30


async def test_every_choice_is_named_in_russian(stage: Stage) -> None:
    unnamed = [
        f"{path}: {choice['name']}"
        for command in registered(stage)
        for path, choice in choices(command)
        if not NEUTRAL.fullmatch(choice["name"])
        and not CYRILLIC.search((choice.get("name_localizations") or {}).get("ru", ""))
    ]

    assert unnamed == []


async def test_names_stay_as_they_are_in_every_language(stage: Stage) -> None:
    renamed = [
        path
        for command in registered(stage)
        for path, part in parts(command)
        if part.get("name_localizations")
    ]

    assert renamed == []


async def test_descriptions_fit_into_discords_limits(stage: Stage) -> None:
    for command in registered(stage):
        for path, part in parts(command):
            assert _longest(part, "description") <= LONGEST, path
        for path, choice in choices(command):
            assert _longest(choice, "name") <= LONGEST, path
        assert length(command) <= LONGEST_COMMAND, command["name"]


async def test_no_description_is_left_over(stage: Stage) -> None:
    there = {f"command.{path}" for one in registered(stage) for path, _ in parts(one)}
    there |= {f"choice.{each['value']}" for one in registered(stage) for _, each in choices(one)}

    ours = {each for each in read(russian) if each.startswith(("command.", "choice."))}

    assert sorted(ours - there - catalogue(Language.EN).keys()) == []
