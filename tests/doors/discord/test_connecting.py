"""Logging in, the Gateway, resuming, sharding: what the client library does to connect."""

import asyncio
import json
import zlib
from typing import Any

import aiohttp
import discord
import pytest
from starlette.websockets import WebSocket

from bot.sandbox.discord.furniture import ADA, BEA, CHAT, ELSEWHERE, HOME, LOBBY, STAFF
from bot.sandbox.discord.gateway.session import Line
from bot.sandbox.discord.gateway.socket import Connection
from bot.sandbox.discord.server import LoopbackDiscord
from tests.doors.discord.conftest import INTENTS, Bot, online, until
from tests.fakes.schema import Schema


async def idle(*_: object) -> Any:
    """Neither hear nor say anything."""


async def test_a_bot_logs_in_and_finds_its_guilds(server: LoopbackDiscord, schema: Schema) -> None:
    async with online(Bot(), server) as bot:
        home = bot.get_guild(HOME)

        assert home is not None
        assert bot.user is not None
        assert {guild.id for guild in bot.guilds} == {HOME, ELSEWHERE}
        assert home.get_member(bot.user.id) is not None
        assert {channel.name for channel in home.text_channels} >= {"chat", "staff"}
        assert (await bot.application_info()).id == server.world.bot_id
        assert (await bot.fetch_user(ADA)).name == "ada"
        assert (await bot.fetch_guild(HOME)).name == "Latchkey HQ"
        assert (await home.fetch_member(ADA)).joined_at is not None
        assert len(await home.fetch_roles()) == 6


async def test_the_gateway_says_where_it_is_and_how_many_sessions_are_left(
    server: LoopbackDiscord, schema: Schema
) -> None:
    async with online(Bot(), server) as bot:
        shards, url, limit = await bot.http.get_bot_gateway()

    assert (shards, url) == (1, server.gateway.url)
    assert (limit["total"], limit["remaining"], limit["max_concurrency"]) == (1000, 999, 1)


async def test_a_wrong_token_is_refused_by_rest(server: LoopbackDiscord) -> None:
    bot = Bot()

    with pytest.raises(discord.LoginFailure):
        await bot.login("wrong")

    await bot.close()


async def test_a_wrong_token_is_refused_by_the_gateway_with_4004(server: LoopbackDiscord) -> None:
    bot = Bot()
    await bot.login(server.token)
    bot.http.token = "wrong"

    with pytest.raises(discord.ConnectionClosed) as closed:
        await bot.connect()

    assert closed.value.code == 4004
    await bot.close()


async def test_a_privileged_intent_needs_the_applications_flag(server: LoopbackDiscord) -> None:
    wanting = INTENTS | discord.Intents(message_content=True)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with online(Bot(intents=wanting), server):
            pass

    server.world.application["flags"] |= 1 << 19

    async with online(Bot(intents=wanting), server) as bot:
        assert bot.is_ready()


async def test_what_happens_while_the_line_is_cut_is_replayed_on_resume(
    server: LoopbackDiscord,
) -> None:
    bot = Bot()
    said: list[str] = []
    resumed = asyncio.Event()
    both = asyncio.Event()

    @bot.event
    async def on_resumed() -> None:
        resumed.set()

    @bot.event
    async def on_message(message: discord.Message) -> None:
        said.append(message.content)
        if len(said) == 2:
            both.set()

    async with online(bot, server):
        server.gateway.drop()
        await server.acts.say(ADA, CHAT, f"<@{server.world.bot_id}> one")
        await asyncio.wait_for(resumed.wait(), 10)
        await server.acts.say(ADA, CHAT, f"<@{server.world.bot_id}> two")
        await asyncio.wait_for(both.wait(), 5)

    assert [text.split()[-1] for text in said] == ["one", "two"]
    assert server.gateway.identified == 1


@pytest.mark.parametrize("how", ["reconnect", "invalid", "lost"])
async def test_the_bot_comes_back_whatever_the_gateway_does(
    server: LoopbackDiscord, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = Bot()
    heard = asyncio.Event()
    back = asyncio.Event()
    bot.add_listener(_setting(back), "on_resumed")
    bot.add_listener(_setting(heard), "on_message")

    async with online(bot, server):
        bot.add_listener(_setting(back), "on_connect")
        match how:
            case "reconnect":
                server.gateway.reconnect()
            case "invalid":
                server.gateway.invalidate(resumable=False)
            case _:
                server.gateway.drop(resumable=False)
        await asyncio.wait_for(back.wait(), 20)
        await server.acts.say(ADA, CHAT, "hello again")
        await asyncio.wait_for(heard.wait(), 5)

    assert server.gateway.identified == (1 if how == "reconnect" else 2)


async def test_a_gateway_can_refuse_connections_for_a_while(server: LoopbackDiscord) -> None:
    server.gateway.deaf = 1

    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(server.gateway.url)
        async with http.ws_connect(server.gateway.url) as socket:
            assert (await socket.receive_json())["op"] == 10


async def test_each_shard_hears_only_its_own_guilds_and_dms_go_to_shard_0(
    server: LoopbackDiscord,
) -> None:
    far = (1 << 22) + 7
    server.world.guilds[far] = server.world.guilds[ELSEWHERE] | {"id": str(far)}
    server.world.members[far] = server.world.members[ELSEWHERE]
    bot = Bot(shard_count=2)
    where: asyncio.Queue[tuple[int, int | None]] = asyncio.Queue()

    @bot.event
    async def on_message(message: discord.Message) -> None:
        shard = message.guild.shard_id if message.guild else 0
        where.put_nowait((shard, message.guild and message.guild.id))

    async with online(bot, server):
        await server.acts.say(ADA, CHAT, "hi")
        await server.acts.say(ADA, server.acts.dm(ADA), "hi")

        assert await asyncio.wait_for(where.get(), 5) == (0, HOME)
        assert await asyncio.wait_for(where.get(), 5) == (0, None)
        assert bot.get_guild(far) is not None
        assert bot.get_guild(far).shard_id == 1
        assert {session.shard for session in server.gateway.sessions.values()} == {0, 1}


async def test_frames_are_compressed_where_the_client_can_read_them(
    server: LoopbackDiscord,
) -> None:
    inflate = zlib.decompressobj()
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{server.gateway.url}?compress=zlib-stream") as socket,
    ):
        first = await socket.receive()

    hello = json.loads(inflate.decompress(first.data))
    assert (hello["op"], hello["d"]["heartbeat_interval"]) == (10, 41250)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("not json", 4002),
        ('{"op": 8, "d": {"guild_id": "1001"}}', 4003),
        ('{"op": 99}', 4001),
        ('{"op": 2, "d": {"token": "TOKEN", "intents": 1, "shard": [2, 2]}}', 4010),
        ('{"op": 2, "d": {"token": "TOKEN", "intents": -1}}', 4013),
    ],
)
async def test_the_gateway_closes_on_what_it_does_not_understand(
    server: LoopbackDiscord, sent: str, code: int
) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(server.gateway.url) as socket,
    ):
        await socket.receive()
        await socket.send_str(sent.replace("TOKEN", server.token))
        await socket.receive()

        assert socket.close_code == code


