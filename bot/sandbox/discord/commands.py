"""The application's commands: the global ones and each guild's own, as Discord keeps them."""

from collections.abc import Callable
from typing import Any

from bot.sandbox.discord.refusals import Code, Refusal

MOST = {1: 100, 2: 15, 3: 15}
EDITABLE = (
    "name",
    "name_localizations",
    "description",
    "description_localizations",
    "options",
    "default_member_permissions",
    "dm_permission",
    "contexts",
    "integration_types",
    "nsfw",
)


class Commands:
    """Every registered command; None stands for the global scope."""

    def __init__(self) -> None:
        self._by_scope: dict[int | None, dict[int, dict[str, Any]]] = {}

    def all(self, guild_id: int | None) -> list[dict[str, Any]]:
        """List the commands of one scope."""
        return list(self._by_scope.get(guild_id, {}).values())

    def get(self, guild_id: int | None, command_id: int) -> dict[str, Any]:
        """Find one command of a scope by its id."""
        try:
            return self._by_scope[guild_id][command_id]
        except KeyError:
            raise Refusal(Code.UNKNOWN_COMMAND) from None

    def named(self, guild_id: int | None, name: str, kind: int) -> dict[str, Any] | None:
        """Find one command of a scope by name and type."""
        for command in self.all(guild_id):
            if command["name"] == name and command["type"] == kind:
                return command
        return None

    def overwrite(
        self, guild_id: int | None, given: list[dict[str, Any]], make_id: Callable[[], int]
    ) -> list[dict[str, Any]]:
        """Put a whole scope in place of the old one; a command of the same name keeps its id."""
        before = {(c["type"], c["name"]): int(c["id"]) for c in self.all(guild_id)}
        fresh = {}
        for each in given:
            command_id = before.get((each["type"], each["name"])) or make_id()
            fresh[command_id] = each | {"id": str(command_id), "version": str(make_id())}
        self._refuse_too_many(list(fresh.values()))
        self._by_scope[guild_id] = fresh
        return self.all(guild_id)

    def put(
        self, guild_id: int | None, given: dict[str, Any], make_id: Callable[[], int]
    ) -> tuple[dict[str, Any], bool]:
        """Add one command, or put it in place of its namesake; say whether it is new."""
        old = self.named(guild_id, given["name"], given["type"])
        command_id = int(old["id"]) if old else make_id()
        made = given | {"id": str(command_id), "version": str(make_id())}
        scope = self._by_scope.setdefault(guild_id, {})
        self._refuse_too_many([*(c for key, c in scope.items() if key != command_id), made])
        scope[command_id] = made
        return made, old is None

    def edit(
        self, guild_id: int | None, command_id: int, changed: dict[str, Any], version: int
    ) -> dict[str, Any]:
        """Change some fields of one command."""
        kept = self.get(guild_id, command_id)
        made = kept | changed | {"version": str(version)}
        self._by_scope[guild_id][command_id] = made
        return made

    def remove(self, guild_id: int | None, command_id: int) -> None:
        """Delete one command."""
        self.get(guild_id, command_id)
        del self._by_scope[guild_id][command_id]

    @staticmethod
    def _refuse_too_many(commands: list[dict[str, Any]]) -> None:
        for kind, most in MOST.items():
            if sum(command["type"] == kind for command in commands) > most:
                raise Refusal(Code.TOO_MANY_COMMANDS)
