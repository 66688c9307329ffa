"""A trial call to Discord: what it says of clocks, and that it never waits for ever."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.cogs.trial import Trial
from bot.core.clock import HandClock
from bot.sandbox.discord.server import LoopbackDiscord
from bot.words.verdict import Mark


def trial(discord: LoopbackDiscord, *, ahead: float = 0.0, patience: float = 5.0) -> Trial:
    """Prepare a call by a machine whose clock is so many seconds ahead."""
    clock = HandClock(moment=datetime.now(UTC) + timedelta(seconds=ahead))
    return Trial(discord.token, discord.api_url, clock, patience)


@pytest.mark.parametrize(
    ("ahead", "mark", "words"),
    [
        (0, Mark.OK, "agrees with Discord's"),
        (30, Mark.WARN, "s ahead of Discord's. Mend: let it follow a time server"),
        (-7_200, Mark.FAIL, "s behind Discord's: days and months end at wrong times"),
    ],
)
async def test_a_clock_that_is_wrong_is_told_by_discords_own(
    discord: LoopbackDiscord, ahead: float, mark: Mark, words: str
) -> None:
    async with trial(discord, ahead=ahead) as call:
        await call.login()

        line = call.drift()

    assert line.mark is mark
    assert words in line.text


async def test_a_discord_that_says_nothing_is_given_up(discord: LoopbackDiscord) -> None:
    held = discord.faults.hold("GET", "/users/@me")
    async with trial(discord, patience=0.2) as call:
        line = await call.login()

    held.set()
    assert line.mark is Mark.FAIL
    assert "does not answer" in line.text
    assert "(it took too long)" in line.text


async def test_a_discord_that_fails_again_and_again_is_told_with_how(
    discord: LoopbackDiscord,
) -> None:
    discord.faults.garble("GET", "/users/@me", 502, times=9)
    async with trial(discord, patience=0.3) as call:
        line = await call.login()

    discord.faults.clear()
    assert "(it took too long, last HTTP 502)" in line.text


async def test_a_gateway_that_says_no_hello_is_given_up(discord: LoopbackDiscord) -> None:
    async with trial(discord, patience=0.3) as call:
        await call.login()
        discord.gateway.url = discord.url.replace("http", "ws", 1) + "/nothing"

        line = await call.gateway()

    assert line.mark is Mark.FAIL
    assert "The Gateway cannot be reached (no connection)" in line.text


async def test_it_begins_no_session(discord: LoopbackDiscord) -> None:
    async with trial(discord) as call:
        await call.login()
        line = await call.gateway()

    assert line.mark is Mark.OK, line
    assert discord.gateway.identified == 0
