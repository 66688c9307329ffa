"""Messages of a real Gateway earn points: in chat channels, of people, once a minute."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from bot.cogs import listener
from bot.core.clock import HandClock
from bot.sandbox.discord.furniture import (
    ADA,
    ANNOUNCEMENTS,
    BEA,
    CHAT,
    COMMANDS,
    HOME,
    LOBBY,
    MO,
    STAFF,
)
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.discord.world import Event
from bot.storage.database import Database
from bot.storage.tables.levels import PointsRow
from bot.storage.tables.members import PersonRow
from tests.doors.bot.stage import Stage, acted, running, until

GUILD_MESSAGES = 1 << 9
JOIN, REPLY = 7, 19  # types of messages


@dataclass
class Talk:
    """A stage whose chat channel is heard."""

    stage: Stage

    async def say(self, who: int, text: str = "hello there", where: int = CHAT) -> int:
        """Let somebody write a message."""
        return await self.stage.discord.acts.say(who, where, text)

    def arrive(self, message: dict[str, Any]) -> None:
        """Let the Gateway tell of a message as it is."""
        event = Event("MESSAGE_CREATE", message, HOME, GUILD_MESSAGES)
        self.stage.discord.world.broadcast(event)

    async def points(self) -> dict[int, int]:
        """Return everybody's points by Discord id."""
        wanted = select(PersonRow.discord_id, PointsRow.points).join(
            PersonRow, PersonRow.member_id == PointsRow.member_id
        )
        async with self.stage.house.inner.db.read() as tx:
            return {row.discord_id: row.points for row in await tx.execute(wanted)}

    async def heard(self, who: int = MO) -> dict[int, int]:
        """Let somebody write a last message; return all points once it is counted."""
        self.stage.house.clock.move(seconds=60)
        before = (await self.points()).get(who, 0)
        await self.say(who)
        found: dict[int, int] = {}

        async def counted() -> bool:
            found.update(await self.points())
            return found.get(who, 0) > before

        await _eventually(counted)
        return found


async def _eventually(holds: Any) -> None:
    while not await holds():
        await until(lambda: True)


@pytest.fixture
async def talk(
    db: Database,
    clock: HandClock,
    discord: LoopbackDiscord,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Talk]:
    """A connected bot that listens to #chat and writes points down quickly."""
    monkeypatch.setattr(listener, "FLUSH_SECONDS", 0.01)
    async with (
        acted(db, clock, discord, community={"chat_channels": [CHAT]}) as stage,
        running(stage.bot),
    ):
        yield Talk(stage)


async def test_a_message_in_a_chat_channel_earns_a_point_and_no_more_within_a_minute(
    talk: Talk,
) -> None:
    await talk.say(ADA)
    await talk.say(ADA, "and again")
    talk.stage.house.clock.move(seconds=59)
    await talk.say(ADA, "and once more")
    assert (await talk.heard())[ADA] == 1

    await talk.say(ADA, "a minute later")

    assert (await talk.heard())[ADA] == 2


async def test_other_channels_and_other_guilds_earn_nothing(talk: Talk) -> None:
    await talk.say(ADA, where=COMMANDS)
    await talk.say(MO, where=STAFF)
    await talk.say(MO, where=ANNOUNCEMENTS)
    await talk.say(BEA, where=LOBBY)

    assert await talk.heard() == {MO: 1}


async def test_bots_webhooks_and_system_messages_earn_nothing(talk: Talk) -> None:
    robot = 700_000_000_000_000_001
    talk.stage.discord.roster.meet(robot, "robot", "Robot", bot=True)
    talk.stage.discord.roster.join(HOME, robot)
    await talk.say(robot)
    model = talk.stage.discord.world.messages[await talk.say(BEA)]
    fresh = talk.stage.discord.world.ids
    ada = {"author": talk.stage.discord.world.users[ADA], "id": str(fresh.next())}
    member = {key: value for key, value in _member(talk, ADA).items() if key != "user"}
    talk.arrive(model | ada | {"member": member, "type": JOIN})
    talk.arrive(model | ada | {"member": member, "webhook_id": str(fresh.next())})
    hook = {"id": str(fresh.next()), "username": "hook", "discriminator": "0000", "avatar": None}
    bare = {key: value for key, value in model.items() if key != "member"}
    talk.arrive(bare | {"id": str(fresh.next()), "author": hook, "webhook_id": hook["id"]})

    assert await talk.heard() == {MO: 1, BEA: 1}


async def test_replies_earn_points_too(talk: Talk) -> None:
    first = await talk.say(MO)
    await talk.stage.discord.acts.say(ADA, CHAT, "yes", reply_to=first)

    assert (await talk.heard())[ADA] == 1


async def test_texts_are_not_even_asked_for(talk: Talk) -> None:
    intents = talk.stage.bot.client.intents

    assert intents.guild_messages
    assert not intents.message_content
    assert not intents.members
    assert not intents.presences


async def test_one_character_is_enough_where_texts_cannot_be_read(talk: Talk) -> None:
    await talk.say(ADA, "k")

    assert (await talk.heard())[ADA] == 1


async def test_points_are_written_down_when_the_bot_leaves(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with acted(db, clock, discord, community={"chat_channels": [CHAT]}) as stage:
        talk = Talk(stage)
        async with running(stage.bot):
            await talk.say(ADA)
            await until(lambda: stage.house.inner.levelling.points.cooling)

        assert await talk.points() == {ADA: 1}


async def test_where_the_file_rules_chat_channels_out_mentions_are_still_heard(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with acted(db, clock, discord, community={"chat_channels": []}) as stage:
        intents = stage.bot.client.intents

    assert intents.guild_messages
    assert intents.dm_messages


def _member(talk: Talk, who: int) -> dict[str, Any]:
    return talk.stage.discord.world.member(HOME, who)
