"""/user_info, /status and /help."""

from dataclasses import replace
from typing import Any

import pytest
from discord import Message, app_commands
from discord.ext import commands

from bot.core.clock import HandClock
from bot.core.health import State
from bot.sandbox.discord.furniture import ADA, BEA, COMMANDS, HOME, LOBBY, MO, OWNER
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.stage import KEY, PEOPLE, Stage, acted, hidden, key_in, running, text
from tests.doors.bot.test_connection import EVERYWHERE

SLASH = 1  # the others are menus


async def test_one_sees_ones_own_mode_limit_sources_key_and_dates(
    stage: Stage, clock: HandClock
) -> None:
    key = key_in(await stage.run("gen_key"))
    await stage.house.grant(PEOPLE["ada"], daily_tokens=160_000, access="claude")
    today = int(clock.now().timestamp())

    info = await stage.run("user_info")

    assert hidden(info)
    assert "## Ada" in text(info)
    assert "Mode: **tokens**" in text(info)
    assert "Limit: **160,000 tokens a day**" in text(info)
    assert "Staff: 160,000 tokens a day, Claude models" in text(info)
    assert "Access: Claude models" in text(info)
    assert f"`lk_…{key[-4:]}`, made <t:{today}:D>" in text(info)
    assert f"Known here since <t:{today}:D>" in text(info)
    assert KEY.findall(text(info)) == []


async def test_without_a_key_one_is_told_how_to_make_it(stage: Stage) -> None:
    info = await stage.run("user_info", user=str(ADA))

    assert "/gen_key makes one" in text(info)


async def test_the_profile_leads_to_the_limits(stage: Stage) -> None:
    limits = await stage.click(await stage.run("user_info"), "My limits")

    assert "Your limits today" in text(limits)


async def test_members_see_nothing_of_each_other_but_the_level(stage: Stage) -> None:
    await stage.run("gen_key", who=BEA)
    await stage.house.grant(PEOPLE["bea"], source="level", plan="1", daily_tokens=88_000)
    await stage.house.grant(PEOPLE["bea"], unlimited=True)
    await stage.run("gen_key", who=MO)

    info = await stage.run("user_info", user=str(BEA))
    elsewhere = await stage.run("user_info", who=BEA, where=LOBBY, user=str(MO))

    assert text(info) == "## Bea\nLevel **1**\nOnly Bea and the moderators may see Bea's account."
    assert text(elsewhere) == (
        "## Mo\nNo level yet\nOnly Mo and the moderators may see Mo's account."
    )


@pytest.mark.parametrize("who", [MO, OWNER], ids=["a moderator", "an administrator"])
async def test_staff_see_a_member_but_not_one_character_of_the_key(stage: Stage, who: int) -> None:
    key = key_in(await stage.run("gen_key"))
    await stage.house.grant(PEOPLE["ada"], unlimited=True)

    info = await stage.run("user_info", who=who, user=str(ADA))

    assert hidden(info)
    assert "Limit: **no limit**" in text(info)
    assert "Key: one, made" in text(info)
    assert key[-4:] not in text(info)
    assert "lk_" not in text(info)


async def test_staff_see_who_is_suspended_and_why(stage: Stage) -> None:
    await stage.run("all_limits")
    await stage.house.inner.members.suspend(await stage.house.member(PEOPLE["ada"]), "sold keys")

    info = await stage.run("user_info", who=MO, user=str(ADA))
    own = await stage.run("user_info")

    assert "**Suspended:** sold keys" in text(info)
    assert "Key: none" in text(info)
    assert "sold keys" in text(own)


async def test_looking_at_somebody_makes_nobody_a_member(stage: Stage) -> None:
    info = await stage.run("user_info", who=MO, user=str(BEA))

    assert "Bea has not used Latchkey yet" in text(info)
    assert await stage.house.inner.members.known(BEA) is None


