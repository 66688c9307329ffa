"""Who may read the files that hold secrets, whether the folder can be written, and the backups."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.jobs.backup import copies
from bot.keys.secret_file import NAME, OTHERS
from bot.settings import reading
from bot.settings.environment import Environment
from bot.settings.words import Unfit
from bot.words.verdict import Line, Mark

FILES, BACKUPS = "files", "backups"
OLD = timedelta(days=2)
DOTENV = ".env"


def files(environment: Environment, cwd: Path) -> Iterator[Line]:
    """Yield a line for each file that others may read, or one that says that there is none."""
    data = environment.data
    wanted = data if data.exists() else _above(data)
    if environment.embedded and not os.access(wanted, os.W_OK | os.X_OK):
        said = f"{wanted} cannot be written by this user. Mend: chown it, or set LATCHKEY_DATA."
        yield Line(Mark.FAIL, FILES, said)
    holding = [cwd / DOTENV, data / NAME, data / "latchkey.db", *copies(data / "backups")]
    if environment.config and _holds_keys(environment.config):
        holding.append(environment.config)
    open_ones = [path for path in holding if path.is_file() and path.stat().st_mode & OTHERS]
    for path in open_ones:
        said = f"Others on this machine may read {path}. Mend: chmod 600 {path}"
        yield Line(Mark.WARN, FILES, said)
    if not open_ones:
        yield Line(Mark.OK, FILES, "What holds secrets is readable by its owner alone.")


def backups(environment: Environment, kept: int) -> Iterator[Line]:
    """Yield how old the newest copy of the embedded database is; `kept` is how many are."""
    if not environment.embedded:
        said = "PostgreSQL is backed up by its own tools (pg_dump), not by Latchkey."
        yield Line(Mark.OK, BACKUPS, said)
        return
    if not kept:
        yield Line(Mark.WARN, BACKUPS, "retention.backups is 0: no copies are made.")
        return
    found = copies(environment.data / "backups")
    if not found:
        yield Line(Mark.OK, BACKUPS, "There is no copy yet: the first is made at 04:00.")
        return
    made = datetime.fromtimestamp(found[0].stat().st_mtime, UTC)
    age = datetime.now(UTC) - made
    if age > OLD:
        yield Line(
            Mark.WARN,
            BACKUPS,
            f"The newest copy, {found[0].name}, is {age.days} days old. Mend: keep `latchkey run` "
            "running at 04:00; if it does, look in its log for the job backup.",
        )
    else:
        said = f"The newest copy is {found[0].name}. Keep one on another machine too."
        yield Line(Mark.OK, BACKUPS, said)


def _above(path: Path) -> Path:
    """Return the nearest folder above that is there."""
    return next((each for each in path.parents if each.exists()), path)


def _holds_keys(config: Path) -> bool:
    """Say whether latchkey.toml holds keys themselves, and not the names of variables."""
    try:
        raw: dict[str, Any] = reading.parse(config)
    except Unfit:
        return False
    upstreams = raw.get("upstreams")
    keys = [one.get("api_key") for one in upstreams or [] if isinstance(one, dict)]
    return any(isinstance(key, str) and not key.startswith("env:") for key in keys)
