"""Messages, reactions, threads, roles and direct messages through the real client library."""

import asyncio
import io

import discord
import pytest
from discord import ui

from bot.sandbox.discord.acts import Refused
from bot.sandbox.discord.furniture import ADA, ANNOUNCEMENTS, BEA, BOT_ROLE, CHAT, HOME, MO, STAFF
from bot.sandbox.discord.server import LoopbackDiscord
from tests.doors.discord.conftest import Bot, logged_in, online
from tests.fakes.schema import Schema


async def test_messages_are_sent_read_edited_and_deleted(
    server: LoopbackDiscord, schema: Schema
) -> None:
    async with online(Bot(), server) as bot:
        chat = await _channel(bot, CHAT)
        first = await chat.send("one")
        second = await chat.send("two", reference=first)
        await first.edit(content="one, edited", embed=discord.Embed(title="T", description="D"))
        fetched = await chat.fetch_message(first.id)
        history = [message.id async for message in chat.history(limit=10)]
        await second.delete()

    assert fetched.content == "one, edited"
    assert fetched.edited_at is not None
    assert fetched.embeds[0].title == "T"
    assert history == [second.id, first.id]
    assert second.type is discord.MessageType.reply
    assert second.id not in server.world.messages


async def test_history_is_paged(server: LoopbackDiscord, schema: Schema) -> None:
    async with online(Bot(), server) as bot:
        chat = await _channel(bot, CHAT)
        keys = [(await chat.send(str(n))).id for n in range(5)]
        before = [m.id async for m in chat.history(before=discord.Object(keys[2]))]
        after = [m.id async for m in chat.history(after=discord.Object(keys[2]))]
        around = [m.id async for m in chat.history(around=discord.Object(keys[2]), limit=3)]

    assert before == keys[1::-1]
    assert after == keys[3:]
    assert sorted(around) == keys[1:4]


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        ({"content": "x" * 2001}, "content"),
        ({"embed": discord.Embed(title="x" * 257)}, "title"),
        ({"embed": discord.Embed(description="x" * 4097)}, "description"),
        ({"embed": discord.Embed().add_field(name="x" * 257, value="y")}, "name"),
        ({"embeds": [discord.Embed(description="x" * 3500)] * 2}, "embeds"),
        ({"embed": discord.Embed()}, "description"),
    ],
)
async def test_what_is_too_long_is_refused_with_50035_and_its_place(
    server: LoopbackDiscord, sent: dict[str, object], place: str
) -> None:
    async with logged_in(server) as bot:
        chat = await _channel(bot, CHAT)
        with pytest.raises(discord.HTTPException) as refused:
            await chat.send(**sent)

    assert (refused.value.status, refused.value.code) == (400, 50035)
    assert place in refused.value.text


@pytest.mark.parametrize(
    ("components", "word"),
    [
        ([{"type": 2, "style": 1, "label": "x", "custom_id": "x"}], "type"),
        ([_row := {"type": 1, "components": []}], "length"),
        ([{"type": 1, "components": [{"type": 2, "style": 1, "label": "x"}]}], "required"),
        (
            [
                {
                    "type": 1,
                    "components": [{"type": 2, "style": 1, "label": "x" * 81, "custom_id": "a"}],
                }
            ],
            "80",
        ),
        (
            [
                {
                    "type": 1,
                    "components": [{"type": 2, "style": 1, "label": "x", "custom_id": "a" * 101}],
                }
            ],
            "100",
        ),
        (
            [
                {
                    "type": 1,
                    "components": [{"type": 2, "style": 1, "label": "x", "custom_id": "a"}],
                },
                {
                    "type": 1,
                    "components": [{"type": 2, "style": 2, "label": "y", "custom_id": "a"}],
                },
            ],
            "duplicated",
        ),
        (
            [
                {
                    "type": 1,
                    "components": [{"type": 5, "custom_id": "a"}, {"type": 5, "custom_id": "b"}],
                }
            ],
            "width",
        ),
        ([{"type": 1, "components": [{"type": 3, "custom_id": "a", "options": []}]}], "length"),
        ([{"type": 10, "content": "text"}], "Value must be one of"),
        ([_row] * 6, "5 or fewer"),
    ],
)
async def test_components_discord_would_refuse_are_refused(
    server: LoopbackDiscord, components: list[dict[str, object]], word: str
) -> None:
    async with logged_in(server) as bot:
        with pytest.raises(discord.HTTPException) as refused:
            await _post(bot, {"content": "x", "components": components})

    assert refused.value.code == 50035
    assert word in str(refused.value)


