"""The application's commands over REST: listed, overwritten, added, changed, deleted."""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.discord import definitions
from bot.sandbox.discord.commands import EDITABLE
from bot.sandbox.discord.refusals import Code, Form, Refusal
from bot.sandbox.discord.rest.call import Door, Reply, Request
from bot.sandbox.discord.world import Kind, World

GLOBAL = "/applications/{application_id}/commands"
GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"
TRANSLATIONS = ("name_localizations", "description_localizations")


@dataclass(frozen=True)
class CommandDoors:
    """Answers for the commands of both scopes."""

    world: World

    def doors(self) -> list[Door]:
        """List the routes."""
        return [
            door
            for base in (GLOBAL, GUILD)
            for door in (
                Door("GET", base, self.all),
                Door("PUT", base, self.overwrite),
                Door("POST", base, self.add),
                Door("GET", base + "/{command_id}", self.one),
                Door("PATCH", base + "/{command_id}", self.change),
                Door("DELETE", base + "/{command_id}", self.remove),
            )
        ]

    def all(self, call: Request) -> list[dict[str, Any]]:
        """List a scope's commands; with translations only where asked for."""
        commands = self.world.commands.all(self._scope(call))
        if call.flag("with_localizations"):
            return commands
        return [_untranslated(command) for command in commands]

    def one(self, call: Request) -> dict[str, Any]:
        """Show one command."""
        return self.world.commands.get(self._scope(call), call.id("command_id"))

    def overwrite(self, call: Request) -> list[dict[str, Any]]:
        """Put a whole list in place of a scope's commands."""
        scope = self._scope(call)
        if not isinstance(call.body, list):
            form = Form()
            form.items((), call.body, 0, 130)
            form.done()
        definitions.check_all(call.body)
        kept = [self._kept(each, scope) for each in call.body]
        made = self.world.commands.overwrite(scope, kept, self.world.ids.next)
        self._changed(scope)
        return made

    def add(self, call: Request) -> Reply:
        """Add one command, or put it in place of its namesake."""
        scope = self._scope(call)
        form = Form()
        definitions.check(call.fields, form, ())
        form.done()
        kept = self._kept(call.fields, scope)
        made, is_new = self.world.commands.put(scope, kept, self.world.ids.next)
        self._changed(scope)
        return Reply(201 if is_new else 200, made)

    def change(self, call: Request) -> dict[str, Any]:
        """Change some fields of a command."""
        scope, command_id = self._scope(call), call.id("command_id")
        changed = {name: call.fields[name] for name in EDITABLE if name in call.fields}
        whole = self.world.commands.get(scope, command_id) | changed
        form = Form()
        definitions.check(whole, form, ())
        form.done()
        made = self.world.commands.edit(scope, command_id, changed, self.world.ids.next())
        self._changed(scope)
        return made

    def remove(self, call: Request) -> None:
        """Delete a command."""
        scope = self._scope(call)
        self.world.commands.remove(scope, call.id("command_id"))
        self._changed(scope)

    def _scope(self, call: Request) -> int | None:
        if call.params["application_id"] != self.world.application["id"]:
            raise Refusal(Code.MISSING_ACCESS)
        if "guild_id" not in call.params:
            return None
        guild_id = call.id("guild_id")
        if self.world.bot_id not in self.world.members.get(guild_id, {}):
            raise Refusal(Code.MISSING_ACCESS)
        return guild_id

    def _kept(self, given: dict[str, Any], scope: int | None) -> dict[str, Any]:
        application = int(self.world.application["id"])
        return definitions.kept(given, application_id=application, guild_id=scope)

    def _changed(self, scope: int | None) -> None:
        told = {"guild_id": None if scope is None else str(scope)}
        self.world.tell(Kind.COMMANDS, told, channel=None)


def _untranslated(thing: dict[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in thing.items() if name not in TRANSLATIONS}
    for inner in ("options", "choices"):
        if plain.get(inner):
            plain[inner] = [_untranslated(each) for each in plain[inner]]
    return plain
