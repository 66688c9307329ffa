"""The README's generated parts; `python -m tests.readme` writes them."""

import asyncio
import re
import tempfile
from pathlib import Path

from discord import AppCommandType, app_commands

from bot.api.operation import shown
from bot.app.doors import bot_of
from bot.core.clock import HandClock
from bot.core.health import Health
from bot.settings.tables import environment_table, toml_table
from bot.storage.database import Database
from bot.storage.migrate import upgrade
from tests.fakes.house import House, opened_house

README = Path(__file__).parents[1] / "README.md"
ON = {
    AppCommandType.user: "In a person's menu, under Apps.",
    AppCommandType.message: "In a message's menu, under Apps.",
}


def filled(text: str, parts: dict[str, str]) -> str:
    """Return the README with every generated part as the code has it."""
    for name, body in parts.items():
        block = f"<!-- {name} -->\n{body.strip()}\n<!-- /{name} -->"
        pattern = rf"<!-- {name} -->\n.*?<!-- /{name} -->"
        text, found = re.subn(pattern, lambda _match, new=block: new, text, flags=re.DOTALL)
        assert found == 1, f"README.md has no place for {name}"
    return text


def parts(house: House) -> dict[str, str]:
    """Return every generated part by name."""

    async def vitals() -> Health:
        return house.vitals

    bot = bot_of(house.inner, vitals, lambda: house.url)
    return {
        "commands": _commands(bot.cogs, bot.menus),
        "staff": _commands(bot.staff_cogs, bot.staff_menus),
        "routes": _routes(house.api.app.operations),
        "environment": environment_table(),
        "toml": toml_table(),
    }


def _commands(cogs, menus) -> str:
    tops = [
        top
        for cog in cogs
        for top in ([cog.app_command] if cog.app_command else cog.get_app_commands())
    ]
    rows = [_command(command) for top in tops for command in _leaves(top)]
    rows = [*sorted(rows), *(f'| "{menu.name}" | {ON[menu.type]} |' for menu in menus)]
    return "\n".join(["| command | what it does |", "|---|---|", *rows])


def _leaves(command):
    if not isinstance(command, app_commands.Group):
        return [command]
    return [leaf for child in command.commands for leaf in _leaves(child)]


def _command(command) -> str:
    options = "".join(
        f" {p.display_name}" if p.required else f" [{p.display_name}]" for p in command.parameters
    )
    return f"| `/{command.qualified_name}{options}` | {command.description} |"


def _routes(operations) -> str:
    rows = [
        f"| {operation.method} {', '.join(map(shown, operation.paths))} | {operation.summary} |"
        for operation in operations
    ]
    return "\n".join(["| route | what it does |", "|---|---|", *rows])


async def _write() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/latchkey.db"
        await asyncio.to_thread(upgrade, url)
        async with Database(url) as db, opened_house(db, HandClock()) as house:
            new = filled(README.read_text(), parts(house))
    README.write_text(new)


if __name__ == "__main__":
    asyncio.run(_write())
