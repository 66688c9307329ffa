"""Coming to Discord and staying there: tokens, outages, command sync, leases, the Gateway."""

import asyncio
import logging
from typing import Any

import pytest
from discord import app_commands
from discord.ext import commands

from bot.cogs import gateway, service
from bot.core.clock import HandClock
from bot.core.errors import DatabaseAway, StartFailed
from bot.core.ids import Ids
from bot.sandbox.discord.furniture import ADA, COMMANDS, HOME
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.server import LoopbackDiscord
from bot.settings.environment import Shards
from bot.storage.database import Database
from bot.storage.leases import Leases
from tests.doors.bot.stage import Stage, acted, running, text, until, wired
from tests.fakes.serve import nobody

PUT = ("PUT", "/applications")
GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES = 1 << 0, 1 << 9, 1 << 12
SUBCOMMAND = 1
KEYS = {"gen_key", "signup", "show_key", "generate_key", "resetkey"}
EVERYWHERE = dict.fromkeys([*KEYS, "all_limits", "my_data", "status", "help", "inbox"], "") | {
    "set_limit_mode": "mode",
    "language": "language",
    "user_info": "[user]",
    "activate_referral": "code",
    "exchange_referrals": "[referrals]",
    "leaderboard": "board [month]",
    "usage": "[days]",
    "models": "[kind] [search]",
    "chat": "prompt [model] [image] [web] [private]",
    "imagine": "prompt [model] [size] [n]",
    "edit_image": "image prompt [model]",
    "describe": "image [question] [model]",
    "speech": "text [voice] [model]",
    "ask": "question",
    "song": "prompt [style] [instrumental]",
    "temp_mail": "[domain]",
    "Describe image": "",
    "Ask about this": "",
}
AT_HOME = {
    "grant": "give: member days reason [tokens] [claude] [unlimited]; "
    "revoke: grant reason; list: member",
    "donation": "record: member amount receipt [reason]; refund: receipt reason",
    "member": "info: member; suspend: member reason; restore: member reason; "
    "reset_key: member reason",
    "level": "grant: member level reason; revoke: member reason; board: [month]",
    "referrals": "list: member; void: member reason",
    "contest": "[month]",
    "audit": "[member]",
    "settings": "",
    "announce": "text [channel]",
    "Grant...": "",
}


def tracebacks(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.exc_info]


async def ended(bot: service.Bot) -> StartFailed:
    """Run a bot that is to end by itself, and return why it did."""
    with pytest.raises(StartFailed) as failed:
        async with asyncio.timeout(30):
            await bot.run()
    return failed.value


