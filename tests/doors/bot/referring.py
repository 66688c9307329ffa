"""Codes, newcomers and panels that change, for the tests of referrals in Discord."""

from typing import Any

from bot.members.people import Person
from bot.sandbox.discord.furniture import ADA
from tests.doors.bot.stage import PEOPLE, Stage, text

SOMEBODY = 310_000_000_000_000_000  # the Discord id of the first of many newcomers


async def code_of(stage: Stage, name: str) -> str:
    """Return somebody's code, as /user_info shows it."""
    inner = stage.house.inner
    member = await inner.members.admitted(PEOPLE[name])
    return (await inner.referring.referrals.overview(member.id)).code


async def bring(stage: Stage, count: int, name: str = "ada") -> None:
    """Let so many newcomers activate somebody's code."""
    code = await code_of(stage, name)
    for at in range(count):
        newcomer = Person(SOMEBODY + ord(name[0]) * 1_000 + at, at_home=True)
        await stage.house.inner.referring.referrals.activate(newcomer, code)


async def done(stage: Stage, message: dict[str, Any], label: str, who: int = ADA) -> str:
    """Press a button of a panel, and return what the panel says once it has changed."""
    before = text(message)
    changed = await stage.click(message, label, who, done=lambda now: text(now) != before)
    return text(changed)


def posts(stage: Stage, channel_id: int) -> list[dict[str, Any]]:
    """Return the messages of a channel, oldest first."""
    messages = stage.discord.world.messages.values()
    return [each for each in messages if each["channel_id"] == str(channel_id)]