async def test_the_administrator_of_another_server_is_no_staff(stage: Stage) -> None:
    await stage.run("gen_key")

    info = await stage.run("user_info", who=BEA, where=LOBBY, user=str(ADA))

    assert "Only Ada and the moderators" in text(info)


async def test_the_status_says_in_words_how_everything_is(stage: Stage) -> None:
    stage.house.vitals = replace(stage.house.vitals, upstreams={"first": "ok", "second": "resting"})

    status = await stage.run("status", who=BEA, where=LOBBY)

    assert hidden(status)
    assert "All is well" in text(status)
    assert "🟢 The database answers" in text(status)
    assert f"`{stage.house.url}/v1`, 4 models can be called" in text(status)
    assert "🟢 `first` answers" in text(status)
    assert "🔴 `second` rests" in text(status)


async def test_the_status_has_words_for_every_state(stage: Stage) -> None:
    words = {"a": "ok", "b": "failing", "c": "resting", "d": "misconfigured"}
    for state in State:
        stage.house.vitals = replace(
            stage.house.vitals, database=state, discord=state, jobs=state, upstreams=words
        )

        status = text(await stage.run("status"))

        fine = state in (State.OK, State.OFF)
        assert ("All is well" in status) is fine
        assert "credentials" in status


async def test_without_upstreams_the_status_says_that_nothing_can_be_called(stage: Stage) -> None:
    stage.house.vitals = replace(stage.house.vitals, upstreams={}, models=0)

    status = await stage.run("status")

    assert "No upstream is set up" in text(status)


async def test_help_lists_what_may_be_used_here_each_to_be_clicked(stage: Stage) -> None:
    offered = stage.discord.world.menu(ADA, COMMANDS)

    shown = text(await stage.run("help"))

    assert len(offered) == len(EVERYWHERE) + 1  # those of everyone, and the contest at home
    for command in offered:
        if command["type"] == SLASH:
            assert f"</{command['name']}:{command['id']}>: {command['description']}" in shown
        else:
            assert f"Right-click, Apps, *{command['name']}*" in shown


class StaffCommands(commands.Cog):
    """A command and a menu for staff."""

    @app_commands.command()
    @app_commands.guilds(HOME)
    @app_commands.default_permissions(moderate_members=True)
    async def judge(self, interaction: Any) -> None:
        """Judge somebody."""


async def test_help_lists_staff_commands_to_staff_alone(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    @app_commands.context_menu(name="Look at this")
    async def look(interaction: Any, message: Message) -> None: ...

    async with acted(db, clock, discord) as stage:
        stage.bot.cogs = [*stage.bot.cogs, StaffCommands()]
        stage.bot.client.tree.add_command(look)
        async with running(stage.bot):
            shown = {who: text(await stage.run("help", who=who)) for who in (ADA, MO, OWNER)}

    assert ["Judge somebody" in shown[who] for who in (ADA, MO, OWNER)] == [False, True, True]
    assert "Right-click, Apps, *Look at this*" in shown[ADA]


async def test_help_in_direct_messages_leaves_out_the_key_commands(stage: Stage) -> None:
    dm = stage.discord.acts.dm(ADA)

    shown = text(await stage.run("help", where=dm))

    assert "Run /gen_key in a server" in shown
    assert "</all_limits:" in shown
    assert "</show_key:" not in shown


async def test_a_bot_has_no_account_to_show(stage: Stage) -> None:
    info = await stage.run("user_info", user=str(stage.discord.world.bot_id))

    assert text(info).endswith("is a bot.")


async def test_a_discord_that_is_slow_is_not_called_well(stage: Stage) -> None:
    shard = stage.bot.client.get_shard(0)
    assert shard is not None
    beating = shard._parent.ws._keep_alive
    assert beating is not None
    beating.latency = 41.25
    stage.house.vitals = replace(stage.house.vitals, discord=State.OK)

    status = text(await stage.run("status"))

    assert "All is well" not in status
    assert "Discord is connected, but slow: it answers 42 seconds late" in status
