"""Nothing is ever silent: every error, click and refusal is answered on one road."""

import asyncio
import logging
import re
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot.cogs import client
from bot.cogs.buttons import ANYONE, LONGEST_ID, Buttons, button, custom_id, rows
from bot.cogs.panels import panel
from bot.cogs.replies import MARKS, sentence_of, think
from bot.core.errors import Draining, Kind
from bot.sandbox.discord.acts import Refused
from bot.sandbox.discord.components import walk
from bot.sandbox.discord.furniture import ADA, BEA, COMMANDS
from bot.sandbox.discord.server import LoopbackDiscord
from tests.doors.bot.stage import Stage, acted, hidden, running, text, until
from tests.fakes.schema import Schema

REFERENCE = re.compile(r"reference `([0-9a-f]{8})`")


class Trouble(commands.Cog):
    """Commands and buttons that go wrong in every way."""

    def __init__(self, buttons: Buttons) -> None:
        buttons.on("trouble", self._click)
        buttons.on("modal", self._submit)
        buttons.on("open", self._open)

    @app_commands.command()
    async def break_at_once(self, interaction: discord.Interaction) -> None:
        """Fail before any answer."""
        raise RuntimeError("the fault of the test")

    @app_commands.command()
    async def break_later(self, interaction: discord.Interaction) -> None:
        """Fail after the acknowledgement."""
        await think(interaction)
        raise RuntimeError("the fault of the test")

    @app_commands.command()
    async def drain(self, interaction: discord.Interaction) -> None:
        """Fail in a way that has words."""
        await think(interaction)
        raise Draining

    @app_commands.command()
    async def draw(self, interaction: discord.Interaction) -> None:
        """Draw buttons."""
        view = rows(
            button("Break", "trouble", interaction.user.id),
            button("Anyone", "trouble", ANYONE),
            button("Form", "open", ANYONE),
            button("Unknown", "nobody", ANYONE),
            button("Dynamic", "trouble", ANYONE, "x" * 40, "more"),
        )
        await interaction.response.send_message("Press", view=view)

    @app_commands.command()
    async def panel(self, interaction: discord.Interaction) -> None:
        """Draw a panel with a button at its end."""
        await think(interaction, hidden=False)
        row = [button("Break", "trouble", ANYONE), button("Odd", "odd", ANYONE)]
        await interaction.followup.send(view=panel("A panel", rows=[row]))

    @app_commands.command()
    async def count(
        self, interaction: discord.Interaction, number: app_commands.Range[int, 1]
    ) -> None:
        """Take a number."""
        await interaction.response.send_message(str(number), ephemeral=True)

    async def _click(self, interaction: discord.Interaction, arguments: Any) -> None:
        raise RuntimeError("the fault of the test")

    async def _open(self, interaction: discord.Interaction, arguments: Any) -> None:
        modal = discord.ui.Modal(title="A form", custom_id=custom_id("modal", ANYONE))
        modal.add_item(discord.ui.TextInput[Any](label="Why", custom_id="why"))
        await interaction.response.send_modal(modal)

    async def _submit(self, interaction: discord.Interaction, arguments: Any) -> None:
        raise RuntimeError("the fault of the test")


@pytest.fixture
async def troubled(db: Any, clock: Any, discord: LoopbackDiscord) -> Any:
    """A bot with commands and buttons that go wrong."""
    async with acted(db, clock, discord) as stage:
        trouble = Trouble(stage.bot.client._buttons)
        stage.bot.cogs = [*stage.bot.cogs, trouble]
        async with running(stage.bot):
            yield stage


