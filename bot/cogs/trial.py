"""A trial call to Discord for `latchkey doctor`: token, Gateway, clock and commands, no session."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self, TypeAlias

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.gateway import REFUSED, use_base
from bot.cogs.service import Bot
from bot.cogs.sight import AWAY, why
from bot.core.clock import Clock
from bot.words.say import spoken
from bot.words.verdict import Line, Mark

DISCORD, GATEWAY, CLOCK, COMMANDS = "discord", "gateway", "clock", "commands"
PATIENCE = 10.0  # seconds for the login, and for the Gateway
HELLO = 10  # the Gateway's first opcode
FEW_SESSIONS = 10
SKEW_WARNS, SKEW_FAILS = 10.0, 60.0  # seconds; the header counts whole ones
NONE_SENT = "No command is sent yet: `latchkey run` sends them when it starts."
RESTART = "Mend: restart `latchkey run`, which sends them when it starts."
Names: TypeAlias = Mapping[int | None, frozenset[str]]  # by guild; None: everywhere


@dataclass
class Heard:
    """What the heads of Discord's answers said last."""

    clock: Clock
    status: int | None = None
    skew: float | None = None  # seconds our clock is ahead

    def trace(self) -> aiohttp.TraceConfig:
        """Return what tells of every answer."""
        config = aiohttp.TraceConfig()
        config.on_request_end.append(self._note)
        return config

    async def _note(self, _: object, __: object, seen: aiohttp.TraceRequestEndParams) -> None:
        self.status = seen.response.status
        with suppress(TypeError, ValueError):
            said = parsedate_to_datetime(seen.response.headers.get("Date", ""))
            told = said if said.tzinfo else said.replace(tzinfo=UTC)
            # Half a second: the header leaves out the rest of its own.
            self.skew = (self.clock.now() - told).total_seconds() - 0.5


@dataclass
class Trial:
    """A client that only asks over REST: `async with Trial(...) as trial: await trial.login()`."""

    token: str = field(repr=False)
    api_url: str
    clock: Clock
    patience: float = PATIENCE
    client: discord.Client = field(init=False)
    heard: Heard = field(init=False)

    async def __aenter__(self) -> Self:
        self.heard = Heard(self.clock)
        use_base(self.api_url)
        self.client = discord.Client(
            intents=discord.Intents.none(), http_trace=self.heard.trace(), max_messages=None
        )
        await self.client.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.client.__aexit__(exc_type, exc_value, traceback)

    async def login(self) -> Line:
        """Show the token; anything but `ok` means that nothing else can be asked."""
        try:
            async with asyncio.timeout(self.patience):
                await self.client.login(self.token)
        except discord.LoginFailure:
            return Line(Mark.FAIL, DISCORD, REFUSED)
        except (TypeError, KeyError, discord.NotFound):  # a page, or JSON of somebody else
            return Line(
                Mark.FAIL,
                DISCORD,
                f"{self.api_url} does not answer as Discord does. Correct LATCHKEY_DISCORD_API_URL,"
                " or take it out.",
            )
        except AWAY as fault:
            return Line(Mark.FAIL, DISCORD, self._away(fault))
        assert self.client.user is not None, "the bot is logged in"
        return Line(Mark.OK, DISCORD, f"The token is that of the bot {self.client.user.name}.")

    async def gateway(self) -> Line:
        """Connect to the Gateway, hear it say hello, and hang up: no session begins."""
        try:
            async with asyncio.timeout(self.patience):
                _, url, start = await self.client.http.get_bot_gateway()
                hello = await self._hello(url)
        except (*AWAY, discord.GatewayNotFound) as fault:
            return Line(
                Mark.FAIL,
                GATEWAY,
                f"The Gateway cannot be reached ({spoken(why(fault.__cause__ or fault))}). Mend: "
                "let this machine open WebSockets to Discord (wss, port 443).",
            )
        if not hello:
            return Line(Mark.FAIL, GATEWAY, "The Gateway does not say hello as Discord's does.")
        left = start["remaining"]
        if left < FEW_SESSIONS:
            return Line(
                Mark.WARN,
                GATEWAY,
                f"Only {left} sessions are left today: look in the log why it starts so often.",
            )
        return Line(Mark.OK, GATEWAY, f"The Gateway answers; {left:,} sessions are left today.")

    def drift(self) -> Line:
        """Compare this machine's clock with Discord's."""
        if (skew := self.heard.skew) is None:
            return Line(Mark.OK, CLOCK, "Discord told no time to compare with.")
        way = "ahead of" if skew > 0 else "behind"
        said = f"This machine's clock is {abs(skew):,.0f} s {way} Discord's"
        mend = "Mend: let it follow a time server, for example `timedatectl set-ntp true`."
        if abs(skew) >= SKEW_FAILS:
            return Line(Mark.FAIL, CLOCK, f"{said}: days and months end at wrong times. {mend}")
        if abs(skew) >= SKEW_WARNS:
            return Line(Mark.WARN, CLOCK, f"{said}. {mend}")
        return Line(Mark.OK, CLOCK, "This machine's clock agrees with Discord's.")

    async def commands(self, expected: Names) -> list[Line]:
        """Compare the commands that Discord shows with those of this version."""
        there: dict[int | None, frozenset[str]] = {}
        lines = []
        for guild in expected:
            try:
                there[guild] = await self._shown(guild)
            except discord.Forbidden:
                if guild is None or await self._inside(guild):
                    lines.append(_unscoped(guild))
            except AWAY as fault:
                lines.append(
                    Line(Mark.WARN, COMMANDS, f"Discord did not list them: {spoken(why(fault))}.")
                )
        return [*lines, *differences(expected, there)]

    async def _inside(self, guild: int) -> bool:
        """Say whether the bot is in a guild; that it is not is told elsewhere."""
        with suppress(*AWAY):
            return bool(await self.client.fetch_guild(guild, with_counts=False))
        return False

    async def _shown(self, guild: int | None) -> frozenset[str]:
        application = self.client.application_id
        assert application is not None, "the bot is logged in"
        http = self.client.http
        if guild is None:
            found: Iterable[Any] = await http.get_global_commands(application)
        else:
            found = await http.get_guild_commands(application, guild)
        return frozenset(_name(each["name"], each.get("type", 1)) for each in found)

    async def _hello(self, url: str) -> bool:
        socket = await self.client.http.ws_connect(f"{url}?v=10&encoding=json")
        try:
            message = await socket.receive()
            if message.type is not aiohttp.WSMsgType.TEXT:
                return False
            said = message.json()
            return isinstance(said, dict) and said.get("op") == HELLO
        except ValueError:
            return False
        finally:
            await socket.close()

    def _away(self, fault: BaseException) -> str:
        reason = spoken(why(fault))
        if isinstance(fault, TimeoutError) and self.heard.status is not None:
            reason = f"{reason}, last HTTP {self.heard.status}"
        return (
            f"Discord does not answer at {self.api_url} ({reason}). Look at discordstatus.com, let "
            "this machine connect there, or correct LATCHKEY_DISCORD_API_URL."
        )