async def test_a_panel_of_v2_components_comes_back_with_ids_and_addresses(
    server: LoopbackDiscord, schema: Schema
) -> None:
    class Panel(ui.LayoutView):
        def __init__(self) -> None:
            super().__init__(timeout=None)
            box: ui.Container[Panel] = ui.Container(accent_colour=0x5D9CEC)
            box.add_item(ui.TextDisplay("# Your key"))
            button: ui.Button[Panel] = ui.Button(label="Show", custom_id="show")
            box.add_item(ui.Section(ui.TextDisplay("hidden"), accessory=button))
            box.add_item(ui.Separator())
            box.add_item(ui.MediaGallery(discord.MediaGalleryItem("attachment://chart.png")))
            box.add_item(ui.File("attachment://usage.csv"))
            self.add_item(box)
            self.add_item(ui.ActionRow(ui.Button(label="More", custom_id="more")))

    files = [discord.File(io.BytesIO(b"x"), name) for name in ("chart.png", "usage.csv")]
    async with online(Bot(), server) as bot:
        chat = await _channel(bot, CHAT)
        sent = await chat.send(view=Panel(), files=files)
        await sent.edit(view=Panel(), attachments=sent.attachments)
        with pytest.raises(discord.HTTPException):
            await sent.edit(content="no text beside them")

    message = server.world.messages[sent.id]
    box = message["components"][0]
    gallery, file = box["components"][3:5]
    assert message["flags"] & (1 << 15)
    assert gallery["items"][0]["media"]["url"] == message["attachments"][0]["url"]
    assert (file["name"], file["size"]) == ("usage.csv", 1)
    assert [each["id"] for each in box["components"]] == [2, 3, 6, 7, 8]


@pytest.mark.parametrize(
    "body",
    [
        {"content": "text", "components": [{"type": 10, "content": "x"}]},
        {"components": [{"type": 10, "content": "x" * 2500}] * 2},
        {"components": [{"type": 17, "components": [{"type": 14}] * 20}] * 2},
        {"components": [{"type": 12, "items": [{"media": {"url": "attachment://none.png"}}]}]},
        {"components": [{"type": 9, "components": [{"type": 10, "content": "x"}]}]},
        {"components": [{"type": 17, "components": [{"type": 17, "components": []}]}]},
        {"components": [{"type": 13, "file": {"url": "https://example.org/a.txt"}}]},
    ],
)
async def test_v2_limits_are_discords(server: LoopbackDiscord, body: dict[str, object]) -> None:
    async with logged_in(server) as bot:
        with pytest.raises(discord.HTTPException) as refused:
            await _post(bot, body | {"flags": 1 << 15})

    assert refused.value.code == 50035


async def test_an_empty_message_is_refused_with_50006(server: LoopbackDiscord) -> None:
    async with logged_in(server) as bot:
        with pytest.raises(discord.HTTPException) as refused:
            await _post(bot, {"content": "  "})

    assert refused.value.code == 50006


async def test_a_file_over_ten_mebibytes_is_refused_with_40005(server: LoopbackDiscord) -> None:
    async with logged_in(server) as bot:
        chat = await _channel(bot, CHAT)
        with pytest.raises(discord.HTTPException) as refused:
            await chat.send(file=discord.File(io.BytesIO(b"x" * (10 * 2**20 + 1)), "big.bin"))

    assert (refused.value.status, refused.value.code) == (413, 40005)