async def test_a_session_is_begun_once_and_resumed_only_by_its_owner(
    server: LoopbackDiscord,
) -> None:
    identify = {"op": 2, "d": {"token": server.token, "intents": 0}}
    codes = []
    async with aiohttp.ClientSession() as http:

        async def closes(*payloads: dict[str, object]) -> int | None:
            async with http.ws_connect(server.gateway.url) as socket:
                for payload in payloads:
                    await socket.send_json(payload)
                while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                    pass
                return socket.close_code

        codes.append(await closes(identify, identify))
        [session] = server.gateway.sessions
        resume = {"token": server.token, "session_id": session, "seq": 99}
        codes.append(await closes({"op": 6, "d": resume}))
        codes.append(await closes({"op": 6, "d": resume | {"token": "wrong"}}))
        codes.append(await closes(*[{"op": 1}] * 121))
        codes.append(await closes({"op": 1, "d": "x" * 5000}))
        async with http.ws_connect(server.gateway.url) as socket:
            await socket.receive()
            await socket.send_json({"op": 6, "d": resume | {"session_id": "lost"}})
            refused = await socket.receive_json()

    assert codes == [4005, 4007, 4004, 4008, 4002]
    assert (refused["op"], refused["d"]) == (9, False)


async def test_a_session_left_for_long_is_forgotten() -> None:
    now = [1_800_000_000.0]
    async with (
        LoopbackDiscord(now=lambda: now[0]).serve() as server,
        aiohttp.ClientSession() as http,
    ):
        async with http.ws_connect(server.gateway.url) as socket:
            await socket.send_json({"op": 2, "d": {"token": server.token, "intents": 0}})
            await socket.receive()
            await socket.receive()
            await socket.close(code=4000)
        [(session, left)] = server.gateway.sessions.items()
        await until(lambda: left.left_at is not None)
        now[0] += 121
        async with http.ws_connect(server.gateway.url) as socket:
            await socket.receive()
            d = {"token": server.token, "session_id": session, "seq": 1}
            await socket.send_json({"op": 6, "d": d})
            answer = await socket.receive_json()

    assert (answer["op"], answer["d"]) == (9, False)
    assert server.gateway.sessions == {}


async def test_text_is_hidden_from_a_bot_without_the_intent_that_is_not_mentioned(
    server: LoopbackDiscord,
) -> None:
    bot = Bot()
    heard: asyncio.Queue[str] = asyncio.Queue()

    @bot.event
    async def on_message(message: discord.Message) -> None:
        heard.put_nowait(message.content)

    async with online(bot, server):
        await server.acts.say(ADA, CHAT, "secret")
        await server.acts.say(ADA, CHAT, f"<@{server.world.bot_id}> not secret")
        await server.acts.say(ADA, server.acts.dm(ADA), "private")
        texts = [await asyncio.wait_for(heard.get(), 5) for _ in range(3)]

    assert texts == ["", f"<@{server.world.bot_id}> not secret", "private"]


async def test_members_can_be_asked_for_over_the_gateway(server: LoopbackDiscord) -> None:
    async with online(Bot(), server) as bot:
        home = bot.get_guild(HOME)
        assert home is not None
        found = await home.query_members(user_ids=[ADA, BEA])

    assert {member.id for member in found} == {ADA, BEA}


async def test_people_see_only_the_channels_they_may(server: LoopbackDiscord) -> None:
    seen = {channel["id"] for channel in server.world.channels_of(ADA)}

    assert str(CHAT) in seen
    assert str(STAFF) not in seen
    assert str(LOBBY) not in seen


def _setting(event: asyncio.Event):
    async def listener(*_: object) -> None:
        event.set()

    return listener


async def test_an_ack_leaves_only_after_the_client_can_have_noted_its_heartbeat(
    server: LoopbackDiscord,
) -> None:
    line = Line()
    connection = Connection(server.gateway, WebSocket({"type": "websocket"}, idle, idle), line)

    connection._take(b'{"op": 1, "d": null}')

    assert line.waiting.empty()
    ack = await line.waiting.get()
    assert isinstance(ack, bytes)
    assert json.loads(ack)["op"] == 11
