"""Keys that are posted where the bot reads: revoked, deleted, told; never repeated."""

from collections.abc import AsyncIterator

import pytest

from bot.audit import Action
from bot.cogs import courier
from bot.core.clock import HandClock
from bot.core.errors import DatabaseAway
from bot.core.secrets import mint
from bot.keys.leaks import Leaks
from bot.keys.rules import digest_of
from bot.sandbox.discord import shapes
from bot.sandbox.discord.furniture import ADA, BEA, BOT, BOT_ROLE, CHAT, MO, STAFF
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.stage import PEOPLE, Stage, acted, key_in, running, until

HAS_CONTENT = 1 << 19


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the courier look often: it waits on the test's clock."""
    monkeypatch.setattr(courier, "LOOK_SECONDS", 0.01)


@pytest.fixture
async def watched(db: Database, clock: HandClock, discord: LoopbackDiscord) -> AsyncIterator[Stage]:
    """A bot that reads messages and may delete them."""
    discord.world.application["flags"] |= HAS_CONTENT
    channel = discord.world.channels[CHAT]
    channel["permission_overwrites"] += [
        shapes.overwrite(BOT_ROLE, allow=Permission.MANAGE_MESSAGES)
    ]
    community = {"message_content": True}
    async with acted(db, clock, discord, community=community) as stage, running(stage.bot):
        yield stage


async def key_of(stage: Stage, who: int = ADA) -> str:
    """Make somebody's key by its command."""
    return key_in(await stage.run("gen_key", who=who))


async def works(stage: Stage, key: str) -> bool:
    return await stage.house.inner.keys.who(digest_of(key)) is not None


def written(stage: Stage) -> list[str]:
    """Return all that the bot has written outside of its cards."""
    return [
        each["content"]
        for each in stage.discord.world.messages.values()
        if each["author"]["id"] == str(BOT) and not each["flags"] & 64
    ]


def direct(stage: Stage, who: int) -> list[str]:
    """Return what the bot wrote somebody directly."""
    return [each for each in stage.sent(stage.discord.acts.dm(who)) if each.startswith("🔑")]


async def test_a_posted_key_is_revoked_deleted_and_told(watched: Stage) -> None:
    key = await key_of(watched)
    shown = f"`lk_…{key[-4:]}`"

    number = await watched.discord.acts.say(ADA, CHAT, f"my key: ||{key}||, be nice")

    await until(lambda: number not in watched.discord.world.messages)
    (owner,) = await until(lambda: direct(watched, ADA))
    (staff,) = await until(lambda: watched.sent(STAFF))
    assert not await works(watched, key)
    assert owner.startswith(f"🔑 Your API key {shown} was posted in <#{CHAT}>")
    assert "/gen_key" in owner
    assert staff == f"🔑 <@{ADA}> posted their own API key {shown} in <#{CHAT}>. I revoked it."
    assert not any(key in each for each in written(watched))
    member = await watched.house.member(PEOPLE["ada"])
    (entry,) = await watched.house.inner.audit.browse(member_id=member)
    assert entry.action is Action.KEY_LEAKED
    fresh = await key_of(watched)
    assert await works(watched, fresh)


async def test_a_key_that_an_edit_brings_in_is_revoked_too(watched: Stage) -> None:
    key = await key_of(watched)
    number = await watched.discord.acts.say(BEA, CHAT, "look")

    await watched.discord.acts.edit(BEA, number, f"look: {key}")

    await until(lambda: number not in watched.discord.world.messages)
    (staff,) = await until(lambda: watched.sent(STAFF))
    assert not await works(watched, key)
    assert "posted the API key" in staff
    assert f"of <@{ADA}>" in staff


async def test_a_message_that_may_not_be_deleted_is_left_to_staff(
    watched: Stage,
) -> None:
    watched.discord.world.channels[CHAT]["permission_overwrites"].clear()
    key = await key_of(watched)

    number = await watched.discord.acts.say(ADA, CHAT, key)

    posts = await until(lambda: len(watched.sent(STAFF)) == 2 and watched.sent(STAFF))
    assert number in watched.discord.world.messages
    assert not await works(watched, key)
    assert posts[1].startswith(f"⚠️ I may not delete the message with the revoked key in <#{CHAT}>")


async def test_what_only_looks_like_a_key_is_left_alone(watched: Stage) -> None:
    old = await key_of(watched)
    await watched.house.key(PEOPLE["ada"])
    numbers = [
        await watched.discord.acts.say(ADA, CHAT, text) for text in (mint("lk_"), old, "lk_" * 20)
    ]
    mine = await key_of(watched, MO)
    last = await watched.discord.acts.say(MO, CHAT, mine)
    await until(lambda: last not in watched.discord.world.messages)

    assert all(number in watched.discord.world.messages for number in numbers)
    assert direct(watched, ADA) == []


async def test_a_key_in_a_direct_message_or_a_mention_needs_no_intent(stage: Stage) -> None:
    first, second = await key_of(stage), await key_of(stage, BEA)
    acts = stage.discord.acts

    await acts.say(ADA, acts.dm(ADA), f"is {first} right?")
    await acts.say(BEA, CHAT, f"<@{BOT}> is {second} right?")

    (ada,) = await until(lambda: direct(stage, ADA))
    (bea,) = await until(lambda: direct(stage, BEA))
    assert "was sent to me in a direct message" in ada
    assert f"was posted in <#{CHAT}>" in bea
    assert not await works(stage, first)
    assert not await works(stage, second)
    assert not any(key in each for each in written(stage) for key in (first, second))
    assert not any("cost" in each for each in written(stage))


async def test_an_owner_with_closed_messages_is_told_of_to_staff(watched: Stage) -> None:
    watched.discord.world.people[ADA].dms_open = False
    key = await key_of(watched)

    await watched.discord.acts.say(ADA, CHAT, key)

    await until(lambda: any("posted their own API key" in each for each in watched.sent(STAFF)))
    assert not await works(watched, key)


async def test_a_database_that_is_away_only_delays_it(
    watched: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    key, revoke, tries = await key_of(watched), Leaks.revoke, []

    async def late(self: Leaks, leak: object) -> int:
        tries.append(leak)
        if len(tries) == 1:
            raise DatabaseAway
        return await revoke(self, leak)  # type: ignore[arg-type]  # the leak that came

    monkeypatch.setattr(Leaks, "revoke", late)
    monkeypatch.setattr("bot.cogs.leak_guard.WAITS", (0.0, 0.0))
    number = await watched.discord.acts.say(ADA, CHAT, key)
    await until(lambda: number not in watched.discord.world.messages)

    assert len(tries) == 2
    assert key not in caplog.text
