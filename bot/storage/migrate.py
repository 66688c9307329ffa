"""Migrations: found in the package or in the checkout, applied by one process at a time.

`python -m bot.storage.migrate` reads the database's URL from stdin and applies them in a process
of its own, so that Alembic never stays in the memory of `latchkey run`.
"""

import asyncio
import os
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def folder() -> Path:
    """Return where the migrations are: inside an installed package, else beside it."""
    inside = PACKAGE / "migrations"
    return inside if inside.is_dir() else PACKAGE.parent / "migrations"


def upgrade(url: str, to: str = "head", scripts: Path | None = None) -> None:
    """Apply every migration up to `to`, from `scripts` instead of the usual folder; blocks."""
    from alembic import command  # here: the process that only starts the child never loads it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts or folder()).replace("%", "%%"))
    config.attributes["url"] = url
    command.upgrade(config, to)


def unapplied(revision: str | None) -> int | None:
    """Count the migrations that follow a revision, None for one that is none of ours; blocks."""
    from alembic.script import ScriptDirectory  # here: as above

    scripts = ScriptDirectory(str(folder()))
    ours = [script.revision for script in scripts.walk_revisions()]  # the newest first
    if revision is None:
        return len(ours)
    return ours.index(revision) if revision in ours else None


class NotMigrated(Exception):
    """The child that applies migrations failed; carries its last line."""


async def upgrade_in_child(url: str) -> None:
    """Apply every migration in a child process, or raise NotMigrated."""
    # The child finds the very package that runs here, and nothing in the folder it starts in.
    path = os.pathsep.join(filter(None, (str(PACKAGE.parent), os.environ.get("PYTHONPATH"))))
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "bot.storage.migrate",
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": path},
    )
    _, said = await child.communicate(url.encode())
    if child.returncode:
        lines = said.decode(errors="replace").strip().splitlines() or ["?"]
        raise NotMigrated(lines[-1].rstrip("."))


def main() -> None:
    """Migrate the database whose URL stands on stdin; a failure is one line on stderr."""
    try:
        upgrade(sys.stdin.read())
    except Exception as fault:
        cause = getattr(fault, "orig", None) or fault  # without the statement and its values
        sys.exit(next(iter(str(cause).strip().splitlines()), type(cause).__name__))


if __name__ == "__main__":
    main()
