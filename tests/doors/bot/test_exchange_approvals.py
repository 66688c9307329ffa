"""Staff decide on exchanges: the post, its buttons, the reason, the log, Undo."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from bot.core.clock import HandClock
from bot.sandbox.discord.acts import Refused
from bot.sandbox.discord.furniture import ADA, BEA, ELSEWHERE, HOME, LOBBY, MO, OWNER, STAFF
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from bot.storage.tables.staff import AuditRow
from tests.conftest import NOON
from tests.doors.bot.referring import bring, done, posts
from tests.doors.bot.stage import Stage, acted, buttons, running, text, until

APPROVAL = {"referrals": {"exchange": "approval"}}


@pytest.fixture
async def stage(db: Database, clock: HandClock, discord: LoopbackDiscord) -> AsyncIterator[Stage]:
    """A bot whose staff decide on exchanges."""
    async with acted(db, clock, discord, **APPROVAL) as stage, running(stage.bot):
        yield stage


async def asked(stage: Stage, who: int = ADA, name: str = "ada") -> dict[str, Any]:
    """Let somebody ask for an exchange of 5; return the post in the staff channel."""
    before = len(posts(stage, STAFF))
    await bring(stage, 5, name)
    question = await stage.run("exchange_referrals", who=who, referrals=5)
    assert "Moderators decide on every exchange" in text(question)
    assert "the moderators decide" in await done(stage, question, "Confirm", who)
    found = await until(lambda: posts(stage, STAFF)[before:])
    return dict(found[0])


async def audited(stage: Stage) -> list[tuple[str, str | None]]:
    """Return what was audited: the action, and of a refusal what was refused."""
    async with stage.house.inner.db.read() as tx:
        rows = await tx.execute(select(AuditRow.action, AuditRow.after).order_by(AuditRow.id))
        return [
            (row.action, row.after.get("why") if row.action == "refused" else None) for row in rows
        ]


async def said_to(stage: Stage, number: int, words: str) -> str:
    """Wait until an interaction is answered with these words."""
    found = await until(lambda: [m for m in stage.discord.acts.replies(number) if words in text(m)])
    return text(found[0])


async def declined(stage: Stage, post: dict[str, Any], reason: str, who: int = MO) -> int:
    """Press Decline and give a reason; the interaction's number."""
    acts = stage.discord.acts
    modal = await acts.modal(await stage.press(post, "Decline", who))
    assert modal["title"] == "Decline the exchange"
    return await acts.submit(who, int(modal["id"]), {"reason": reason})


async def test_the_post_says_who_asks_for_what_and_what_it_leaves(stage: Stage) -> None:
    post = await asked(stage)

    assert f"<@{ADA}> asks to exchange 5 referrals (5 ever credited)" in text(post)
    assert "Balance of referrals: 5 → **0**" in text(post)
    assert "Tokens a day: **85,000**" in text(post)
    assert "Their daily limit: 80,000 → **85,000**" in text(post)
    assert "Their access: free models only → **Claude**" in text(post)
    assert set(buttons(post)) == {"Approve", "Decline"}
    assert "**5** more are reserved" in text(await stage.run("exchange_referrals"))
    assert "**5** referrals reserved for exchanges that wait" in text(await stage.run("user_info"))


async def test_an_approval_gives_the_plan_and_is_posted_with_its_undo(stage: Stage) -> None:
    post = await asked(stage)

    await stage.press(post, "Approve", MO)

    await until(lambda: "✅ Approved by" in stage.now(post)["content"])
    assert f"<@{MO}>" in stage.now(post)["content"]
    assert buttons(stage.now(post)) == {}
    assert "of **85,000** tokens" in text(await stage.run("all_limits"))
    (log,) = await until(lambda: posts(stage, STAFF)[1:])
    assert f"<@{MO}> approved <@{ADA}>'s exchange of referrals" in text(log)
    assert "80,000 → **85,000**" in text(log)
    assert set(buttons(log)) == {"Undo"}
    assert "exchanged" in text(await stage.run("exchange_referrals"))
    assert await audited(stage) == [("exchange.approve", None)]


