"""A copy of the embedded database, whole at its moment, made while calls go on."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event

UNFINISHED = ".unfinished"
OWNER_ALONE = 0o600
FOLDER_MODE = 0o700
STEPS = 1_000  # of SQLite between two looks at whether to stop


async def copy(database: Path, target: Path) -> None:
    """Copy the database to `target`, readable by its owner alone; a crash leaves none or all."""
    draft = target.with_name(target.name + UNFINISHED)
    # Read by a connection of its own: writers neither wait for it nor hold it up.
    with closing(sqlite3.connect(database, check_same_thread=False)) as connection:
        stop = Event()
        connection.set_progress_handler(stop.is_set, STEPS)
        writing = asyncio.ensure_future(asyncio.to_thread(_write, connection, draft, target))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            stop.set()
            await asyncio.gather(writing, return_exceptions=True)
            raise


def tidy(folder: Path) -> None:
    """Delete what a crash left half written."""
    for left in folder.glob(f"*{UNFINISHED}"):
        left.unlink(missing_ok=True)


def _write(connection: sqlite3.Connection, draft: Path, target: Path) -> None:
    draft.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    draft.unlink(missing_ok=True)
    draft.touch(OWNER_ALONE)
    try:
        connection.execute("VACUUM INTO ?", (str(draft),))
        _flush(draft)
        draft.replace(target)
        _flush(target.parent)
    finally:
        draft.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Bring a file, or the names in a folder, onto the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
