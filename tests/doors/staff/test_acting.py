"""The one road of staff acts: preview, Confirm, the log, Undo, a second moderator, refusals."""

import asyncio
from typing import Any

import pytest

from bot.core.clock import HandClock
from bot.sandbox.discord.furniture import (
    ADA,
    BEA,
    BOT,
    CHAT,
    ELSEWHERE,
    HOME,
    LOBBY,
    MO,
    OWNER,
)
from bot.sandbox.discord.refusals import Refused
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.stage import (
    Stage,
    acted,
    buttons,
    custom_id,
    hidden,
    running,
    text,
    until,
    wired,
)
from tests.doors.staff.desk import GRANT, give, grants, post, refusals, refused

LARGE = GRANT | {"unlimited": True}
TO_BEA = LARGE | {"member": str(BEA)}


async def test_staff_commands_are_there_in_home_guilds_alone_for_who_moderates(
    stage: Stage,
) -> None:
    commands = stage.discord.world.commands
    wanted = {"grant", "donation", "member", "Grant..."}

    at_home = {each["name"]: each for each in commands.all(HOME)}

    assert wanted <= at_home.keys()
    moderate_members = str(1 << 40)
    assert {at_home[name]["default_member_permissions"] for name in wanted} == {moderate_members}
    for scope in (None, ELSEWHERE):
        assert not wanted & {each["name"] for each in commands.all(scope)}


async def test_a_grant_is_previewed_confirmed_and_posted(stage: Stage) -> None:
    question = await stage.run("grant give", who=MO, **GRANT)
    assert hidden(question)
    assert f"Give <@{ADA}> a grant?" in text(question)
    assert "Their daily limit: 80,000 → **320,000**" in text(question)
    assert "Reason: helped @everyone" in text(question)
    assert await grants(stage) == ()

    done = await stage.click(question, "Confirm", MO, done=lambda m: "Undo" in buttons(m))

    assert f"<@{MO}> gave <@{ADA}> a grant" in text(done)
    assert (await grants(stage))[0].daily_tokens == 320_000
    log = await post(stage)
    assert log["content"].startswith(f"<@{MO}> gave <@{ADA}> a grant\n")
    assert "80,000 → **320,000**" in log["content"]
    assert log["content"].endswith("> Reason: helped @everyone")
    assert list(buttons(log)) == ["Undo"]
    assert not stage.discord.world.pinged.get(int(log["id"]))


async def test_a_cancelled_grant_changes_nothing(stage: Stage) -> None:
    question = await stage.run("grant give", who=MO, **GRANT)

    kept = await stage.click(question, "Cancel", MO, done=lambda m: not buttons(m))

    assert text(kept) == "Cancelled. Nothing has changed."
    assert await grants(stage) == ()


async def test_confirm_pressed_twice_gives_one_grant(stage: Stage) -> None:
    question = await stage.run("grant give", who=MO, **GRANT)

    first, second = await asyncio.gather(
        stage.press(question, "Confirm", MO), stage.press(question, "Confirm", MO)
    )

    await until(lambda: "Undo" in buttons(stage.now(question)))
    acts = stage.discord.acts
    said = await until(
        lambda: [
            text(m) for n in (first, second) for m in acts.replies(n) if "once only" in text(m)
        ]
    )
    assert said == ["⚠️ This was done already, and it is done once only."]
    assert len(await grants(stage)) == 1


@pytest.mark.parametrize("at", ["reply", "log"])
async def test_undo_stands_on_the_reply_and_on_the_log(stage: Stage, at: str) -> None:
    done = await give(stage)
    log = await post(stage)

    if at == "reply":
        undone = await stage.click(done, "Undo", MO, done=lambda m: not buttons(m))
        assert "undone by" in text(undone)
    else:
        await stage.press(log, "Undo", OWNER)
        await until(lambda: not buttons(stage.now(log)))
        assert stage.now(log)["content"].endswith(f"↩️ Undone by <@{OWNER}>")

    assert await grants(stage) == ()
    again = await post(stage, 1)
    assert "undid this:" in again["content"]


