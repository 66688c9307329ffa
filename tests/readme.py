"""The README's generated parts; `python -m tests.readme` writes them."""

import asyncio
import importlib
import pkgutil
import re
import tempfile
from pathlib import Path

from discord.ext import commands

from bot import cogs
from bot.api.operation import shown
from bot.core.clock import HandClock
from bot.settings.tables import environment_table, toml_table
from bot.storage.database import Database
from bot.storage.migrate import upgrade
from tests.fakes.house import opened_house

README = Path(__file__).parents[1] / "README.md"


def filled(text: str, parts: dict[str, str]) -> str:
    """Return the README with every generated part as the code has it."""
    for name, body in parts.items():
        block = f"<!-- {name} -->\n{body.strip()}\n<!-- /{name} -->"
        pattern = rf"<!-- {name} -->\n.*?<!-- /{name} -->"
        text, found = re.subn(pattern, lambda _match, new=block: new, text, flags=re.DOTALL)
        assert found == 1, f"README.md has no place for {name}"
    return text


def parts(operations) -> dict[str, str]:
    """Return every generated part by name."""
    return {
        "commands": _commands(),
        "routes": _routes(operations),
        "environment": environment_table(),
        "toml": toml_table(),
    }


def _commands() -> str:
    rows = []
    for found in pkgutil.walk_packages(cogs.__path__, "bot.cogs."):
        module = importlib.import_module(found.name)
        for kind in vars(module).values():
            if isinstance(kind, commands.CogMeta) and kind.__module__ == module.__name__:
                rows += [_command(command) for command in kind.__cog_app_commands__]
    return "\n".join(["| command | what it does |", "|---|---|", *sorted(rows)])


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
            new = filled(README.read_text(), parts(house.api.app.operations))
    README.write_text(new)


if __name__ == "__main__":
    asyncio.run(_write())
