"""One process: its parts started together, drained and stopped together."""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import text

from bot.api.server import ApiServer
from bot.app.doors import api_of, bot_of, jobs_of
from bot.app.services import House, house
from bot.cogs.service import Bot
from bot.core.clock import Clock
from bot.core.errors import DatabaseAway, StartFailed
from bot.core.health import Health, State
from bot.core.redaction import Redactor
from bot.core.secrets import Sealer
from bot.jobs.service import Jobs
from bot.keys.rekey import rekey as rewrap
from bot.keys.secret_file import secrets_of
from bot.relay.health import CALLABLE
from bot.settings.environment import Part
from bot.settings.load import CONFIG, Settings
from bot.settings.notices import nothing_to_call, notices
from bot.storage.opening import opened

log = logging.getLogger(__name__)
ASK_SECONDS = 2.0  # how long the database may take to say that it lives
GC_THRESHOLDS = (50_000, 20, 20)  # measured: less than half the p99 of the defaults under load
T = TypeVar("T")


@dataclass
class Process:
    """What this process runs, and how it is."""

    house: House
    parts: frozenset[Part]
    api: ApiServer = field(init=False)
    bot: Bot | None = field(default=None, init=False)
    jobs: Jobs | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Wire the parts."""
        self.api = api_of(self.house, self.vitals, self.public_url, calls=Part.API in self.parts)
        if Part.BOT in self.parts:
            self.bot = bot_of(self.house, self.vitals, self.public_url)
        if Part.JOBS in self.parts:
            self.jobs = jobs_of(self.house)

    def public_url(self) -> str:
        """Return what members are told as the API's address."""
        port = int(self.api.url.rpartition(":")[2])
        return self.house.settings.environment.public_at(port)

    async def run(self, stop: asyncio.Event, started: Callable[["Process"], None]) -> None:
        """Run every part until `stop`, then let running calls end and leave."""
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            await self.api.start()
            stack.push_async_callback(self.api.stop)
            running = [group.create_task(part.run()) for part in (self.bot, self.jobs) if part]
            settle_in()
            started(self)
            await stop.wait()
            log.info("leaving: running calls get %d s to end", 15)
            await self._drain()
            for task in running:
                task.cancel()

    async def answering(self) -> None:
        """Wait until everything that this process runs answers."""
        if self.bot:
            await self.bot.client.connected.wait()

    async def vitals(self) -> Health:
        """Ask every part how it is."""
        router, models = self.house.router, self.house.catalogue.visible()
        resting = [model.id for model in models if router.health_of(model) not in CALLABLE]
        return Health(
            database=await self._database(),
            discord=_ready(self.bot),
            jobs=_ready(self.jobs),
            upstreams=router.health(),
            models=len(models) - len(resting),
            resting=tuple(resting),
            recent=router.attempts.recent(),
        )

    async def _drain(self) -> None:
        self.api.drain()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.house.relay.drain())
            if self.bot:
                group.create_task(self.bot.drain())

    async def _database(self) -> State:
        try:
            async with asyncio.timeout(ASK_SECONDS), self.house.db.read() as tx:
                await tx.execute(text("SELECT 1"))
        except (DatabaseAway, TimeoutError):
            return State.AWAY
        return State.OK


def run(settings: Settings, parts: frozenset[Part], redactor: Redactor) -> int:
    """Run until SIGTERM or SIGINT; returns the exit code."""

    async def main() -> None:
        stop = asyncio.Event()
        on_signals(stop)
        await serve(settings, parts, redactor, stop, _tell)

    looped(main())
    return 0


def _tell(process: Process) -> None:
    """Say what is switched off, louder where no model can be called at all."""
    file, parts = process.house.community.in_force, process.parts
    config = process.house.settings.environment.config
    if sentence := nothing_to_call(file, parts, config, Path.cwd() / CONFIG):
        log.warning(sentence)
    for sentence in notices(file, parts):
        log.info(sentence)


async def serve(
    settings: Settings,
    parts: frozenset[Part],
    redactor: Redactor,
    stop: asyncio.Event,
    started: Callable[[Process], None] = lambda _process: None,
    clock: Clock | None = None,
) -> None:
    """Run the parts until `stop` is set; raises StartFailed when one cannot."""
    try:
        async with house(settings, redactor, clock) as built:
            await Process(built, parts).run(stop, started)
    except BaseExceptionGroup as group:
        raise _first(group) from None


def upgrade(settings: Settings) -> int:
    """Bring the database up to date."""

    async def main() -> None:
        async with opened(settings.environment.database_url):
            log.info("the database is up to date")

    looped(main())
    return 0


def rekey(settings: Settings, redactor: Redactor, *, lost: bool) -> int:
    """Seal everything under the newest secret."""

    async def main() -> None:
        secrets = secrets_of(settings.environment)
        redactor.learn(*secrets)
        async with opened(settings.environment.database_url) as db:
            done = await rewrap(db, Sealer.from_secrets(secrets), lost=lost)
        log.info("re-wrapped %d keys, %d people; %d lost", done.keys, done.people, done.lost)

    looped(main())
    return 0


def looped(main: Coroutine[Any, Any, T]) -> T:
    """Run on uvloop where it is installed."""
    factory = None
    if sys.platform != "win32":
        import uvloop  # not built for Windows

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)


def on_signals(stop: asyncio.Event) -> None:
    """Set `stop` on SIGTERM and SIGINT."""
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)


def settle_in() -> None:
    """Keep what start-up made out of every later garbage collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the failure to start among what parts raised together, else what came first."""
    known = group.subgroup(StartFailed)
    found: BaseException = known or group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


def _ready(part: Bot | Jobs | None) -> State:
    if part is None:
        return State.OFF
    return State.OK if part.ready else State.STARTING
