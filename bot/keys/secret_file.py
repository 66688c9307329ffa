"""The embedded database's secret: made on first start, readable by its owner alone."""

import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.core.errors import StartFailed
from bot.settings.environment import Environment

log = logging.getLogger(__name__)
NAME = "secret.key"
MODE = 0o600
OTHERS = 0o077  # permission bits of group and world
SHORTEST = 32  # characters of a secret
RANDOM_BYTES = 48


def secrets_of(environment: Environment) -> tuple[str, ...]:
    """Return the secrets, newest first; the embedded database's own come from its file."""
    if environment.secrets:
        return environment.secrets
    if not environment.embedded:
        raise StartFailed("LATCHKEY_SECRET_KEY: is required with PostgreSQL")
    path = environment.data / NAME
    with _readable(path):
        _make(path)
        _look_at_permissions(path)
    return read(path)


def read(path: Path) -> tuple[str, ...]:
    """Return the secrets that a file holds, newest first; raises StartFailed."""
    with _readable(path):
        text = path.read_text("utf-8")
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if not found or min(map(len, found)) < SHORTEST:
        raise StartFailed(
            f"{path}: must hold one secret of {SHORTEST} characters or more, or several,"
            " comma-separated. Bring back the file that belongs to this database."
        )
    return found


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Put into a sentence why the file cannot be read or made."""
    try:
        yield
    except (OSError, UnicodeDecodeError) as fault:
        why = fault.strerror if isinstance(fault, OSError) else "it is not text"
        raise StartFailed(f"{path}: the secret cannot be read or made: {why}.") from fault


def _make(path: Path) -> None:
    """Write a new secret unless there is one; no crash leaves half a file, no race two secrets."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{NAME}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        draft.touch(MODE, exist_ok=False)
        with draft.open("w") as file:
            file.write(secrets.token_urlsafe(RANDOM_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        _put_in_place(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _put_in_place(draft: Path, path: Path) -> None:
    """Give the draft its name unless another process was quicker."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    except OSError:  # a file system without links
        draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _look_at_permissions(path: Path) -> None:
    """Warn where others than the owner may read the secret."""
    if path.stat().st_mode & OTHERS:
        log.warning("%s can be read by others on this machine: chmod 600 it", path)