def expected(bot: Bot) -> Names:
    """Return the commands that a bot of this version has, by where they are shown."""
    names: dict[int | None, frozenset[str]] = {None: _of(bot.cogs, bot.menus)}
    staff = _of(bot.staff_cogs, bot.staff_menus)
    return names | {home.id: staff for home in bot.client.homes}


def differences(expected: Names, there: Names) -> Iterator[Line]:
    """Say what is missing, left over, or shown twice."""
    if not any(there.values()):
        if there:
            yield Line(Mark.OK, COMMANDS, NONE_SENT)
        return
    everywhere, well = there.get(None, frozenset()), True
    found: dict[str, set[str]] = defaultdict(set)
    for guild, shown in there.items():
        twice = shown & everywhere if guild is not None else frozenset()
        found["are shown twice"] |= twice
        found["are missing"] |= expected[guild] - shown
        found["are left of an earlier version"] |= shown - expected[guild] - twice
    for what, names in found.items():
        if names:
            well = False
            yield Line(Mark.WARN, COMMANDS, f"{', '.join(sorted(names))} {what}. {RESTART}")
    if well:
        yield Line(Mark.OK, COMMANDS, f"All {sum(map(len, there.values()))} commands are there.")


def _of(cogs: Iterable[commands.Cog], menus: Iterable[app_commands.ContextMenu]) -> frozenset[str]:
    names = {_name(menu.name, menu.type.value) for menu in menus}
    for cog in cogs:
        if (group := cog.app_command) is not None:
            names.add(_name(group.name, 1))
        else:
            names |= {_name(each.name, 1) for each in cog.get_app_commands()}
    return frozenset(names)


def _name(name: str, kind: int) -> str:
    return f"/{name}" if kind == 1 else f'"{name}"'


def _unscoped(guild: int | None) -> Line:
    where = f" in the server {guild}" if guild else ""
    return Line(
        Mark.FAIL,
        COMMANDS,
        f"Discord lets no commands be made{where}: open the invite link again, it carries the "
        "scope applications.commands.",
    )
