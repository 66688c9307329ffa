"""kill -9 in the middle of answers in Discord: the next process ends them in words."""

import asyncio
from pathlib import Path
from typing import Any

from bot.sandbox.discord.furniture import ADA, BEA, BOT, CHAT
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.upstreams.troubles import Fault, Trouble
from tests.fakes.program import PATIENCE, Launcher, Outside, Program, until
from tests.process.conftest import Place

ENDED = "-# Latchkey was restarted while this was being written. Nothing was charged."
UNBEGUN = "⏳ Latchkey was restarted before it could answer."


def said(discord: LoopbackDiscord) -> list[dict[str, Any]]:
    """Return what the bot has written, oldest first."""
    return [each for each in discord.world.messages.values() if each["author"]["id"] == str(BOT)]


async def started(launcher: Launcher, around: Outside, place: Place) -> Program:
    """Start the bot and wait until it is connected."""
    program = await launcher.start("run", "--only", "bot", **around.environ() | place.environ)
    await program.says("connected to Discord as")
    return program


async def test_what_a_killed_process_left_is_ended_by_the_next(
    launcher: Launcher, around: Outside, sqlite_place: Place, tmp_path: Path
) -> None:
    around.configure(tmp_path)
    discord, upstream = around.discord, around.first
    upstream.faults.next(Trouble(Fault.SLOW, 4), Trouble(Fault.SLOW, 0))
    first = await started(launcher, around, sqlite_place)
    await discord.acts.say(ADA, CHAT, f"<@{BOT}> Tell me a long story.")
    await _seen(lambda: any("Stop" in str(each["components"]) for each in said(discord)))
    thinking = await discord.acts.command(BEA, CHAT, "chat", {"prompt": "Why?"})
    async with asyncio.timeout(PATIENCE):
        await upstream.until(lambda u: u.asked == 2)
    await first.kill()
    half = dict(said(discord)[0])

    await started(launcher, around, sqlite_place)
    await _seen(lambda: all("restarted" in each["content"] for each in said(discord)))

    ended, _ = said(discord)
    assert half["content"].endswith("▍")
    assert ENDED in ended["content"]
    assert ended["content"].startswith(half["content"].removesuffix("▍").rstrip())
    assert "Stop" not in str(ended["components"])
    told = await discord.acts.answer(thinking)
    assert told["content"].startswith(UNBEGUN)


async def _seen(true: Any) -> None:
    async def looked() -> bool:
        return bool(true())

    await until(looked)
