"""What goes wrong on purpose, rate limits, and that the routes are Discord's own."""

import asyncio

import aiohttp
import discord
import pytest

from bot.sandbox.discord.furniture import ADA, CHAT, HOME
from bot.sandbox.discord.rest.call import Request
from bot.sandbox.discord.server import LoopbackDiscord
from tests.doors.discord.conftest import Bot, online, point
from tests.fakes.schema import Schema


async def test_a_rate_limit_with_via_is_retried_and_one_without_is_not(
    server: LoopbackDiscord,
) -> None:
    async with online(Bot(), server) as bot:
        server.faults.limit("GET", f"/users/{ADA}", retry_after=0.01)
        person = await bot.fetch_user(ADA)
        server.faults.limit("GET", f"/users/{ADA}", retry_after=0.01, everywhere=True)
        await bot.fetch_user(ADA)
        server.faults.limit("GET", f"/users/{ADA}", retry_after=0.01, via=False)
        with pytest.raises(discord.HTTPException) as banned:
            await bot.fetch_user(ADA)

    assert person.id == ADA
    assert banned.value.status == 429
    statuses = [each.status for each in server.requests if each.path.endswith(str(ADA))]
    assert statuses == [429, 200, 429, 200, 429]


async def test_calls_are_refused_garbled_cut_and_held_on_purpose(
    server: LoopbackDiscord, schema: Schema
) -> None:
    async with online(Bot(), server) as bot:
        person = await bot.fetch_user(ADA)
        server.faults.refuse("GET", "/users/", 403, code=50001, message="Missing Access")
        with pytest.raises(discord.Forbidden, match="Missing Access"):
            await bot.fetch_user(ADA)
        server.faults.garble("GET", "/users/", 503)
        with pytest.raises(discord.DiscordServerError):
            await bot.fetch_user(ADA)
        server.faults.cut("POST", "/users/@me/channels")
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await person.create_dm()
        gate = server.faults.hold("GET", "/users/")
        held = asyncio.create_task(bot.fetch_user(ADA))
        await bot.fetch_guild(HOME)
        assert not held.done()
        gate.set()

        assert (await held).id == ADA
        assert server.faults.waiting == []


async def test_faults_that_never_met_a_call_can_be_taken_back(server: LoopbackDiscord) -> None:
    server.faults.refuse("*", "", 500, times=9)
    server.faults.clear()

    async with online(Bot(), server) as bot:
        assert bot.is_ready()


async def test_the_headers_tell_the_bucket_and_a_sixth_message_in_five_seconds_is_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with LoopbackDiscord().serve() as server, aiohttp.ClientSession() as http:
        point(monkeypatch, server)
        url = f"{server.api_url}/channels/{CHAT}/messages"
        headers = {"Authorization": f"Bot {server.token}"}
        answers = []
        for _ in range(6):
            async with http.post(url, json={"content": "x"}, headers=headers) as response:
                answers.append((response.status, response.headers.copy(), await response.json()))

    left = [headers["X-RateLimit-Remaining"] for _, headers, _ in answers]
    status, last, body = answers[-1]
    assert left == ["4", "3", "2", "1", "0", "0"]
    assert len({headers["X-RateLimit-Bucket"] for _, headers, _ in answers}) == 1
    assert (status, last["Via"], last["Content-Type"]) == (429, "1.1 loopback", "application/json")
    assert 0 < body["retry_after"] <= 5
    assert last["X-RateLimit-Scope"] == "user"


async def test_each_channel_and_each_interaction_has_its_own_bucket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with LoopbackDiscord().serve() as server, aiohttp.ClientSession() as http:
        headers = {"Authorization": f"Bot {server.token}"}
        left = []
        for channel in (CHAT, CHAT, 3003):
            url = f"{server.api_url}/channels/{channel}/messages"
            async with http.post(url, json={"content": "x"}, headers=headers) as response:
                left.append(response.headers["X-RateLimit-Remaining"])

    assert left == ["4", "3", "4"]


async def test_everything_together_has_a_limit_of_its_own(server: LoopbackDiscord) -> None:
    server.desk.rates.on = True
    headers = {"Authorization": f"Bot {server.token}"}
    async with aiohttp.ClientSession() as http:

        async def get(n: int) -> tuple[int, dict[str, object]]:
            url = f"{server.api_url}/guilds/{HOME}" if n % 2 else f"{server.api_url}/users/@me"
            async with http.get(url, headers=headers) as response:
                return response.status, await response.json()

        answers = await asyncio.gather(*(get(n) for n in range(60)))

    refused = [body for status, body in answers if status == 429]
    assert len(refused) == 10
    assert all(body["global"] for body in refused)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing/here", 404), ("DELETE", "/gateway", 405), ("GET", "/users/abc", 400)],
)
async def test_what_is_no_route_is_refused_in_discords_shape(
    server: LoopbackDiscord, method: str, path: str, status: int
) -> None:
    headers = {"Authorization": f"Bot {server.token}"}
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, server.api_url + path, headers=headers) as response,
    ):
        body = await response.json()

    assert response.status == status
    assert {"message", "code"} <= set(body)


async def test_a_body_that_is_no_json_is_refused(server: LoopbackDiscord) -> None:
    headers = {"Authorization": f"Bot {server.token}", "Content-Type": "application/json"}
    url = f"{server.api_url}/channels/{CHAT}/messages"
    async with (
        aiohttp.ClientSession() as http,
        http.post(url, data="{", headers=headers) as response,
    ):
        assert (response.status, (await response.json())["code"]) == (400, 50109)


def test_every_route_is_one_of_discords(server: LoopbackDiscord) -> None:
    official = Schema.load()

    for door in server._doors:
        assert door.method.lower() in official.paths.get(door.template, {}), door.template


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"content": 5}, "content"),
        ({"contents": "misspelt"}, "contents"),
        ({"components": [{"type": 1, "components": [{"type": 2, "style": 9}]}]}, "style"),
        ({"embeds": [{"titel": "misspelt"}]}, "titel"),
    ],
)
def test_the_schema_finds_what_discord_would_not_understand(
    body: dict[str, object], word: str
) -> None:
    official = Schema.load()
    call = Request("POST", "/x", "/channels/{channel_id}/messages", {}, {}, body)

    with pytest.raises(AssertionError, match=word):
        official.check(call)


def test_the_schema_knows_routes_and_query_parameters() -> None:
    official = Schema.load()

    for call in (
        Request("POST", "/x", "/channels/{channel_id}/nothing", {}, {}, {}),
        Request("GET", "/x", "/users/@me", {}, {"what": "1"}),
        Request("GET", "/x", "/users/@me", {}, {}, {"body": "unexpected"}),
    ):
        with pytest.raises(AssertionError):
            official.check(call)
    official.check(
        Request("POST", "/x", "/channels/{channel_id}/messages", {}, {}, {"content": ""})
    )


async def test_three_hundred_people_are_answered_at_once(server: LoopbackDiscord) -> None:
    bot = Bot()

    @bot.tree.command()
    async def echo(interaction: discord.Interaction, text: str) -> None:
        """Echo."""
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send(text, ephemeral=True)

    async def once(number: int) -> str:
        asked = await server.acts.command(ADA, CHAT, "echo", {"text": str(number)})
        return (await server.acts.answer(asked, timeout=30))["content"]

    async with online(bot, server):
        answers = await asyncio.gather(*(once(number) for number in range(300)))

    assert answers == [str(number) for number in range(300)]
