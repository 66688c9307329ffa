"""Discord's rules for the definition of a command, and the form in which it is kept."""

import re
from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from bot.sandbox.discord.commands import EDITABLE
from bot.sandbox.discord.refusals import Form, Path

SLASH_NAME = re.compile(r"[-_'\w\u0900-\u097F\u0E00-\u0E7F]{1,32}")
MOST_CHARACTERS = 8_000
LARGEST = 2**53


class Option(IntEnum):
    """The types of option."""

    SUBCOMMAND = 1
    GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


def kept(given: Mapping[str, Any], *, application_id: int, guild_id: int | None) -> dict[str, Any]:
    """Fill a definition with Discord's defaults, as it is listed from then on."""
    command: dict[str, Any] = {
        "application_id": str(application_id),
        "type": given.get("type") or 1,
        "description": "",
        "default_member_permissions": None,
        "name_localizations": None,
        "description_localizations": None,
        "nsfw": False,
    }
    if guild_id is None:
        command |= {"dm_permission": True, "contexts": None, "integration_types": [0]}
    else:
        command["guild_id"] = str(guild_id)
    listed = {name: given[name] for name in EDITABLE if given.get(name) is not None}
    bits = listed.get("default_member_permissions")
    return command | listed | ({} if bits is None else {"default_member_permissions": str(bits)})


def check(command: dict[str, Any], form: Form, path: Path) -> None:
    """Note everything Discord would refuse in one definition."""
    if not form.choice((*path, "type"), command.get("type") or 1, (1, 2, 3)):
        return
    slash = (command.get("type") or 1) == 1
    form.text((*path, "name"), command.get("name"), 1, 32, required=True)
    for locale, name in (command.get("name_localizations") or {}).items():
        form.text((*path, "name_localizations", locale), name, 1, 32, required=True)
    if not slash:
        if command.get("description") or command.get("options"):
            message = "Context menu commands cannot have a description or options"
            form.wrong(path, "APPLICATION_COMMAND_CONTEXT_MENU_INVALID", message)
        return
    _name(command.get("name"), form, (*path, "name"))
    _description(command, form, path)
    _options(command.get("options") or [], form, (*path, "options"), depth=0)
    if _length(command) > MOST_CHARACTERS:
        message = f"Command exceeds maximum size ({MOST_CHARACTERS})"
        form.wrong(path, "APPLICATION_COMMAND_TOO_LARGE", message)


def check_all(commands: list[Any]) -> None:
    """Refuse a bulk overwrite in which anything is wrong or a name comes twice."""
    form = Form()
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(commands):
        if not isinstance(command, dict):
            message = "Only dictionaries may be used in a DictType"
            form.wrong((index,), "DICT_TYPE_CONVERT", message)
            continue
        check(command, form, (index,))
        key = (command.get("type") or 1, str(command.get("name")))
        if key in seen:
            message = "Application command names must be unique"
            form.wrong((index,), "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
        seen.add(key)
    form.done()


def _name(name: Any, form: Form, path: Path) -> None:
    if isinstance(name, str) and (not SLASH_NAME.fullmatch(name) or name != name.lower()):
        message = "Command name is invalid"
        form.wrong(path, "APPLICATION_COMMAND_INVALID_NAME", message)


def _description(thing: dict[str, Any], form: Form, path: Path) -> None:
    form.text((*path, "description"), thing.get("description"), 1, 100, required=True)
    for locale, words in (thing.get("description_localizations") or {}).items():
        form.text((*path, "description_localizations", locale), words, 1, 100, required=True)


def _options(options: Any, form: Form, path: Path, *, depth: int) -> None:
    names: set[Any] = set()
    optional_before = False
    for index, option in enumerate(form.items(path, options, 0, 25)):
        at = (*path, index)
        _option(option, form, at, depth=depth)
        if option.get("required") and optional_before:
            message = "Required options must be placed before non-required options"
            form.wrong(at, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional_before = optional_before or not option.get("required")
        if option.get("name") in names:
            message = "Option names must be unique"
            form.wrong(at, "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATED", message)
        names.add(option.get("name"))
    nested = [option.get("type") in (1, 2) for option in options if isinstance(option, dict)]
    if any(nested) and not all(nested):
        message = "Sub-command and sub-command group option types are mutually exclusive to others"
        form.wrong(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)


def _option(option: dict[str, Any], form: Form, path: Path, *, depth: int) -> None:
    plain = tuple(range(3, 12))
    allowed = ((1, 2, *plain), (1,), plain)[depth]
    if not form.choice((*path, "type"), option.get("type"), allowed):
        return
    form.text((*path, "name"), option.get("name"), 1, 32, required=True)
    _name(option.get("name"), form, (*path, "name"))
    _description(option, form, path)
    if option["type"] in (Option.SUBCOMMAND, Option.GROUP):
        inner = depth + 1 if option["type"] == Option.GROUP else 2
        _options(option.get("options") or [], form, (*path, "options"), depth=inner)
        return
    _choices(option, form, path)
    form.number((*path, "min_length"), option.get("min_length"), 0, 6000)
    form.number((*path, "max_length"), option.get("max_length"), 1, 6000)


def _choices(option: dict[str, Any], form: Form, path: Path) -> None:
    if not option.get("choices"):
        return
    if option.get("autocomplete"):
        message = "autocomplete may not be set to true if choices are present"
        form.wrong(path, "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES", message)
    for index, choice in enumerate(form.items((*path, "choices"), option["choices"], 0, 25)):
        at = (*path, "choices", index)
        form.text((*at, "name"), choice.get("name"), 1, 100, required=True)
        if option["type"] == Option.STRING:
            form.text((*at, "value"), choice.get("value"), 1, 100, required=True)
        elif option["type"] == Option.INTEGER:
            form.number((*at, "value"), choice.get("value"), -LARGEST, LARGEST)


def _length(thing: dict[str, Any]) -> int:
    """Count the characters Discord limits: of each text, its longest translation."""
    total = 0
    for name in ("name", "description"):
        texts = [thing.get(name) or "", *(thing.get(f"{name}_localizations") or {}).values()]
        total += max(len(str(text)) for text in texts)
    total += sum(len(str(c.get("value", ""))) for c in thing.get("choices") or [])
    return total + sum(_length(option) for option in thing.get("options") or [])