def reference(reply: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    """Check that the reply has a reference and the log the same with the fault, once."""
    found = REFERENCE.search(text(reply))
    assert found, text(reply)
    noted = [r for r in caplog.records if found[1] in r.getMessage()]
    assert len(noted) == 1
    assert noted[0].exc_info is not None
    assert "the fault of the test" in str(noted[0].exc_info[1])
    assert "the fault of the test" not in text(reply)


@pytest.mark.parametrize("command", ["break_at_once", "break_later"])
async def test_a_fault_of_a_command_is_a_sentence_with_a_reference(
    troubled: Stage, caplog: pytest.LogCaptureFixture, command: str
) -> None:
    reply = await troubled.run(command)

    assert hidden(reply)
    reference(reply, caplog)


async def test_a_failure_with_words_is_told_in_them_and_not_logged_as_a_fault(
    troubled: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    reply = await troubled.run("drain")

    assert text(reply) == "⏳ Latchkey is restarting. Try again in a few seconds."
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


async def test_a_fault_of_a_button_is_a_sentence_with_a_reference(
    troubled: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    asked = await troubled.run("draw")

    reply = await troubled.click(asked, "Break")

    assert hidden(reply)
    reference(reply, caplog)


async def test_a_fault_of_a_modal_is_a_sentence_with_a_reference(
    troubled: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    acts = troubled.discord.acts
    opened = await troubled.press(await troubled.run("draw"), "Form")
    await acts.modal(opened)

    sent = await acts.submit(ADA, opened, {"why": "because"})
    reply = await acts.answer(sent)

    reference(reply, caplog)


async def test_a_fault_of_a_button_in_a_panel_is_a_sentence_with_a_reference(
    troubled: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    shown = await troubled.run("panel")

    reply = await troubled.click(shown, "Break", who=BEA)

    reference(reply, caplog)


async def test_somebody_elses_button_is_refused_to_them_alone(troubled: Stage) -> None:
    asked = await troubled.run("draw")

    reply = await troubled.click(asked, "Break", who=BEA)

    assert "belongs to somebody else" in text(reply)
    assert hidden(reply)


async def test_a_button_nobody_knows_says_that_it_is_old(troubled: Stage) -> None:
    asked, shown = await troubled.run("draw"), await troubled.run("panel")

    replies = [await troubled.click(asked, "Unknown"), await troubled.click(shown, "Odd")]

    for reply in replies:
        assert "from an old message" in text(reply)
        assert hidden(reply)


@pytest.mark.parametrize("odd", ["", "trouble", "trouble:", "trouble:ada", "::::", "trouble:-1"])
async def test_a_custom_id_of_another_form_says_that_it_is_old(troubled: Stage, odd: str) -> None:
    asked = await troubled.run("draw")
    message = troubled.discord.world.messages[int(asked["id"])]
    message["components"][0]["components"][0]["custom_id"] = odd

    number = await troubled.discord.acts.press(ADA, int(asked["id"]), odd)
    reply = await troubled.discord.acts.answer(number)

    assert "from an old message" in text(reply)


async def test_our_own_buttons_with_odd_arguments_say_that_they_are_old(stage: Stage) -> None:
    card = await stage.run("resetkey")
    message = stage.discord.world.messages[int(card["id"])]
    component = next(each for each in walk(message["components"]) if each["type"] == 2)

    for odd in ("key.new:{}", "key.new:{}:1:x", "mode:{}", "mode:{}:minutes", "models:{}:x:-:"):
        component["custom_id"] = odd.format(ADA)
        number = await stage.discord.acts.press(ADA, int(card["id"]), odd.format(ADA))
        assert "from an old message" in text(await stage.discord.acts.answer(number)), odd


async def test_a_choice_that_a_menu_does_not_have_says_that_it_is_old(stage: Stage) -> None:
    card = await stage.run("gen_key")
    message = stage.discord.world.messages[int(card["id"])]
    menu = next(each for each in walk(message["components"]) if each["type"] == 3)
    menu["options"].append({"label": "Cobol", "value": "Cobol"})

    number = await stage.discord.acts.press(ADA, int(card["id"]), menu["custom_id"], ["Cobol"])

    assert "from an old message" in text(await stage.discord.acts.answer(number))


async def test_an_answer_that_takes_too_long_is_cut_off_at_shutdown(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(client, "DRAIN_SECONDS", 0.01)
    gate = stage.discord.faults.hold("POST", "/callback")
    await stage.discord.acts.command(ADA, COMMANDS, "status", {})
    await until(lambda: stage.bot.client._running)

    await stage.bot.drain()
    gate.set()

    assert "1 answers were cut off at shutdown" in caplog.text


async def test_while_draining_nothing_is_offered_to_complete(stage: Stage) -> None:
    await stage.bot.drain()

    number = asyncio.create_task(
        stage.discord.acts.autocomplete(ADA, COMMANDS, "chat", {"prompt": "x"}, "model")
    )
    with pytest.raises(Refused):
        await number


async def test_buttons_work_after_the_process_that_drew_them_has_gone(
    db: Any, clock: Any, discord: LoopbackDiscord
) -> None:
    async with acted(db, clock, discord) as first, running(first.bot):
        limits = await first.run("all_limits")
    clock.move(hours=1)

    async with acted(db, clock, discord) as second, running(second.bot):
        again = await second.click(limits, "Refresh")

    assert again["id"] == limits["id"]


async def test_a_command_that_was_removed_says_so(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    gone = stage.bot.client.tree.remove_command("status")
    assert gone is not None

    reply = await stage.run("status")

    assert "no longer here" in text(reply)
    assert hidden(reply)
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


async def test_a_command_whose_options_changed_says_so(stage: Stage) -> None:
    tree = stage.bot.client.tree
    tree.remove_command("set_limit_mode")

    @tree.command(name="set_limit_mode", description="Changed")
    async def _changed(interaction: discord.Interaction, other: str) -> None:
        await interaction.response.send_message(other)

    reply = await stage.run("set_limit_mode", mode="tokens")

    assert "no longer here" in text(reply)


async def test_values_that_do_not_fit_never_reach_a_command(troubled: Stage) -> None:
    with pytest.raises(Refused):
        await troubled.run("count", number=0)


async def test_while_draining_every_command_and_click_is_told_to_come_back(
    troubled: Stage,
) -> None:
    asked = await troubled.run("draw")

    await troubled.bot.drain()
    replies = [await troubled.run("status"), await troubled.click(asked, "Anyone")]

    for reply in replies:
        assert "restarting" in text(reply)
        assert hidden(reply)
    assert not troubled.bot.ready


async def test_draining_waits_for_what_is_being_answered(stage: Stage) -> None:
    gate = stage.discord.faults.hold("POST", "/callback")
    number = await stage.discord.acts.command(ADA, COMMANDS, "all_limits", {})
    await until(lambda: stage.bot.client._running)

    draining = asyncio.create_task(stage.bot.drain())
    await until(lambda: stage.bot.client.draining)
    waiting = not draining.done()
    gate.set()
    await draining
    reply = await stage.discord.acts.answer(number)

    assert waiting
    assert "Your limits today" in text(reply)


async def test_an_acknowledgement_that_comes_too_late_is_a_line_in_the_log(
    db: Any, clock: Any, schema: Schema, caplog: pytest.LogCaptureFixture
) -> None:
    loopback = LoopbackDiscord(limited=False, ack_seconds=0.05)
    loopback.on_request = schema.watch
    async with loopback.serve(), acted(db, clock, loopback) as stage, running(stage.bot):
        gate = loopback.faults.hold("POST", "/callback")
        number = await loopback.acts.command(ADA, COMMANDS, "status", {})
        with pytest.raises(Refused, match="did not respond"):
            await loopback.acts.answer(number)
        gate.set()
        await until(lambda: "Discord says 10062" in caplog.text)

    assert [r for r in caplog.records if r.exc_info] == []


async def test_an_acknowledgement_that_the_network_loses_is_sent_again(stage: Stage) -> None:
    stage.discord.faults.cut("POST", "/callback")

    reply = await stage.run("status")

    assert "All is well" in text(reply)


async def test_a_network_that_loses_everything_but_the_last_try_still_brings_a_sentence(
    stage: Stage,
) -> None:
    stage.discord.faults.cut("POST", "/callback", times=2)

    reply = await stage.run("status")

    assert "Something broke on our side" in text(reply)
    assert hidden(reply)


async def test_when_discord_answers_nothing_at_all_it_is_logged(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.discord.faults.refuse("POST", "/callback", 403, times=2, code=50001)

    await stage.discord.acts.command(ADA, COMMANDS, "status", {})
    await until(lambda: "an error could not be shown" in caplog.text)

    assert not stage.bot.client._running


async def test_a_dead_token_is_a_line_in_the_log(
    stage: Stage, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    gate = stage.discord.faults.hold("POST", "/callback")
    await stage.discord.acts.command(ADA, COMMANDS, "status", {})
    await until(lambda: stage.bot.client._running)
    clock.move(minutes=16)
    gate.set()
    await until(lambda: "Discord says 50027" in caplog.text)

    assert [r for r in caplog.records if r.exc_info] == []


def test_every_kind_of_failure_has_its_mark() -> None:
    assert set(MARKS) == set(Kind)


def test_a_custom_id_is_never_longer_than_discord_takes() -> None:
    assert len(custom_id("models", 2**63, 999, "embedding", "x" * 40)) <= LONGEST_ID
    with pytest.raises(AssertionError):
        custom_id("x", 1, "y" * LONGEST_ID)


def test_two_handlers_of_one_name_are_a_fault() -> None:
    buttons = Buttons()
    buttons.on("one", _nothing)

    with pytest.raises(AssertionError):
        buttons.on("one", _nothing)


async def _nothing(_interaction: Any, _arguments: Any) -> None: ...


def test_an_option_of_an_older_form_is_told_by_its_value() -> None:
    error = app_commands.TransformerError("x", discord.AppCommandOptionType.string, _Never())

    assert "`x` does not fit" in sentence_of(error)


class _Never(app_commands.Transformer):
    async def transform(self, interaction: discord.Interaction, value: Any, /) -> Any:
        raise ValueError
