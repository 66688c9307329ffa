"""What a bot with more permissions may do: members, others' messages, threads, guilds."""

import discord
import pytest

from bot.sandbox.discord.acts import Refused
from bot.sandbox.discord.furniture import ADA, BEA, BOT_ROLE, CHAT, COMMANDS, ELSEWHERE, HOME, MO
from bot.sandbox.discord.server import LoopbackDiscord
from tests.doors.discord.conftest import Bot, logged_in, online
from tests.fakes.schema import Schema

MANAGE_MESSAGES = 1 << 13


async def test_others_messages_and_reactions_need_manage_messages(
    server: LoopbackDiscord, schema: Schema
) -> None:
    async with online(Bot(), server) as bot:
        chat = bot.get_channel(CHAT)
        assert isinstance(chat, discord.TextChannel)
        said = [await server.acts.say(ADA, CHAT, str(n)) for n in range(4)]
        first = chat.get_partial_message(said[0])
        for refused in (first.delete(), first.clear_reactions()):
            with pytest.raises(discord.Forbidden):
                await refused
        _grant(server, MANAGE_MESSAGES)
        await server.acts.react(ADA, said[3], "👍")
        await server.acts.react(BEA, said[3], "👎")
        last = chat.get_partial_message(said[3])
        await last.remove_reaction("👍", discord.Object(ADA))
        await last.clear_reaction("👎")
        await last.clear_reactions()
        with pytest.raises(discord.HTTPException):
            await last.remove_reaction("👍", discord.Object(ADA))
        await first.delete()
        await chat.delete_messages([discord.Object(said[1]), discord.Object(said[2])])

    assert [int(m["id"]) for m in server.world.messages_in(CHAT, ADA)] == [said[3]]
    assert server.world.messages[said[3]]["reactions"] == []


async def test_a_guilds_members_roles_and_channels_are_listed(
    server: LoopbackDiscord, schema: Schema
) -> None:
    async with logged_in(server) as bot:
        with pytest.raises(discord.Forbidden):
            await bot.http.get_members(HOME, 10, None)
        server.world.application["flags"] |= 1 << 15
        members = await bot.http.get_members(HOME, 10, None)
        roles = await bot.http.get_roles(HOME)
        role = await bot.http.get_role(HOME, 2101)
        channels = await bot.http.get_all_guild_channels(HOME)
        guilds = await bot.http.get_guilds(10)
        plain = await bot.http.get_guild(HOME, with_counts=False)

    assert {int(each["user"]["id"]) for each in members} >= {ADA, MO, BEA}
    assert role in roles
    assert {int(each["id"]) for each in channels} >= {CHAT, COMMANDS}
    assert {int(each["id"]) for each in guilds} == {HOME, ELSEWHERE}
    assert "approximate_member_count" not in plain


async def test_a_members_roles_and_name_are_changed_in_one_go(
    server: LoopbackDiscord, schema: Schema
) -> None:
    _grant(server, 1 << 5)
    async with online(Bot(), server) as bot:
        home = bot.get_guild(HOME)
        assert home is not None
        ada = await home.fetch_member(ADA)
        await ada.edit(roles=[discord.Object(2101), discord.Object(2103)], nick="Countess")

    member = server.world.members[HOME][ADA]
    assert (member["roles"], member["nick"]) == (["2101", "2103"], "Countess")


async def test_a_guild_without_the_bot_is_closed_to_it(server: LoopbackDiscord) -> None:
    del server.world.members[ELSEWHERE][server.world.bot_id]
    async with logged_in(server) as bot:
        for call in (
            bot.http.get_guild(ELSEWHERE),
            bot.http.bulk_upsert_guild_commands(bot.application_id, ELSEWHERE, []),
            bot.http.bulk_upsert_global_commands(4711, []),
        ):
            with pytest.raises(discord.Forbidden) as refused:
                await call
            assert refused.value.code == 50001


async def test_threads_are_renamed_archived_and_listed(
    server: LoopbackDiscord, schema: Schema
) -> None:
    async with online(Bot(), server) as bot:
        chat = bot.get_channel(CHAT)
        home = bot.get_guild(HOME)
        assert isinstance(chat, discord.TextChannel)
        assert home is not None
        thread = await chat.create_thread(name="Free", type=discord.ChannelType.public_thread)
        await thread.edit(name="Renamed", archived=True)
        await thread.join()
        found = await home.active_threads()
        with pytest.raises(discord.HTTPException):
            await chat.edit(name="not allowed")
        with pytest.raises(discord.HTTPException):
            await chat.delete()

    assert [each.name for each in found] == ["Renamed"]
    assert server.world.channels[thread.id]["thread_metadata"]["archived"]


async def test_direct_messages_type_and_close(server: LoopbackDiscord, schema: Schema) -> None:
    async with online(Bot(), server) as bot:
        person = await bot.fetch_user(ADA)
        direct = await person.create_dm()
        await direct.typing()
        await bot.http.delete_channel(direct.id)
        with pytest.raises(discord.HTTPException) as itself:
            await bot.http.start_private_message(server.world.bot_id)

    assert itself.value.code == 50007


async def test_people_edit_only_what_is_theirs(server: LoopbackDiscord) -> None:
    said = await server.acts.say(ADA, CHAT, "frist")

    await server.acts.edit(ADA, said, "first")

    assert server.world.messages[said]["content"] == "first"
    for who, text in ((BEA, "mine"), (ADA, "x" * 2001)):
        with pytest.raises(Refused):
            await server.acts.edit(who, said, text)
    with pytest.raises(Refused):
        await server.acts.edit(ADA, 4711, "nothing")


def _grant(server: LoopbackDiscord, bits: int) -> None:
    for role in server.world.guilds[HOME]["roles"]:
        if role["id"] == str(BOT_ROLE):
            role["permissions"] = str(int(role["permissions"]) | bits)