@pytest.mark.parametrize(
    ("allowed", "pinged"),
    [
        (discord.AllowedMentions.none(), frozenset()),
        (discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(BEA)]), {BEA}),
        (discord.AllowedMentions(everyone=False, roles=False, users=True), {ADA, BEA}),
    ],
)
async def test_only_allowed_mentions_ring(
    server: LoopbackDiscord,
    schema: Schema,
    allowed: discord.AllowedMentions,
    pinged: set[int],
) -> None:
    async with logged_in(server) as bot:
        chat = await _channel(bot, CHAT)
        text = f"<@{ADA}> <@{BEA}> @everyone <@&2001>"
        sent = await chat.send(text, allowed_mentions=allowed)

    assert server.world.pinged[sent.id] == pinged
    assert {int(user["id"]) for user in server.world.messages[sent.id]["mentions"]} == pinged


async def test_a_retried_send_with_its_nonce_posts_once(
    server: LoopbackDiscord, schema: Schema
) -> None:
    async with logged_in(server) as bot:
        chat = await _channel(bot, CHAT)
        keys = {(await chat.send("once", nonce="abc")).id for _ in range(3)}

    assert len(keys) == 1


async def test_where_the_bot_may_not_write_it_is_told_so(server: LoopbackDiscord) -> None:
    async with online(Bot(), server) as bot:
        news, staff = await _channel(bot, ANNOUNCEMENTS), await _channel(bot, STAFF)
        _overwrite(server, ANNOUNCEMENTS, deny=1 << 11)
        _overwrite(server, STAFF, deny=1 << 10)
        with pytest.raises(discord.Forbidden) as no_permission:
            await news.send("x")
        with pytest.raises(discord.Forbidden) as no_access:
            await staff.send("x")
        with pytest.raises(discord.NotFound) as unknown:
            await bot.fetch_channel(4711)
        said = await server.acts.say(ADA, CHAT, "mine")
        with pytest.raises(discord.Forbidden) as not_mine:
            await (await _channel(bot, CHAT)).get_partial_message(said).edit(content="x")

    codes = [each.value.code for each in (no_permission, no_access, unknown, not_mine)]
    assert codes == [50013, 50001, 10003, 50005]


async def test_direct_messages_open_and_may_be_closed(
    server: LoopbackDiscord, schema: Schema
) -> None:
    async with online(Bot(), server) as bot:
        person = await bot.fetch_user(ADA)
        await person.send("hello")
        server.world.people[ADA].dms_open = False
        with pytest.raises(discord.Forbidden) as closed:
            await person.send("hello?")

    texts = [m["content"] for m in server.world.messages_in(server.acts.dm(ADA), ADA)]
    assert texts == ["hello"]
    assert closed.value.code == 50007


async def test_roles_are_given_and_taken_below_the_bots_own(
    server: LoopbackDiscord, schema: Schema
) -> None:
    async with online(Bot(), server) as bot:
        home = bot.get_guild(HOME)
        assert home is not None
        ada = await home.fetch_member(ADA)
        await ada.add_roles(discord.Object(2101), discord.Object(2102), reason="Level 1 & 2")
        await ada.remove_roles(discord.Object(2101))
        codes = []
        for role in (BOT_ROLE, 4711):
            with pytest.raises(discord.HTTPException) as refused:
                await ada.add_roles(discord.Object(role))
            codes.append(refused.value.code)
        with pytest.raises(discord.NotFound) as nobody:
            await home.fetch_member(4711)

    assert server.world.members[HOME][ADA]["roles"] == ["2102"]
    assert [*codes, nobody.value.code] == [50013, 10011, 10013]
    reasons = [each.headers.get("x-audit-log-reason") for each in server.requests]
    assert "Level 1 %26 2" in reasons


async def test_a_role_above_the_bots_cannot_be_given(server: LoopbackDiscord) -> None:
    for role in server.world.guilds[HOME]["roles"]:
        role["position"] += 10 if role["id"] == "2103" else 0

    async with online(Bot(), server) as bot:
        home = bot.get_guild(HOME)
        assert home is not None
        ada = await home.fetch_member(ADA)
        with pytest.raises(discord.Forbidden) as refused:
            await ada.add_roles(discord.Object(2103))

    assert refused.value.code == 50013