async def test_undoing_twice_says_that_it_is_done(stage: Stage) -> None:
    done = await give(stage)
    log = await post(stage)
    await stage.click(done, "Undo", MO, done=lambda m: not buttons(m))

    number = await stage.press(log, "Undo", OWNER)

    assert "once only" in await refused(stage, number)


async def test_a_moderator_grants_nothing_to_themself_and_it_is_audited(stage: Stage) -> None:
    answer = await stage.run("grant give", who=MO, **(GRANT | {"member": str(MO)}))

    assert text(answer) == (
        "🔒 Nobody decides about their own account. Ask another moderator to do this for you."
    )
    assert await grants(stage, "mo") == ()
    assert await refusals(stage) == [{"action": "grant.give", "why": "staff.self_grant"}]


@pytest.mark.parametrize(
    ("name", "action", "options"),
    [
        ("grant give", "grant.give", GRANT),
        ("grant revoke", "grant.revoke", {"grant": "1", "reason": "-"}),
        ("grant list", "member.info", {"member": str(ADA)}),
        (
            "donation record",
            "donation.record",
            {"member": str(ADA), "amount": 5, "receipt": "PAY-1"},
        ),
        ("donation refund", "donation.refund", {"receipt": "PAY-1", "reason": "-"}),
        ("member info", "member.info", {"member": str(ADA)}),
        ("member suspend", "member.suspend", {"member": str(MO), "reason": "-"}),
        ("member restore", "member.restore", {"member": str(ADA), "reason": "-"}),
        ("member reset_key", "member.reset_key", {"member": str(MO), "reason": "-"}),
    ],
)
async def test_a_member_with_a_forged_interaction_is_refused_and_audited(
    stage: Stage, name: str, action: str, options: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        await stage.run(name, who=ADA, **options)

    answer = await stage.run(name, who=ADA, forged=True, **options)

    assert hidden(answer)
    assert text(answer).startswith("🔒 Only moderators of our own server may do this")
    assert await refusals(stage) == [{"action": action, "why": "staff.not_staff"}]


async def test_an_admin_of_another_guild_finds_no_staff_command_even_a_forged_one(
    stage: Stage,
) -> None:
    world = stage.discord.world
    stolen = world.commands.named(HOME, "grant", 1)
    assert stolen is not None
    copy = stolen | {"guild_id": str(ELSEWHERE)}
    world.commands.put(ELSEWHERE, copy, world.ids.next)

    answer = await stage.run("grant give", who=BEA, where=LOBBY, forged=True, **TO_BEA)

    assert "This command is no longer here" in text(answer)
    assert await grants(stage, "bea") == ()


async def test_an_admin_of_another_guild_approves_nothing_where_posts_end_up_there(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    lost = {"staff_channel": LOBBY}
    async with acted(db, clock, discord, community=lost) as stage, running(stage.bot):
        await give(stage, **TO_BEA)
        asked = await post(stage, channel=LOBBY)

        numbers = [await stage.press(asked, label, BEA) for label in ("Approve", "Decline")]

        for number in numbers:
            assert "Only moderators of our own server" in await refused(stage, number)
        assert await grants(stage, "bea") == ()
        assert await refusals(stage) == [{"action": "grant.give", "why": "staff.not_staff"}] * 2


async def test_a_member_who_sees_the_log_undoes_nothing(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with (
        acted(db, clock, discord, community={"log_channel": CHAT}) as stage,
        running(stage.bot),
    ):
        await give(stage)
        log = await post(stage, channel=CHAT)

        number = await stage.press(log, "Undo", BEA)

        assert "Only moderators of our own server" in await refused(stage, number)
        assert len(await grants(stage)) == 1
        assert await refusals(stage) == [{"action": "undone", "why": "staff.not_staff"}]


async def test_bots_are_given_nothing(stage: Stage) -> None:
    answer = await stage.run("grant give", who=MO, **(GRANT | {"member": str(BOT)}))

    assert text(answer) == "🔒 Bots have no account here. Pick a person."


async def test_a_confirmation_that_was_open_for_too_long_changes_nothing(
    stage: Stage, clock: HandClock
) -> None:
    question = await stage.run("grant give", who=MO, **GRANT)
    clock.move(minutes=14, seconds=59)
    number = await stage.press(question, "Confirm", MO)
    await until(lambda: "Undo" in buttons(stage.now(question)))
    late = await stage.run("grant give", who=MO, **GRANT)
    clock.move(minutes=14)
    known = len(await grants(stage))

    clock.move(minutes=1, seconds=1)
    number = await stage.press(late, "Confirm", MO)

    assert "no longer open" in await refused(stage, number)
    assert len(await grants(stage)) == known


# A second moderator


async def test_a_large_grant_is_approved_by_another_moderator_in_the_staff_channel(
    stage: Stage,
) -> None:
    question = await stage.run("grant give", who=MO, **LARGE)
    assert "This needs a second moderator" in text(question)

    waits = await stage.click(question, "Confirm", MO, done=lambda m: not buttons(m))

    assert "waiting for a second moderator" in text(waits)
    asked = await post(stage)
    assert asked["content"].startswith(
        f"**A second moderator is needed.** <@{MO}> wants to do this:\nGive <@{ADA}> a grant\n"
    )
    assert list(buttons(asked)) == ["Approve", "Decline"]
    assert await grants(stage) == ()

    own = await stage.press(asked, "Approve", MO)
    assert "You proposed this yourself" in await refused(stage, own)
    await stage.press(asked, "Approve", OWNER)

    await until(lambda: not buttons(stage.now(asked)))
    assert stage.now(asked)["content"].endswith(f"✅ Approved by <@{OWNER}>")
    assert (await grants(stage))[0].unlimited
    log = await post(stage, 1)
    assert log["content"].endswith(f"Approved by <@{OWNER}>")
    assert await refusals(stage) == [{"action": "grant.give", "why": "staff.own_proposal"}]


async def test_a_large_grant_is_declined_with_a_reason(stage: Stage) -> None:
    await give(stage, **LARGE)
    asked = await post(stage)
    acts = stage.discord.acts

    number = await stage.press(asked, "Decline", OWNER)
    modal = await acts.modal(number)
    await acts.submit(OWNER, number, {"reason": "too much"})

    assert modal["title"] == "Decline"
    await until(lambda: not buttons(stage.now(asked)))
    assert stage.now(asked)["content"].endswith(f"❌ Declined by <@{OWNER}>")
    log = await post(stage, 1)
    assert log["content"] == (
        f"❌ <@{OWNER}> declined what <@{MO}> proposed:\nGive <@{ADA}> a grant\n> Reason: too much"
    )
    assert await grants(stage) == ()


async def test_two_moderators_who_approve_at_once_give_one_grant(stage: Stage) -> None:
    world = stage.discord.world
    world.members[HOME][BEA]["roles"].append("2001")  # Bea is a moderator too
    await give(stage, **LARGE)
    asked = await post(stage)

    await asyncio.gather(stage.press(asked, "Approve", OWNER), stage.press(asked, "Approve", BEA))

    await until(lambda: not buttons(stage.now(asked)))
    await post(stage, 1)
    assert len(await grants(stage)) == 1


async def test_the_buttons_work_after_a_restart(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with acted(db, clock, discord) as before:
        async with running(before.bot):
            await give(before, **LARGE)
            asked = await post(before)
        after = wired(before.house, discord, token=discord.token)
        async with running(after.bot):
            await after.press(asked, "Approve", OWNER)

            await until(lambda: not buttons(after.now(asked)))
            assert len(await grants(after)) == 1


async def test_a_button_s_number_that_somebody_made_up_is_refused(stage: Stage) -> None:
    await give(stage)
    log = await post(stage)
    knob = buttons(log)["Undo"]
    assert custom_id(log, "Undo").startswith("staff.undo:0:")

    for forged in ("staff.undo:0:999", "staff.undo:0:x", "staff.approve:0:1"):
        knob["custom_id"] = forged
        number = await stage.discord.acts.press(OWNER, int(log["id"]), forged)
        assert (await refused(stage, number))[0] in "⚠⌛"
    assert len(await grants(stage)) == 1
