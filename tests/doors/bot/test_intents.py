"""What the bot asks the Gateway for: nothing privileged unless the settings say so."""

import asyncio

import pytest

from bot.core.clock import HandClock
from bot.core.errors import StartFailed
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.stage import acted, running

GUILDS, MEMBERS, MESSAGES, DIRECT, CONTENT = 1 << 0, 1 << 1, 1 << 9, 1 << 12, 1 << 15
HAS_CONTENT, HAS_MEMBERS = 1 << 19, 1 << 15  # flags of an application: limited intents


async def test_privileged_intents_are_asked_for_where_the_settings_have_them(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    discord.world.application["flags"] |= HAS_CONTENT | HAS_MEMBERS
    asked = {"message_content": True, "members": True}

    async with acted(db, clock, discord, community=asked) as stage, running(stage.bot):
        (session,) = discord.gateway.sessions.values()

    assert session.intents == GUILDS | MEMBERS | MESSAGES | DIRECT | CONTENT


async def test_an_application_without_them_is_told_where_to_switch_them_on(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with acted(db, clock, discord, community={"members": True}) as stage:
        with pytest.raises(StartFailed) as failed:
            async with asyncio.timeout(30):
                await stage.bot.run()

    assert "Privileged Gateway Intents" in failed.value.sentence
    assert failed.value.code == 2
