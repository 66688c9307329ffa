"""The doctor's round: every check under a time limit, side by side, told in one order."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TextIO

from bot.app.services import House, wire
from bot.app.staff import upstream_checkup_of
from bot.cogs.checkup import Checkup
from bot.cogs.role_hand import RoleHand
from bot.cogs.trial import Trial, expected
from bot.core.clock import SystemClock
from bot.core.errors import StartFailed
from bot.core.ids import Ids
from bot.core.redaction import Redactor
from bot.core.secrets import Sealer
from bot.doctor.api import api
from bot.doctor.database import DatabaseLook, at_hand, secret
from bot.doctor.files import backups, files
from bot.doctor.paper import Paper
from bot.doctor.settings import address, settings, switched_off
from bot.process import Process, looped
from bot.settings.community import CommunityFile
from bot.settings.environment import Part
from bot.settings.load import Settings, Survey, survey
from bot.storage.database import Database
from bot.upstreams.http import Http
from bot.words.verdict import Line, Mark

LIMIT = 30.0  # seconds for each part of the round
PATIENCE = 10.0  # seconds for each upstream
LATE = timedelta(minutes=15)
UNUSED = "a secret that seals nothing, for wiring alone"
Check = Callable[[], Awaitable[Iterable[Line]]]


def visit(environ: Mapping[str, str], cwd: Path, out: TextIO) -> int:
    """Look at everything, write what was found, and return the exit code."""
    logging.getLogger().addHandler(logging.NullHandler())  # libraries' warnings become our lines
    found = survey(environ, parts=frozenset(Part), cwd=cwd)
    redactor = Redactor()
    paper = Paper(out, redactor)
    looped(_Round(found, cwd.absolute(), redactor, paper).go())
    return paper.close()


@dataclass(frozen=True)
class Patient:
    """Everything wired as a process has it, over a database that is only looked at."""

    house: House
    http: Http
    look: DatabaseLook


@dataclass(frozen=True)
class _Round:
    """One look at everything."""

    found: Survey
    cwd: Path
    redactor: Redactor
    paper: Paper

    async def go(self) -> None:
        """Look at the settings and the database first: the rest builds on both."""
        made = Settings(self.found.environment, self.found.file or CommunityFile())
        self.redactor.learn(*made.unspeakable)
        self._write(settings(self.found, self.cwd))
        async with self._open(made) as patient:
            self._write(await _bounded("database", lambda: self._database(patient)))
            checks: dict[str, Check] = {
                "files": lambda: self._files(patient),
                "jobs": lambda: _jobs(patient),
                "API": lambda: self._api(patient),
                "discord": lambda: self._discord(patient),
                "upstreams": lambda: self._upstreams(patient),
            }
            async with asyncio.TaskGroup() as group:
                running = [
                    group.create_task(_bounded(about, check)) for about, check in checks.items()
                ]
                for task in running:
                    self._write(await task)

    @asynccontextmanager
    async def _open(self, made: Settings) -> AsyncIterator[Patient]:
        environment = made.environment
        async with AsyncExitStack() as stack:
            db = await stack.enter_async_context(Database(environment.database_url, looking=True))
            http = await stack.enter_async_context(Http())
            try:
                secrets = at_hand(environment)
            except StartFailed:
                secrets = ()  # told with the rest about the secret
            self.redactor.learn(*secrets)
            sealer = Sealer.from_secrets(secrets or (UNUSED,))
            house = wire(made, self.redactor, SystemClock(), db, sealer, http, Ids())
            yield Patient(house, http, DatabaseLook(environment, db))

    async def _database(self, patient: Patient) -> list[Line]:
        environment, look, lines = self.found.environment, patient.look, list[Line]()
        if not self._unsure("LATCHKEY_DATABASE_URL", "LATCHKEY_DATA"):
            lines += await look.look()
        if look.readable:
            await patient.house.adjustments.load()  # what staff changed counts from here on
        if not self._unsure("LATCHKEY_SECRET_KEY", "LATCHKEY_DATA"):
            lines += secret(environment, await look.stored_fingerprint())
        if self.found.file is not None:
            lines += switched_off(patient.house.community.in_force)
        return lines

    async def _files(self, patient: Patient) -> list[Line]:
        if self._unsure("LATCHKEY_DATA"):
            return []
        environment, kept = self.found.environment, patient.house.community.retention.backups
        return [*files(environment, self.cwd), *backups(environment, kept)]

    async def _api(self, patient: Patient) -> list[Line]:
        environment = self.found.environment
        if self._unsure("LATCHKEY_PUBLIC_URL", "LATCHKEY_HOST", "LATCHKEY_PORT"):
            return []
        if not environment.port:  # any that is free: nobody can know it yet
            return list(address(environment))
        answer = await api(patient.http, environment.public_url, idle=patient.look.idle)
        return [*address(environment), answer]

    async def _discord(self, patient: Patient) -> list[Line]:
        environment, house = self.found.environment, patient.house
        if environment.discord_token is None or self._unsure("LATCHKEY_DISCORD_"):
            return []  # the settings' own line says what to do
        token, url = environment.discord_token, environment.discord_api_url
        async with Trial(token, url, house.clock) as trial:
            first = await trial.login()
            if first.mark is not Mark.OK:
                return [first]
            hand = RoleHand(trial.client, house.community)
            checkup = Checkup(trial.client, house.community, hand)
            gateway, seen, commands = await asyncio.gather(
                trial.gateway(), self._seen(checkup), _commands(house, trial)
            )
            return [first, gateway, trial.drift(), *seen, *commands, checkup.invite().printed()]

    async def _upstreams(self, patient: Patient) -> list[Line]:
        if self.found.file is None:  # nobody knows which there are
            return []
        found = await upstream_checkup_of(patient.house).look(PATIENCE)
        return [verdict.printed() for verdict in found]

    async def _seen(self, checkup: Checkup) -> list[Line]:
        if self.found.file is None:  # nobody knows what it would ask of Discord
            return []
        return [verdict.printed() for verdict in await checkup.look()]

    def _unsure(self, *names: str) -> bool:
        """Say whether a variable that begins so will not do: its default tells nothing."""
        return any(problem.startswith(names) for problem in self.found.problems)

    def _write(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self.paper.write(line)


async def _commands(house: House, trial: Trial) -> list[Line]:
    bot = Process(house, frozenset({Part.BOT})).bot
    assert bot is not None, "it was asked for"
    return await trial.commands(expected(bot))


async def _jobs(patient: Patient) -> list[Line]:
    if not patient.look.readable:
        return []
    jobs = Process(patient.house, frozenset({Part.JOBS})).jobs
    assert jobs is not None, "it was asked for"
    if not await jobs.runner.ran():
        return [Line(Mark.OK, "jobs", "No job has run yet: `latchkey run` begins with them.")]
    late = await jobs.runner.overdue(LATE)
    return [
        Line(
            Mark.WARN,
            "jobs",
            f"The job {name} is overdue since {due[0]}. Mend: keep `latchkey run` running; if it "
            f"does, look in its log for the job {name}.",
        )
        for name, due in late.items()
    ] or [Line(Mark.OK, "jobs", "No job is overdue.")]


async def _bounded(about: str, check: Check) -> list[Line]:
    """Run a check; one that takes too long or breaks becomes a line of its own."""
    try:
        async with asyncio.timeout(LIMIT):
            return list(await check())
    except TimeoutError:
        return [Line(Mark.FAIL, about, f"This check did not end within {LIMIT:.0f} s.")]
    except Exception as fault:  # a fault of ours must not hide what the others find
        said = f"This check broke ({type(fault).__name__}): please report that."
        return [Line(Mark.FAIL, about, said)]
