"""Whose words a bot is given without the message-content intent, by Gateway and by REST."""

import asyncio

import discord
import pytest

from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.furniture import ADA, BEA, BOT, BOT_ROLE, CHAT, HOME
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.server import LoopbackDiscord
from tests.doors.discord.conftest import Bot, online
from tests.fakes.schema import Schema

NOTE = Upload("note.txt", b"words", "text/plain")


@pytest.fixture
def bot() -> Bot:
    return Bot()


@pytest.fixture
def heard(bot: Bot) -> asyncio.Queue[discord.Message]:
    queue: asyncio.Queue[discord.Message] = asyncio.Queue()

    @bot.event
    async def on_message(message: discord.Message) -> None:
        queue.put_nowait(message)

    return queue


async def said(heard: asyncio.Queue[discord.Message]) -> discord.Message:
    return await asyncio.wait_for(heard.get(), 5)


async def test_words_of_others_are_hidden_unless_they_are_to_the_bot(
    server: LoopbackDiscord, bot: Bot, heard: asyncio.Queue[discord.Message], schema: Schema
) -> None:
    async with online(bot, server):
        say = server.acts.say
        await say(ADA, CHAT, "secret", files=[NOTE])
        plain = await said(heard)
        await say(ADA, CHAT, f"<@{BOT}> open", reply_to=plain.id)
        mentioned = await said(heard)
        await say(ADA, server.acts.dm(ADA), "direct")
        direct = await said(heard)
        fetched = [await plain.channel.fetch_message(each.id) for each in (plain, mentioned)]
        history = [message.content async for message in plain.channel.history()]

    assert (plain.content, plain.attachments) == ("", [])
    assert mentioned.content == f"<@{BOT}> open"
    assert mentioned.reference is not None
    assert isinstance(mentioned.reference.resolved, discord.Message)
    assert mentioned.reference.resolved.content == ""
    assert direct.content == "direct"
    assert [each.content for each in fetched] == ["", f"<@{BOT}> open"]
    assert history == [f"<@{BOT}> open", ""]


async def test_a_reply_that_rings_is_to_the_bot_and_one_that_does_not_is_not(
    server: LoopbackDiscord, bot: Bot, heard: asyncio.Queue[discord.Message]
) -> None:
    async with online(bot, server):
        own = await bot.get_partial_messageable(CHAT).send("mine")
        await said(heard)
        await server.acts.say(ADA, CHAT, "aloud", reply_to=own.id)
        aloud = await said(heard)
        await server.acts.say(ADA, CHAT, "quietly", reply_to=own.id, ring=False)
        quietly = await said(heard)

    assert aloud.content == "aloud"
    assert quietly.content == ""
    assert quietly.reference is not None
    assert isinstance(quietly.reference.resolved, discord.Message)
    assert quietly.reference.resolved.content == "mine"


async def test_an_application_with_the_intent_reads_everything_over_rest(
    server: LoopbackDiscord, bot: Bot
) -> None:
    server.world.application["flags"] |= 1 << 19
    async with online(bot, server):
        await server.acts.say(ADA, CHAT, "secret")
        channel = bot.get_partial_messageable(CHAT)
        history = [message.content async for message in channel.history()]

    assert history == ["secret"]


async def test_threads_are_archived_woken_locked_and_deleted(
    server: LoopbackDiscord, bot: Bot, schema: Schema
) -> None:
    places, codes = server.places, []
    async with online(bot, server):
        thread = int(places.thread(BEA, CHAT, "Ideas")["id"])
        channel = bot.get_partial_messageable(thread)
        first = await channel.send("one")
        places.archive(thread)
        with pytest.raises(discord.HTTPException) as edited:
            await first.edit(content="two")
        await channel.send("wakes it")
        awake = await first.edit(content="three")
        places.archive(thread, locked=True)
        for act in (channel.send("four"), first.edit(content="four")):
            with pytest.raises(discord.HTTPException) as refused:
                await act
            codes.append(refused.value.code)
        places.delete(thread)
        with pytest.raises(discord.NotFound) as gone:
            await channel.send("five")

    assert edited.value.code == 50083
    assert awake.content == "three"
    assert codes == [50083, 50083]
    assert gone.value.code == 10003


async def test_a_forums_posts_are_threads(server: LoopbackDiscord, bot: Bot) -> None:
    async with online(bot, server):
        server.places.forum(3_900, HOME, "help")
        post = int(server.places.thread(ADA, 3_900, "How?")["id"])
        await server.acts.say(ADA, post, "Like this?")
        sent = await bot.get_partial_messageable(post).send("Yes.")

    assert server.world.messages[sent.id]["channel_id"] == str(post)


async def test_without_the_history_there_are_no_replies(server: LoopbackDiscord, bot: Bot) -> None:
    role = next(r for r in server.world.guilds[HOME]["roles"] if r["id"] == str(BOT_ROLE))
    everyone = next(r for r in server.world.guilds[HOME]["roles"] if r["id"] == str(HOME))
    for each in (role, everyone):
        each["permissions"] = str(int(each["permissions"]) & ~Permission.READ_MESSAGE_HISTORY)
    async with online(bot, server):
        channel = bot.get_partial_messageable(CHAT)
        first = await channel.send("one")
        with pytest.raises(discord.HTTPException) as refused:
            await channel.send("two", reference=first)

    assert refused.value.code == 160002
