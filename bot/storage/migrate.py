"""Migrations: found in the package or in the checkout, applied by one process at a time.

`python -m bot.storage.migrate` reads the database's URL from stdin and applies them in a process
of its own, so that Alembic never stays in the memory of `latchkey run`.
"""

import asyncio
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config

PACKAGE = Path(__file__).parents[1]


def folder() -> Path:
    """Return where the migrations are: inside an installed package, else beside it."""
    inside = PACKAGE / "migrations"
    return inside if inside.is_dir() else PACKAGE.parent / "migrations"


def config(url: str) -> Config:
    """Return Alembic's configuration for a database URL."""
    made = Config()
    made.set_main_option("script_location", str(folder()).replace("%", "%%"))
    made.attributes["url"] = url
    return made


def upgrade(url: str, to: str = "head") -> None:
    """Apply every migration up to `to`; blocks."""
    command.upgrade(config(url), to)


class NotMigrated(Exception):
    """The child that applies migrations failed; carries its last line."""


async def upgrade_in_child(url: str) -> None:
    """Apply every migration in a child process, or raise NotMigrated."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.storage.migrate",
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await child.communicate(url.encode())
    if child.returncode:
        raise NotMigrated((said.decode(errors="replace").strip().splitlines() or ["?"])[-1])


if __name__ == "__main__":
    upgrade(sys.stdin.read())
