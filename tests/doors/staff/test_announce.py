"""/announce: previewed as it will read, posted in the community's name, kept sealed."""

import json

from sqlalchemy import select

from bot.core.clock import HandClock
from bot.sandbox.discord.furniture import (
    ADA,
    ANNOUNCEMENTS,
    CHAT,
    MO,
    OWNER,
    STAFF,
)
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from bot.storage.tables.staff import AuditRow, ProposalRow
from bot.storage.tables.system import OutboxRow
from tests.doors.bot.stage import Stage, acted, buttons, hidden, running, text
from tests.doors.staff.desk import post, refusals
from tests.doors.staff.test_settings import OPEN, QUIET, quiet

NEWS = f"**Maintenance** at noon, @everyone. Ask <@{ADA}>."


async def test_an_announcement_is_shown_first_and_posted_when_confirmed(stage: Stage) -> None:
    question = await stage.run("announce", who=MO, text=NEWS)
    assert hidden(question)
    assert text(question).splitlines() == [
        "## Post this announcement?",
        f"Channel: **<#{ANNOUNCEMENTS}>**",
        "It will read:",
        NEWS,
    ]
    assert not stage.sent(ANNOUNCEMENTS)

    done = await stage.click(question, "Confirm", MO, done=lambda m: not buttons(m))

    assert f"<@{MO}> posted an announcement" in text(done)
    news = await post(stage, channel=ANNOUNCEMENTS)
    assert news["content"] == NEWS
    assert not stage.discord.world.pinged.get(int(news["id"]))
    log = await post(stage)
    assert log["content"].splitlines() == [
        f"<@{MO}> posted an announcement",
        f"Channel: **<#{ANNOUNCEMENTS}>**",
    ]
    assert not buttons(log)


async def test_an_announcement_goes_to_the_channel_that_is_named(stage: Stage) -> None:
    question = await stage.run("announce", who=MO, text=NEWS, channel=str(CHAT))

    await stage.click(question, "Confirm", MO, done=lambda m: "Confirm" not in buttons(m))

    assert (await post(stage, channel=CHAT))["content"] == NEWS
    assert not stage.sent(ANNOUNCEMENTS)


async def test_what_is_announced_is_readable_in_no_table(stage: Stage) -> None:
    question = await stage.run("announce", who=MO, text=NEWS)
    await stage.click(question, "Confirm", MO, done=lambda m: "Confirm" not in buttons(m))
    await post(stage, channel=ANNOUNCEMENTS)

    async with stage.house.inner.db.read() as tx:
        rows = [
            row
            for table in (ProposalRow, AuditRow, OutboxRow)
            for row in await tx.execute(select(table.__table__))
        ]
    kept = json.dumps([list(row) for row in rows], default=str)
    assert len(rows) == 4
    assert "Maintenance" not in kept
    assert str(ADA) not in kept


async def test_a_key_in_an_announcement_is_not_shown(stage: Stage) -> None:
    key = await stage.house.key()

    question = await stage.run("announce", who=MO, text=f"Mine is {key}, nice?")

    assert key not in text(question)
    assert "nice?" in text(question)


async def test_where_the_bot_cannot_post_nothing_is_announced(
    discord: LoopbackDiscord, db: Database, clock: HandClock
) -> None:
    quiet(discord, Permission.SEND_MESSAGES)
    async with acted(db, clock, discord, community=OPEN) as stage, running(stage.bot):
        nowhere = await stage.run("announce", who=OWNER, text=NEWS)
        cannot = await stage.run("announce", who=OWNER, text=NEWS, channel=str(QUIET))

    assert "There is no channel for announcements" in text(nowhere)
    assert f"Latchkey cannot post in <#{QUIET}>" in text(cannot)


async def test_only_staff_announce(stage: Stage) -> None:
    said = await stage.run("announce", who=ADA, forged=True, text=NEWS)

    assert "Only moderators of our own server" in text(said)
    assert await refusals(stage) == [{"action": "announce", "why": "staff.not_staff"}]
    assert not stage.sent(ANNOUNCEMENTS)
    assert not stage.sent(STAFF)
