"""Whether the database is there, up to date, and sealed with the secret at hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from bot.core.errors import DatabaseAway, StartFailed
from bot.core.secrets import Sealer
from bot.keys import fingerprint, secret_file
from bot.settings.environment import Environment
from bot.storage import values
from bot.storage.database import Database, Tx
from bot.storage.migrate import unapplied
from bot.storage.opening import in_use, reach
from bot.words.verdict import Line, Mark

DATABASE, SECRET = "database", "secret"
OLDEST_POSTGRES = 150_000  # as server_version_num counts
VERSIONS = "alembic_version"
UPGRADE = "`latchkey run` or `latchkey db upgrade` does that."


@dataclass
class DatabaseLook:
    """Looks at the database without changing it.

    `readable` once its tables can be asked, `idle` where certainly no process works on it.
    """

    environment: Environment
    db: Database
    readable: bool = False
    idle: bool = False

    async def look(self) -> list[Line]:
        """Return what there is to say."""
        try:
            if not self.environment.embedded:
                await reach(self.db.url)
            elif not self._file.exists():
                self.idle = True
                said = f"{self._file} is not there yet: `latchkey run` makes it."
                return [Line(Mark.OK, DATABASE, said)]
            return await self._inside()
        except StartFailed as failed:
            return [Line(Mark.FAIL, DATABASE, failed.sentence)]
        except (DatabaseAway, DBAPIError, OSError) as fault:
            return [Line(Mark.FAIL, DATABASE, self._unreadable(fault))]

    async def stored_fingerprint(self) -> str | None:
        """Return what the database remembers of its secret."""
        if not self.readable:
            return None
        async with self.db.read() as tx:
            return await values.recall(tx, fingerprint.NAME)

    async def _inside(self) -> list[Line]:
        lines = []
        async with self.db.read() as tx:
            revision = await _revision(tx)
            behind = unapplied(revision)
            if not self.environment.embedded:
                lines = await _server(tx, makes_tables=bool(behind))
        self.readable = behind == 0
        return [*lines, self._state(revision, behind)]

    def _state(self, revision: str | None, behind: int | None) -> Line:
        where = self._where
        if behind is None:
            return Line(
                Mark.FAIL,
                DATABASE,
                f"{where} was made by another version of Latchkey (migration {revision}, which "
                "this one has not). Mend: install that version or a newer one.",
            )
        if revision is None:
            return Line(Mark.OK, DATABASE, f"{where} is empty: tables have to be made; {UPGRADE}")
        if behind:
            said = f"{where} is {behind} migrations behind. Mend: {UPGRADE}"
            return Line(Mark.WARN, DATABASE, said)
        owner = ""
        if self.environment.embedded:
            self.idle = not in_use(self.db.url)
            owner = ", and no process works on it" if self.idle else ", and a process works on it"
        return Line(Mark.OK, DATABASE, f"{where} is up to date{owner}.")

    @property
    def _file(self) -> Path:
        return Path(self.db.url.database or "")

    @property
    def _where(self) -> str:
        url = self.db.url
        return f"{url.database} at {url.host}" if url.host else str(url.database)

    def _unreadable(self, fault: BaseException) -> str:
        cause = getattr(fault, "orig", None) or fault.__cause__ or fault
        cause = getattr(cause, "orig", None) or cause
        words = str(cause).strip().partition("\n")[0] or type(cause).__name__
        return (
            f"{self._where} cannot be read: {words.rstrip('.')}. Mend: let this user read it and "
            "its folder, or bring a backup back (README, Backups)."
        )


async def _revision(tx: Tx) -> str | None:
    """Return the last migration that was applied, None where there was none."""
    if not await tx.run_sync(lambda connection: inspect(connection).has_table(VERSIONS)):
        return None
    found: str | None = await tx.scalar(text(f"SELECT version_num FROM {VERSIONS}"))  # noqa: S608
    return found


async def _server(tx: Tx, *, makes_tables: bool) -> list[Line]:
    """Return what is wrong with a PostgreSQL server or what it lets us do."""
    lines = []
    if int(await tx.scalar(text("SHOW server_version_num")) or 0) < OLDEST_POSTGRES:
        said = "PostgreSQL is older than 15, the oldest that Latchkey is tested with."
        lines.append(Line(Mark.WARN, DATABASE, said))
    may = await tx.scalar(text("SELECT has_schema_privilege(current_schema(), 'CREATE')"))
    if makes_tables and not may:
        lines.append(
            Line(
                Mark.FAIL,
                DATABASE,
                "This user may make no tables there. Mend, as the database's owner: GRANT CREATE, "
                "USAGE ON SCHEMA public TO the user of LATCHKEY_DATABASE_URL.",
            )
        )
    return lines


def secret(environment: Environment, stored: str | None) -> Iterator[Line]:
    """Yield whether the secret at hand is the database's; `stored` is that one's fingerprint."""
    try:
        found = at_hand(environment)
    except StartFailed as failed:
        yield Line(Mark.FAIL, SECRET, failed.sentence)
        return
    file = environment.data / secret_file.NAME
    if not found and stored is None:
        if environment.embedded:
            said = f"{file} is not there yet: `latchkey run` makes it."
            yield Line(Mark.OK, SECRET, said)
    elif not found:
        yield Line(
            Mark.FAIL,
            SECRET,
            f"{file} is gone, and the database is sealed with it. Mend: bring it back from where "
            "you keep it, or accept its loss with `latchkey rekey --lost`.",
        )
    else:
        yield _fits(Sealer.from_secrets(found), stored)


def at_hand(environment: Environment) -> tuple[str, ...]:
    """Return the secrets there are, newest first, making none; raises StartFailed."""
    file = environment.data / secret_file.NAME
    if environment.secrets or not environment.embedded or not file.exists():
        return environment.secrets
    return secret_file.read(file)


def _fits(sealer: Sealer, stored: str | None) -> Line:
    if stored is None:
        return Line(Mark.OK, SECRET, "There is a secret, and nothing is sealed yet.")
    if not sealer.knows(stored):
        return Line(Mark.FAIL, SECRET, fingerprint.FOREIGN)
    if sealer.fingerprint != stored:
        said = "The newest secret is not in use yet. Mend: stop Latchkey, `latchkey rekey`, start."
        return Line(Mark.WARN, SECRET, said)
    return Line(Mark.OK, SECRET, "The secret is the one that the database is sealed with.")