async def test_the_buttons_work_after_a_restart(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with acted(db, clock, discord, **APPROVAL) as stage, running(stage.bot):
        post = await asked(stage)

    async with acted(db, clock, discord, **APPROVAL) as later, running(later.bot):
        await later.press(post, "Approve", MO)
        await until(lambda: "✅ Approved by" in later.now(post)["content"])

        assert "of **85,000** tokens" in text(await later.run("all_limits"))


async def test_a_decline_asks_why_and_the_member_reads_it(stage: Stage) -> None:
    post = await asked(stage)

    await declined(stage, post, "ask again\nnext week")

    await until(lambda: "❌ Declined by" in stage.now(post)["content"])
    counter = text(await stage.run("exchange_referrals"))
    assert "declined. ask again next week" in counter
    assert "You have **5** referrals to exchange" in counter
    (log,) = await until(lambda: posts(stage, STAFF)[1:])
    assert f"<@{MO}> declined <@{ADA}>'s exchange of referrals" in text(log)
    assert "Reason: ask again next week" in text(log)
    assert buttons(log) == {}
    assert await audited(stage) == [("exchange.decline", None)]


async def test_a_key_pasted_into_the_reason_is_nowhere(stage: Stage) -> None:
    key = "lk_" + "".join(ch for ch in text(await stage.run("gen_key")).split("lk_")[1][:36])
    post = await asked(stage)

    await declined(stage, post, f"found {key} of yours")

    await until(lambda: posts(stage, STAFF)[1:])
    counter = text(await stage.run("exchange_referrals"))
    assert "declined. found " in counter
    assert key not in counter + "".join(stage.sent(STAFF))


async def test_two_moderators_at_once_approve_once(stage: Stage) -> None:
    post = await asked(stage)

    first = await stage.press(post, "Approve", MO)
    second = await stage.press(post, "Approve", OWNER)

    def refused() -> list[str]:
        replies = stage.discord.acts.replies(first) + stage.discord.acts.replies(second)
        return [text(each) for each in replies if "waits no more: it is approved" in text(each)]

    await until(lambda: refused() and "✅ Approved by" in stage.now(post)["content"])
    assert len(await stage.house.inner.allowances.of(1)) <= 1
    assert await audited(stage) == [("exchange.approve", None)]


async def test_undo_takes_the_plan_back_and_frees_the_referrals(stage: Stage) -> None:
    await stage.press(await asked(stage), "Approve", MO)
    (log,) = await until(lambda: posts(stage, STAFF)[1:])

    await stage.press(log, "Undo", OWNER)

    await until(lambda: len(posts(stage, STAFF)) > 2)
    assert "↩️ Undone by" in stage.now(log)["content"]
    assert "of **80,000** tokens" in text(await stage.run("all_limits"))
    counter = text(await stage.run("exchange_referrals"))
    assert "You have **5** referrals to exchange" in counter
    assert "taken back by the staff" in counter
    assert "declined" not in counter
    assert await audited(stage) == [("exchange.approve", None), ("undone", None)]


async def test_undo_after_the_plan_has_run_its_time_is_refused(
    stage: Stage, clock: HandClock
) -> None:
    await stage.press(await asked(stage), "Approve", MO)
    (log,) = await until(lambda: posts(stage, STAFF)[1:])
    clock.move(days=30)

    number = await stage.press(log, "Undo", OWNER)

    assert "cannot be undone any more" in await said_to(stage, number, "cannot be undone")


async def test_no_moderator_approves_their_own_exchange(stage: Stage) -> None:
    post = await asked(stage, MO, "mo")

    number = await stage.press(post, "Approve", MO)

    assert "Nobody decides about their own account" in await said_to(stage, number, "Nobody")
    assert await audited(stage) == [("refused", "staff.self_grant")]
    assert set(buttons(stage.now(post))) == {"Approve", "Decline"}


async def test_only_staff_decide_and_whoever_tries_is_written_down(
    stage: Stage, discord: LoopbackDiscord
) -> None:
    post = await asked(stage)
    discord.world.messages[int(post["id"])]["channel_id"] = str(LOBBY)  # as if posted there

    approve = await stage.press(post, "Approve", BEA)
    decline = await stage.press(post, "Decline", BEA)

    for number in (approve, decline):
        assert "Only moderators of our own server" in await said_to(stage, number, "Only")
    assert await audited(stage) == [("refused", "staff.not_staff")] * 2
    assert HOME != ELSEWHERE
    assert "**5** more are reserved" in text(await stage.run("exchange_referrals"))


async def test_what_the_member_takes_back_can_be_approved_no_more(stage: Stage) -> None:
    post = await asked(stage)
    counter = await stage.run("exchange_referrals")

    said = await done(stage, counter, "Withdraw 5")
    number = await stage.press(post, "Approve", MO)

    assert said == "You took it back: 5 referrals are yours to exchange again."
    await said_to(stage, number, "waits no more: it is withdrawn")
    await until(lambda: "it is withdrawn" in stage.now(post)["content"])
    assert buttons(stage.now(post)) == {}
    assert await audited(stage) == []


async def test_after_seven_days_it_has_lapsed(stage: Stage, clock: HandClock) -> None:
    post = await asked(stage)
    clock.move(days=7)

    number = await stage.press(post, "Approve", MO)

    await said_to(stage, number, "waits no more: it is lapsed")
    counter = text(await stage.run("exchange_referrals"))
    assert "nobody decided in time" in counter
    assert f"<t:{int(NOON.timestamp())}:R>" in counter


async def test_members_do_not_see_the_staff_channel(stage: Stage) -> None:
    post = await asked(stage)

    with pytest.raises(Refused):
        await stage.press(post, "Approve", ADA)
