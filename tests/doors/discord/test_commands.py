"""How commands are registered: ids that stay, limits, translations, both scopes."""

import discord
import pytest
from discord import app_commands

from bot.sandbox.discord.furniture import ADA, BEA, CHAT, HOME, LOBBY
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.discord.world import Happening
from tests.doors.discord.conftest import Bot, logged_in, online
from tests.fakes.schema import Schema


async def test_a_sync_keeps_the_ids_of_commands_that_stay(
    server: LoopbackDiscord, schema: Schema
) -> None:
    bot = Bot()
    bot.tree.add_command(_command("stays"))
    bot.tree.add_command(_command("goes"))
    told: list[Happening] = []
    server.world.listen(told.append)

    async with online(bot, server, sync=False):
        first = {each.name: each.id for each in await bot.tree.sync()}
        bot.tree.remove_command("goes")
        bot.tree.add_command(_command("comes"))
        second = {each.name: each.id for each in await bot.tree.sync()}
        fetched = await bot.tree.fetch_commands()

    assert second["stays"] == first["stays"]
    assert sorted(second) == ["comes", "stays"]
    assert {each.name for each in fetched} == set(second)
    assert [each.kind for each in told] == ["commands", "commands"]


async def test_a_guilds_commands_are_offered_there_and_nowhere_else(
    server: LoopbackDiscord, schema: Schema
) -> None:
    bot = Bot()
    bot.tree.add_command(_command("everywhere"))
    bot.tree.add_command(_command("here"), guild=discord.Object(HOME))

    async with online(bot, server):
        fetched = await bot.tree.fetch_commands(guild=discord.Object(HOME))

    assert [each.name for each in fetched] == ["here"]
    assert [c["name"] for c in server.world.menu(ADA, CHAT)] == ["everywhere", "here"]
    assert [c["name"] for c in server.world.menu(BEA, LOBBY)] == ["everywhere"]
    assert [c["name"] for c in server.world.menu(ADA, server.acts.dm(ADA))] == ["everywhere"]


async def test_translations_are_listed_only_where_asked_for(server: LoopbackDiscord) -> None:
    body = {"name": "help", "description": "Help", "description_localizations": {"ru": "Помощь"}}
    async with logged_in(server) as bot:
        app = bot.application_id
        await bot.http.upsert_global_command(app, body)
        route = discord.http.Route("GET", "/applications/{app}/commands", app=app)
        plain = await bot.http.request(route)
        [whole] = await bot.http.request(route, params={"with_localizations": "true"})

    assert "description_localizations" not in plain[0]
    assert whole["description_localizations"] == {"ru": "Помощь"}


async def test_one_command_is_added_changed_and_removed(
    server: LoopbackDiscord, schema: Schema
) -> None:
    async with logged_in(server) as bot:
        app = bot.application_id
        made = await bot.http.upsert_global_command(app, {"name": "a", "description": "A"})
        again = await bot.http.upsert_global_command(app, {"name": "a", "description": "AA"})
        changed = await bot.http.edit_global_command(app, made["id"], {"name": "b"})
        await bot.http.delete_global_command(app, made["id"])
        with pytest.raises(discord.NotFound) as gone:
            await bot.http.get_global_command(app, made["id"])

    assert again["id"] == made["id"] == changed["id"]
    assert (changed["name"], changed["description"]) == ("b", "AA")
    assert gone.value.code == 10063


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ([{"name": "Big", "description": "x"}], "invalid"),
        ([{"name": "two words", "description": "x"}], "invalid"),
        ([{"name": "x" * 33, "description": "x"}], "32"),
        ([{"name": "x", "description": ""}], "required"),
        ([{"name": "x", "description": "x" * 101}], "100"),
        ([{"name": "x", "description": "x"}] * 2, "unique"),
        ([{"name": "x", "description": "x", "options": [{}] * 26}], "25"),
        (
            [
                {
                    "name": "x",
                    "description": "x",
                    "options": [
                        {"type": 3, "name": "a", "description": "a"},
                        {"type": 3, "name": "b", "description": "b", "required": True},
                    ],
                }
            ],
            "Required options",
        ),
        ([{"name": "x", "description": "x", "type": 2}], "Context menu"),
    ],
)
async def test_definitions_discord_would_refuse_are_refused(
    server: LoopbackDiscord, body: list[dict[str, object]], word: str
) -> None:
    async with logged_in(server) as bot:
        with pytest.raises(discord.HTTPException) as refused:
            await bot.http.bulk_upsert_global_commands(bot.application_id, body)

    assert refused.value.code == 50035
    assert word in str(refused.value)


async def test_a_hundred_and_first_command_is_refused_with_30032(server: LoopbackDiscord) -> None:
    body = [{"name": f"c{number}", "description": "x"} for number in range(101)]
    async with logged_in(server) as bot:
        with pytest.raises(discord.HTTPException) as refused:
            await bot.http.bulk_upsert_global_commands(bot.application_id, body)

    assert refused.value.code == 30032


def _command(name: str) -> app_commands.Command:
    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(name)

    return app_commands.Command(name=name, description="Answers.", callback=answer)
