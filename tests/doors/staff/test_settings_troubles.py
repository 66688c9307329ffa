"""/settings says what keeps it from working, and how to mend that, with the link that helps."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from bot.core.clock import HandClock
from bot.sandbox.discord import shapes
from bot.sandbox.discord.furniture import BOT, BOT_ROLE, CHAT, HOME, LEVELS, LOBBY, MO, MODERATOR
from bot.sandbox.discord.permissions import EVERYTHING, Permission
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.stage import Stage, acted, running, text
from tests.doors.staff.test_settings import QUIET, listing, quiet
from tests.fakes.serve import nobody

CONTENT_FLAG = 1 << 19
INVITE = re.compile(r"https://discord\.com/oauth2/authorize\?(\S+)")
Opened = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture
def opened(db: Database, clock: HandClock, discord: LoopbackDiscord) -> Opened:
    """Opens a bot whose upstreams list what routes name: trouble is only what a test makes."""

    @asynccontextmanager
    async def open_(**sections: Any) -> AsyncIterator[Stage]:
        async with acted(db, clock, discord, **sections) as stage, running(stage.bot):
            listing(stage)
            yield stage

    return open_


async def to_mend(stage: Stage) -> list[str]:
    """Open /settings and return the lines about what has to be mended."""
    said = text(await stage.run("settings", who=MO)).splitlines()
    if "### ⚠️ To mend" not in said:
        return []
    return said[said.index("### ⚠️ To mend") + 1 : -1]


def invited(lines: list[str]) -> dict[str, str]:
    """Return what the invite link asks for; nothing where there is none."""
    found = INVITE.search(lines[-1])
    return dict(part.split("=") for part in found[1].split("&")) if found else {}


async def test_channels_and_roles_that_cannot_be_used_are_named(
    discord: LoopbackDiscord, opened: Opened
) -> None:
    quiet(discord, Permission.VIEW_CHANNEL)
    named = {"log_channel": QUIET, "chat_channels": [QUIET, LOBBY]}
    roles = {"level_roles": {"1": MODERATOR, "2": 77}, "moderator_roles": [MODERATOR, 78]}

    async with opened(community=named | roles) as stage:
        lines = await to_mend(stage)

    channel, role = f"<#{QUIET}>", f"<@&{MODERATOR}>"
    mend = f"Mend: Edit Channel > Permissions > Advanced permissions > add <@&{BOT_ROLE}>, and"
    assert [line.partition(": it lacks")[0].partition(". ")[0] for line in lines] == [
        f"- Latchkey cannot post in {channel} (Log channel)",
        f"- Latchkey cannot see {channel}, so messages there earn nothing",
        f"- The channel with the id {LOBBY} (Chat channels) is in none of the home servers",
        f"- {role} cannot be the role of level 1",
        "- <@&77> cannot be the role of level 2",
        "- The moderator role with the id 78 is in none of the home servers",
    ]
    assert f"it lacks View Channel, Send Messages there. {mend}" in lines[0]
    assert f"Server Settings > Roles > {role} > Permissions, switch it off" in lines[3]


async def test_a_role_above_the_bots_own_is_told_with_the_drag_that_mends_it(
    discord: LoopbackDiscord, opened: Opened
) -> None:
    for role in discord.world.guilds[HOME]["roles"]:
        if role["id"] == str(LEVELS[0]):
            role["position"] = 9

    async with opened(community={"level_roles": {"1": LEVELS[0]}}) as stage:
        lines = await to_mend(stage)

    assert lines == [
        (
            f"- <@&{LEVELS[0]}> cannot be the role of level 1. It stands above Latchkey's own "
            f"role. Mend: Server Settings > Roles, drag <@&{BOT_ROLE}> above <@&{LEVELS[0]}>."
        )
    ]


async def test_permissions_that_the_server_does_not_give_come_with_the_invite_link(
    discord: LoopbackDiscord, opened: Opened
) -> None:
    lost = Permission.MANAGE_ROLES | Permission.ATTACH_FILES
    for role in discord.world.guilds[HOME]["roles"]:
        if role["id"] in {str(BOT_ROLE), str(HOME)}:
            role["permissions"] = str(int(role["permissions"]) & ~lost)

    async with opened(community={"level_roles": {"1": LEVELS[0]}}) as stage:
        lines = await to_mend(stage)

    right, files = lines[:2]
    assert f"Latchkey lacks Manage Roles. Mend: Server Settings > Roles > <@&{BOT_ROLE}>" in right
    assert files.startswith("- Latchkey lacks Attach Files in Latchkey HQ. Mend: ")
    asked = invited(lines)
    assert (asked["client_id"], asked["guild_id"]) == (str(BOT), str(HOME))
    assert asked["scope"] == "bot+applications.commands"
    assert int(asked["permissions"]) & lost == lost
    assert int(asked["permissions"]) & Permission.ADMINISTRATOR == 0


async def test_what_is_only_of_use_is_told_too_and_what_is_denied_in_a_channel_needs_no_invite(
    discord: LoopbackDiscord, opened: Opened
) -> None:
    deny = shapes.overwrite(BOT_ROLE, deny=Permission.ATTACH_FILES | Permission.SEND_MESSAGES)
    discord.world.channels[CHAT]["permission_overwrites"] = [deny]

    async with opened(community={"chat_channels": [CHAT]}) as stage:
        lines = await to_mend(stage)

    (line,) = lines
    # Who may not send may not do what only messages carry, Discord says.
    assert line.startswith("- Latchkey lacks Send Messages, Embed Links, Attach Files in <#3001>")
    assert not invited(lines)


async def test_a_home_guild_that_the_bot_is_not_in_comes_with_the_invite_link(
    opened: Opened,
) -> None:
    async with opened(community={"home_guilds": [HOME, 4_242]}) as stage:
        lines = await to_mend(stage)

    assert lines[0].startswith("- Latchkey is not in the home server 4242. Open the invite link")
    assert invited(lines)


async def test_an_intent_that_is_asked_for_and_no_longer_granted_is_told(
    discord: LoopbackDiscord, opened: Opened
) -> None:
    discord.world.application["flags"] = CONTENT_FLAG
    async with opened(community={"message_content": True}) as stage:
        before = await to_mend(stage)

        discord.world.application["flags"] = 0
        after = await to_mend(stage)

    # Where messages can be read, a key that was posted is deleted.
    assert [line.partition(". ")[0] for line in before[:-1]] == [
        "- Latchkey lacks Manage Messages in Latchkey HQ"
    ]
    assert int(invited(before)["permissions"]) & Permission.MANAGE_MESSAGES
    assert after[0].startswith("- community.message_content is true, and the application has not")
    assert "Privileged Gateway Intents, switch Message Content Intent on" in after[0]


async def test_every_upstream_is_asked_each_time(opened: Opened) -> None:
    async with opened(urls={"second": nobody()}) as stage:
        down = await to_mend(stage)

        stage.house.first.key = "another-key-than-ours"
        refused = await to_mend(stage)

    assert down == [
        "- second cannot be reached. Mend: correct its base_url, or let this machine connect to it."
    ]
    assert [line.partition(".")[0] for line in refused] == [
        "- first refuses our key (HTTP 401)",
        "- second cannot be reached",
        (
            "- 4 models have no route that works, their upstreams fail: `gpt-4o`, "
            "`maker/deep-model`, `claude-3-5-sonnet`, `flux`"
        ),
    ]


async def test_a_discord_that_does_not_answer_is_said_and_the_panel_is_there_all_the_same(
    discord: LoopbackDiscord, opened: Opened
) -> None:
    async with opened() as stage:
        discord.faults.refuse("GET", "/applications/@me", 403)

        lines = await to_mend(stage)

    assert lines == ["- Discord did not answer everything (HTTP 403). Look again later."]


async def test_of_many_troubles_the_first_are_told_and_the_rest_counted(opened: Opened) -> None:
    gone = list(range(900_000, 900_060))

    async with opened(community={"chat_channels": gone}) as stage:
        lines = await to_mend(stage)

    told = len(lines) - 1
    assert 5 < told < 60
    assert lines[-1] == f"-# {60 - told} more: `latchkey doctor` lists them."


async def test_an_administrator_lacks_nothing(discord: LoopbackDiscord, opened: Opened) -> None:
    quiet(discord, Permission.VIEW_CHANNEL)
    for role in discord.world.guilds[HOME]["roles"]:
        if role["id"] == str(BOT_ROLE):
            role["permissions"] = str(EVERYTHING)

    async with opened(community={"log_channel": QUIET, "chat_channels": [QUIET]}) as stage:
        assert await to_mend(stage) == []