async def test_reactions_typing_and_threads(server: LoopbackDiscord, schema: Schema) -> None:
    bot = Bot()
    reacted: asyncio.Queue[str] = asyncio.Queue()

    @bot.event
    async def on_raw_reaction_add(event: discord.RawReactionActionEvent) -> None:
        reacted.put_nowait(f"{event.user_id} {event.emoji}")

    kinds: list[str] = []
    async with online(bot, server):
        server.world.listen(lambda h: kinds.append(h.kind))
        chat = await _channel(bot, CHAT)
        sent = await chat.send("react")
        await sent.add_reaction("👍")
        await server.acts.react(ADA, sent.id, "👍")
        heard = [await asyncio.wait_for(reacted.get(), 5) for _ in range(2)]
        await sent.remove_reaction("👍", discord.Object(server.world.bot_id))
        people = [u.id async for u in (await chat.fetch_message(sent.id)).reactions[0].users()]
        await chat.typing()
        thread = await sent.create_thread(name="About this")
        await thread.send("inside")
        await server.acts.say(ADA, thread.id, "me too")
        with pytest.raises(discord.HTTPException) as again:
            await sent.create_thread(name="Twice")

    assert heard == [f"{server.world.bot_id} 👍", f"{ADA} 👍"]
    assert people == [ADA]
    assert {"reaction", "typing", "channel", "message_edit"} <= set(kinds)
    assert len(server.world.messages_in(thread.id, BEA)) == 2
    assert again.value.code == 160004


async def test_people_write_reply_and_delete_as_discord_lets_them(
    server: LoopbackDiscord,
) -> None:
    bot = Bot()
    heard: asyncio.Queue[discord.Message] = asyncio.Queue()

    @bot.event
    async def on_message(message: discord.Message) -> None:
        heard.put_nowait(message)

    async with online(bot, server):
        first = await server.acts.say(ADA, CHAT, "hello")
        reply = await server.acts.say(BEA, CHAT, f"hi <@{ADA}>", reply_to=first)
        messages = [await asyncio.wait_for(heard.get(), 5) for _ in range(2)]
        rung = server.world.pinged[reply]
        for act in (
            server.acts.say(ADA, ANNOUNCEMENTS, "x"),
            server.acts.say(ADA, STAFF, "x"),
            server.acts.say(ADA, CHAT, "x" * 2001),
            server.acts.delete(ADA, reply),
        ):
            with pytest.raises(Refused):
                await act
        await server.acts.delete(MO, reply)

    assert isinstance(messages[0].author, discord.Member)
    assert messages[1].reference is not None
    assert messages[1].reference.message_id == first
    assert rung == {ADA}
    assert reply not in server.world.messages


async def test_who_comes_and_goes_is_told_to_a_bot_that_may_know(server: LoopbackDiscord) -> None:
    server.world.application["flags"] |= 1 << 15
    bot = Bot(intents=discord.Intents(guilds=True, members=True))
    told: asyncio.Queue[str] = asyncio.Queue()

    @bot.event
    async def on_member_join(member: discord.Member) -> None:
        told.put_nowait(f"{member.name} came")

    @bot.event
    async def on_raw_member_remove(event: discord.RawMemberRemoveEvent) -> None:
        told.put_nowait(f"{event.user.name} went")

    async with online(bot, server):
        server.roster.meet(77, "cy", "Cy")
        server.roster.join(HOME, 77)
        server.roster.leave(HOME, BEA)
        heard = [await asyncio.wait_for(told.get(), 5) for _ in range(2)]

    assert heard == ["cy came", "bea went"]


async def _channel(bot: Bot, key: int) -> discord.TextChannel:
    channel = bot.get_channel(key) or await bot.fetch_channel(key)
    assert isinstance(channel, discord.TextChannel)
    return channel


async def _post(bot: Bot, body: dict[str, object]) -> None:
    route = discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=CHAT)
    await bot.http.request(route, json=body)


def _overwrite(server: LoopbackDiscord, channel: int, *, deny: int) -> None:
    own = {"id": str(server.world.bot_id), "type": 1, "allow": "0", "deny": str(deny)}
    server.world.channels[channel]["permission_overwrites"].append(own)
