"""What Discord's menus say of the commands in other languages; their names stay as they are.

The English is the code's own docstrings; `commands.po` has the others by `command.<name>`,
`command.<name>.<option>` and `choice.<value>`.
"""

from typing import Any, TypeAlias

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Place

from bot.words.language import Language, reader, speaking
from bot.words.say import catalogue, say

Described: TypeAlias = app_commands.Command[Any, ..., Any] | app_commands.Group
NAMES = (Place.command_name, Place.group_name, Place.parameter_name)


class Translations(app_commands.Translator):
    """Looks descriptions up in the catalogue of a locale's language."""

    async def translate(
        self,
        _string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Return the description in a locale's language; None: Discord shows the English one."""
        language = Language.of(str(locale))
        if language in (None, Language.EN) or context.location in NAMES:
            return None
        message_id = described(context)
        if message_id is None or message_id not in catalogue(language):
            return None
        with speaking(language):
            return say(message_id)


def said_of(command: Described) -> str:
    """Return what a command does, in its reader's language."""
    message_id = f"command.{command.qualified_name}"
    return say(message_id) if message_id in catalogue(reader()) else command.description


def described(context: app_commands.TranslationContextTypes) -> str | None:
    """Return the id of what a menu says of a command, an option or a choice."""
    data: Any = context.data
    match context.location:
        case Place.command_description | Place.group_description:
            return f"command.{data.qualified_name}"
        case Place.parameter_description:
            return f"command.{data.command.qualified_name}.{data.name}"
        case Place.choice_name:
            return f"choice.{data.value}"
        case _:
            return None