async def test_a_wrong_token_ends_with_one_sentence(
    db: Database, clock: HandClock, discord: LoopbackDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    async with acted(db, clock, discord, token="MTIz.wrong.token") as stage:
        failed = await ended(stage.bot)

    assert failed.code == 2
    assert "LATCHKEY_DISCORD_TOKEN" in failed.sentence
    assert "MTIz" not in failed.sentence
    assert tracebacks(caplog) == []


@pytest.mark.parametrize(
    ("code", "word", "exit_code"),
    [(4004, "LATCHKEY_DISCORD_TOKEN", 2), (4010, "LATCHKEY_SHARDS", 2), (4013, "code 4013", 1)],
)
async def test_a_gateway_that_wants_us_gone_ends_with_one_sentence(
    db: Database,
    clock: HandClock,
    discord: LoopbackDiscord,
    caplog: pytest.LogCaptureFixture,
    code: int,
    word: str,
    exit_code: int,
) -> None:
    async with acted(db, clock, discord) as stage:
        run = asyncio.create_task(ended(stage.bot))
        await until(lambda: stage.bot.ready)
        discord.gateway.drop(code=code)
        failed = await run

    assert word in failed.sentence
    assert failed.code == exit_code
    assert tracebacks(caplog) == []


async def test_a_token_that_is_reset_during_the_start_ends_with_the_same_sentence(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    discord.faults.refuse("GET", "/commands", 401)
    async with acted(db, clock, discord) as stage:
        failed = await ended(stage.bot)

    assert failed.sentence == gateway.REFUSED


async def test_a_discord_that_refuses_us_for_another_reason_is_quoted(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    discord.faults.refuse("GET", "/users/@me", 403, message="Verify your account")
    async with acted(db, clock, discord) as stage:
        failed = await ended(stage.bot)

    assert failed.sentence == "Discord refuses logging in: Verify your account (403)."


async def test_a_discord_that_is_down_is_waited_for_line_by_line(
    db: Database,
    clock: HandClock,
    discord: LoopbackDiscord,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with acted(db, clock, discord) as stage:
        up, stage.bot.api_url = stage.bot.api_url, f"{nobody()}/api/v10"
        async with running(stage.bot, ready=False):
            await until(lambda: caplog.text.count("Discord does not answer") >= 2)
            gateway.use_base(up)
            await until(lambda: stage.bot.ready)
            status = await stage.run("status")

    assert "All is well" in text(status)
    assert "logging in is tried again" in caplog.text
    assert tracebacks(caplog) == []


@pytest.mark.parametrize("path", ["/users/@me", "/gateway/bot", "/commands"])
async def test_a_discord_that_stumbles_at_any_step_of_the_start_is_asked_again(
    db: Database,
    clock: HandClock,
    discord: LoopbackDiscord,
    caplog: pytest.LogCaptureFixture,
    path: str,
) -> None:
    discord.faults.cut("GET", path, times=2)  # the first the HTTP client tries again by itself
    discord.faults.refuse("GET", path, 503)
    discord.faults.limit("GET", path, via=False)

    async with acted(db, clock, discord) as stage, running(stage.bot):
        status = await stage.run("status")

    assert "All is well" in text(status)
    assert caplog.text.count("is tried again in") == 3
    assert tracebacks(caplog) == []


async def test_a_lost_connection_is_resumed_and_nothing_is_missed(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    hub = stage.discord.gateway
    before = hub.identified

    hub.drop()
    number = await stage.discord.acts.command(ADA, COMMANDS, "status", {})
    reply = await stage.discord.acts.answer(number)

    assert "All is well" in text(reply)
    assert hub.identified == before
    assert tracebacks(caplog) == []


async def test_discords_wish_to_reconnect_is_followed(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    hub = stage.discord.gateway
    session = next(iter(hub.sessions.values()))
    line = session.line

    hub.reconnect()
    await until(lambda: session.line is not None and session.line is not line)
    reply = await stage.run("status")

    assert "All is well" in text(reply)
    assert tracebacks(caplog) == []


async def test_a_lost_session_is_begun_anew(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    hub = stage.discord.gateway

    hub.drop(resumable=False)
    await until(lambda: hub.identified == 2)
    reply = await stage.run("status")

    assert "All is well" in text(reply)
    assert tracebacks(caplog) == []


async def test_a_gateway_that_is_away_for_a_while_is_no_traceback(
    stage: Stage, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("discord.backoff.ExponentialBackoff.delay", lambda _: 0.01)
    hub = stage.discord.gateway
    hub.deaf = 2

    hub.drop(code=1000)
    await until(lambda: hub.identified == 2)
    reply = await stage.run("status")

    assert "All is well" in text(reply)
    assert "Attempting a reconnect" in caplog.text
    assert tracebacks(caplog) == []


async def test_a_bot_that_is_reconnecting_can_be_ended(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("discord.backoff.ExponentialBackoff.delay", lambda _: 0.01)
    stage.discord.gateway.deaf = 10_000
    stage.discord.gateway.drop(code=1000)

    # It ends with the fixture, in the middle of this.
    await until(lambda: caplog.text.count("Attempting a reconnect") >= 3)


async def test_commands_are_sent_once_and_not_again_by_the_next_start(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with acted(db, clock, discord) as first, running(first.bot):
        assert len(first.calls(*PUT)) == 2  # globally, and to the home guild
    async with acted(db, clock, discord) as second, running(second.bot):
        shown = await second.run("help")

    assert len(second.calls(*PUT)) == 2
    assert "</gen_key:" in text(shown)


async def test_commands_that_changed_or_were_lost_are_sent_again(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    class More(commands.Cog):
        """One command more."""

        @app_commands.command()
        async def extra(self, interaction: Any) -> None:
            """Do more."""

    async with acted(db, clock, discord) as first, running(first.bot):
        sent = len(first.calls(*PUT))
    async with acted(db, clock, discord) as second:
        second.bot.cogs = [*second.bot.cogs, More()]
        async with running(second.bot):
            changed = len(second.calls(*PUT))
    discord.world.commands.overwrite(None, [], discord.world.ids.next)
    async with acted(db, clock, discord) as third, running(third.bot):
        lost = len(third.calls(*PUT))

    assert (sent, changed, lost) == (2, 3, 4)
    assert "gen_key" in {command["name"] for command in discord.world.commands.all(None)}


async def test_commands_that_discord_refuses_leave_the_bot_running(
    db: Database, clock: HandClock, discord: LoopbackDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    async with acted(db, clock, discord) as first, running(first.bot):
        pass
    discord.faults.refuse("PUT", "/commands", 400, code=50035, message="Invalid Form Body")
    async with acted(db, clock, discord) as second:
        second.bot.cogs = second.bot.cogs[:-1]  # one cog less: something to send
        async with running(second.bot):
            reply = await second.run("status")

    assert "All is well" in text(reply)
    assert "Discord refuses the commands" in caplog.text


async def test_a_home_guild_that_the_bot_is_not_in_is_a_line_in_the_log(
    db: Database, clock: HandClock, discord: LoopbackDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    discord.faults.refuse("GET", f"/guilds/{HOME}/commands", 403, code=50001)

    async with acted(db, clock, discord) as stage, running(stage.bot):
        reply = await stage.run("status")

    assert "All is well" in text(reply)
    assert f"home guild {HOME}: the bot is not there yet" in caplog.text
    assert tracebacks(caplog) == []


async def test_no_command_answers_outside_the_contract(stage: Stage) -> None:
    commands = stage.discord.world.commands
    everywhere = {command["name"]: command for command in commands.all(None)}
    at_home = {command["name"]: command for command in commands.all(HOME)}

    assert {name: options(command) for name, command in everywhere.items()} == EVERYWHERE
    assert {name: options(command) for name, command in at_home.items()} == AT_HOME
    for name, command in everywhere.items():
        assert command["contexts"] == ([0] if name in KEYS else [0, 1])
        assert command["default_member_permissions"] is None
    for name, command in at_home.items():
        wanted = None if name == "contest" else str(Permission.MODERATE_MEMBERS.value)
        assert command["default_member_permissions"] == wanted
    for command in [*everywhere.values(), *at_home.values()]:
        assert command["integration_types"] == [0]
        assert len(command["description"]) <= 100


def options(command: dict[str, Any]) -> str:
    """Return a command's options as CONTRACT writes them: the optional ones in brackets."""
    below = command.get("options", [])
    if any(each["type"] == SUBCOMMAND for each in below):
        return "; ".join(f"{each['name']}: {options(each)}".rstrip(": ") for each in below)
    return " ".join(each["name"] if each.get("required") else f"[{each['name']}]" for each in below)


async def test_the_bot_asks_for_no_privileged_intent_and_pings_nobody(stage: Stage) -> None:
    session = next(iter(stage.discord.gateway.sessions.values()))

    assert session.intents == GUILDS | GUILD_MESSAGES | DIRECT_MESSAGES
    mentions = stage.bot.client.allowed_mentions
    assert mentions is not None
    assert mentions.to_dict() == {"parse": []}


async def test_a_second_process_waits_until_the_first_has_ended(
    db: Database,
    clock: HandClock,
    discord: LoopbackDiscord,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "WAIT_SECONDS", 0.01)
    async with acted(db, clock, discord) as first:
        second = wired(first.house, discord)
        second.bot.leases = Leases(db, clock, Ids().next())
        async with running(first.bot), running(second.bot, ready=False):
            await until(lambda: "another process is the bot" in caplog.text)
            identified = discord.gateway.identified
            waiting = not second.bot.ready
            await first.bot.client.close()
            await until(lambda: second.bot.ready)

    assert waiting
    assert identified == 1
    assert discord.gateway.identified == 2


async def test_divided_shards_need_no_lease(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with acted(db, clock, discord) as stage:
        half = wired(stage.house, discord, shards=Shards(ids=(0,), count=2))
        async with running(half.bot), running(stage.bot):
            sessions = {(each.shard, each.shards) for each in discord.gateway.sessions.values()}

    assert sessions == {(0, 2), (0, 1)}


async def test_a_process_whose_lease_was_taken_ends(
    db: Database, clock: HandClock, discord: LoopbackDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "RENEW_SECONDS", 0.01)
    async with acted(db, clock, discord) as stage:
        run = asyncio.create_task(ended(stage.bot))
        await until(lambda: stage.bot.ready)
        thief = Leases(db, clock, Ids().next(), stale_seconds=0)
        while not run.done():
            await thief.take(service.LEASE)
        failed = await run

    assert "took over the bot" in failed.sentence
    assert failed.code == 1


async def test_a_database_that_is_away_for_a_while_ends_nothing(
    db: Database,
    clock: HandClock,
    discord: LoopbackDiscord,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "RENEW_SECONDS", 0.01)
    monkeypatch.setattr(service, "WAIT_SECONDS", 0.01)
    async with acted(db, clock, discord) as stage:
        leases = stage.bot.leases = Flaky(db, clock, Ids().next())
        leases.away = True
        async with running(stage.bot, ready=False):
            await until(lambda: "the database does not answer; this process waits" in caplog.text)
            leases.away = False
            await until(lambda: stage.bot.ready)
            leases.away = True
            await until(lambda: "could not be renewed: the database is away" in caplog.text)
            leases.away = False
            reply = await stage.run("status")

    assert "All is well" in text(reply)
    assert tracebacks(caplog) == []


class Flaky(Leases):
    """Leases on a database that goes away."""

    away = False

    async def take(self, name: str) -> bool:
        if self.away:
            raise DatabaseAway
        return await super().take(name)


async def test_a_fault_of_an_event_handler_is_logged_once(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async def on_broken() -> None:
        raise RuntimeError("the fault of the test")

    stage.bot.client.on_broken = on_broken
    stage.bot.client.dispatch("broken")
    await until(lambda: "the handler on_broken failed" in caplog.text)

    faults = [record for record in caplog.records if record.exc_info]
    assert len(faults) == 1
    assert faults[0].levelno == logging.ERROR
