"""/referrals list and void: who brought whom, what falls, the debt it may leave, and Undo."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.sandbox.discord.acts import Refused
from bot.sandbox.discord.furniture import ADA, BEA, LOBBY, MO, OWNER, STAFF
from bot.storage.tables.staff import AuditRow
from tests.conftest import NOON
from tests.doors.bot.referring import bring, code_of, done, posts
from tests.doors.bot.stage import PEOPLE, Stage, buttons, hidden, text, until

NOON_UNIX = int(NOON.timestamp())


async def came_by(stage: Stage, newcomer: str, owner: str) -> None:
    """Let one person activate another's code."""
    code = await code_of(stage, owner)
    await stage.house.inner.referring.referrals.activate(PEOPLE[newcomer], code)


async def actions(stage: Stage) -> list[str]:
    async with stage.house.inner.db.read() as tx:
        return list((await tx.scalars(select(AuditRow.action).order_by(AuditRow.id))).all())


async def voided(stage: Stage, newcomer: int = BEA, who: int = MO) -> dict[str, Any]:
    """Void an activation; return the post in the log."""
    question = await stage.run("referrals void", who=who, member=str(newcomer), reason="an alt")
    assert "## Done" in await done(stage, question, "Confirm", who)
    return dict((await until(lambda: posts(stage, STAFF)))[-1])


async def test_staff_see_code_balance_and_who_came(stage: Stage) -> None:
    await came_by(stage, "bea", "ada")
    await came_by(stage, "ada", "mo")

    listed = await stage.run("referrals list", who=MO, member=str(ADA))

    assert hidden(listed)
    assert f"Code: `{await code_of(stage, 'ada')}`" in text(listed)
    assert "balance: **1**" in text(listed)
    assert f"Came by the code of <@{MO}>" in text(listed)
    assert f"- <@{BEA}>, <t:{NOON_UNIX}:D>: counts" in text(listed)


async def test_a_long_list_is_turned_page_by_page(stage: Stage) -> None:
    await bring(stage, 17)

    first = await stage.run("referrals list", who=MO, member=str(ADA))
    second = await stage.click(first, "Next", MO, done=lambda now: text(now).count("counts") == 2)

    assert text(first).count("counts") == 15
    assert buttons(second)["Next"]["disabled"]


async def test_of_whom_nobody_knows_nothing_is_listed(stage: Stage) -> None:
    said = text(await stage.run("referrals list", who=MO, member=str(BEA)))

    assert "Bea has not used Latchkey yet" in said


async def test_a_void_is_previewed_with_whom_it_costs_and_what_stays(stage: Stage) -> None:
    await came_by(stage, "bea", "ada")

    question = await stage.run("referrals void", who=MO, member=str(BEA), reason="an alt")

    said = text(question)
    assert "The activation counts: yes → **no**" in said
    assert "Balance of referrals: 1 → **0**" in said
    assert f"<@{BEA}>'s activation of <@{ADA}>'s code falls" in said
    assert f"<@{BEA}> keeps what the activation gave" in said
    assert "leaves a debt" not in said
    assert "Reason: an alt" in said


async def test_a_void_counts_at_once_and_undo_gives_it_back(stage: Stage) -> None:
    await came_by(stage, "bea", "ada")

    log = await voided(stage)
    fallen = text(await stage.run("referrals list", who=MO, member=str(ADA)))
    await stage.press(log, "Undo", OWNER)
    await until(lambda: "Undone by" in stage.now(log)["content"])
    again = text(await stage.run("referrals list", who=MO, member=str(ADA)))

    assert f"<@{MO}> voided <@{BEA}>'s activation of a referral code" in text(log)
    assert "balance: **0**" in fallen
    assert f"voided <t:{NOON_UNIX}:D>" in fallen
    assert "balance: **1**" in again
    assert await actions(stage) == ["referrals.void", "undone"]
    assert "of **160,000** tokens" in text(await stage.run("all_limits", who=BEA))


async def test_a_void_after_the_credit_was_spent_says_that_it_leaves_a_debt(stage: Stage) -> None:
    await bring(stage, 4)
    await came_by(stage, "bea", "ada")
    await done(stage, await stage.run("exchange_referrals", referrals=5), "Confirm")

    question = await stage.run("referrals void", who=MO, member=str(BEA), reason="an alt")
    assert "leaves a debt" in text(question)
    await done(stage, question, "Confirm", MO)

    counter = text(await stage.run("exchange_referrals"))
    assert "You owe **1** referral" in counter
    assert "of **85,000** tokens" in text(await stage.run("all_limits"))
    refused = text(await stage.run("exchange_referrals", referrals=5))
    assert "You owe 1 referral" in refused


async def test_there_is_nothing_to_void_of_who_activated_no_code_or_twice(stage: Stage) -> None:
    await came_by(stage, "bea", "ada")
    await voided(stage)

    none = text(await stage.run("referrals void", who=MO, member=str(ADA), reason="why"))
    twice = text(await stage.run("referrals void", who=MO, member=str(BEA), reason="why"))

    assert "has not activated anybody's code" in none
    assert "was voided before" in twice


async def test_a_moderator_does_not_take_back_the_void_of_their_own_referral(
    stage: Stage,
) -> None:
    await came_by(stage, "bea", "mo")
    log = await voided(stage, who=OWNER)

    number = await stage.press(log, "Undo", MO)

    replies = await until(
        lambda: [m for m in stage.discord.acts.replies(number) if "Nobody decides" in text(m)]
    )
    assert "Ask another moderator" in text(replies[0])
    assert await actions(stage) == ["referrals.void", "refused"]


@pytest.mark.parametrize("command", ["referrals list", "referrals void"])
async def test_members_and_admins_of_other_guilds_may_neither_list_nor_void(
    stage: Stage, command: str
) -> None:
    more = {"reason": "why"} if command.endswith("void") else {}
    with pytest.raises(Refused):
        await stage.run(command, who=BEA, where=LOBBY, member=str(ADA), **more)

    said = text(await stage.run(command, who=ADA, forged=True, member=str(BEA), **more))

    assert "Only moderators of our own server" in said
    assert await actions(stage) == ["refused"]


async def test_bots_have_no_referrals(stage: Stage) -> None:
    bot_id = stage.discord.world.bot_id

    said = text(await stage.run("referrals list", who=MO, member=str(bot_id)))

    assert "Bots have no account here" in said
