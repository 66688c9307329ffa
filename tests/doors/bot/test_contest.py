"""/contest: this month's board, pages, past months' winners, and the announcement."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from bot.core.clock import HandClock
from bot.members.people import Person
from bot.sandbox.discord.acts import Refused
from bot.sandbox.discord.furniture import ADA, ANNOUNCEMENTS, BEA, LOBBY, MO
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from bot.storage.tables.members import MemberRow
from tests.doors.bot.referring import SOMEBODY, bring, posts
from tests.doors.bot.stage import Stage, acted, buttons, hidden, running, text, until

OVER = datetime(2026, 12, 1, tzinfo=UTC)
OVER_UNIX = int(OVER.timestamp())


async def test_the_board_shows_what_is_to_win_who_leads_and_oneself(stage: Stage) -> None:
    await bring(stage, 3, "ada")
    await bring(stage, 1, "bea")

    board = await stage.run("contest", who=BEA)

    assert hidden(board)
    assert "## Contest of 2026-11" in text(board)
    assert "**320,000 tokens a day, Claude models** for 30 days" in text(board)
    assert "There are 3 places; those level with the last of them win too" in text(board)
    assert f"It ends <t:{OVER_UNIX}:R>" in text(board)
    assert f"1. <@{ADA}>: 3 activations" in text(board)
    assert f"2. <@{BEA}>: 1 activation" in text(board)
    assert "You: place 2, 1 activation" in text(board)
    assert buttons(board) == {}


async def test_without_activations_the_board_says_so(stage: Stage) -> None:
    board = text(await stage.run("contest"))

    assert "Nobody has activated a code in this month." in board
    assert "You: nobody activated your code in this month." in board


async def test_who_is_not_listed_has_a_place_without_a_name(stage: Stage) -> None:
    await bring(stage, 1, "ada")
    async with stage.house.inner.db.begin() as tx:
        await tx.execute(update(MemberRow).values(listed=False))

    board = text(await stage.run("contest", who=MO))

    assert "1. somebody who is not listed: 1 activation" in board
    assert str(ADA) not in board


async def test_a_long_board_is_turned_page_by_page(stage: Stage) -> None:
    await bring(stage, 12, "ada")
    inner = stage.house.inner
    for at in range(12):  # each newcomer brings one, too
        owner = await inner.members.known(SOMEBODY + ord("a") * 1_000 + at)
        assert owner is not None
        code = (await inner.referring.referrals.overview(owner.id)).code
        await inner.referring.referrals.activate(Person(SOMEBODY + at, at_home=True), code)

    first = await stage.run("contest", who=MO)
    second = await stage.click(first, "Next", MO, done=lambda m: "12 activations" not in text(m))
    shown = text(second)
    last = buttons(second)["Next"]["disabled"]
    back = await stage.click(second, "Previous", MO, done=lambda m: "12 activations" in text(m))

    assert f"1. <@{ADA}>: 12 activations\n2. <@" in text(back)
    assert buttons(back)["Previous"]["disabled"]
    assert shown.count(": 1 activation") == 3
    assert last


async def test_a_month_that_is_over_shows_its_winners(stage: Stage, clock: HandClock) -> None:
    await bring(stage, 2, "ada")
    clock.moment = OVER

    before = text(await stage.run("contest", month="2026-11"))
    await stage.house.inner.referring.contest.award("2026-11")
    after = text(await stage.run("contest", month="2026-11"))
    this = text(await stage.run("contest"))

    assert "The winners are announced soon." in before
    assert f"### Winners\n1. <@{ADA}>: 2 activations" in after
    assert "## Contest of 2026-12" in this
    (post,) = await until(lambda: posts(stage, ANNOUNCEMENTS))
    assert "The referral contest of 2026-11 is over" in text(post)
    assert f"1. <@{ADA}>, activated by 2" in text(post)
    assert "Tokens a day: **320,000**" in text(post)


async def test_a_month_that_closed_without_winners_says_so(stage: Stage, clock: HandClock) -> None:
    clock.moment = OVER
    await stage.house.inner.referring.contest.award("2026-11")

    board = text(await stage.run("contest", month="2026-11"))

    assert "No winners" in board
    assert "announced soon" not in board


@pytest.mark.parametrize("month", ["2026-12", "november", "2026-1"])
async def test_what_is_no_month_is_refused_with_an_example(stage: Stage, month: str) -> None:
    said = text(await stage.run("contest", month=month))

    assert "Write a month that has begun as YYYY-MM, like 2026-11" in said


async def test_there_is_no_contest_command_elsewhere(stage: Stage) -> None:
    with pytest.raises(Refused):
        await stage.run("contest", who=BEA, where=LOBBY)


@pytest.fixture
async def quiet(db: Database, clock: HandClock, discord: LoopbackDiscord) -> AsyncIterator[Stage]:
    """A community without a contest."""
    off = {"referrals": {"contest_winners": 0}}
    async with acted(db, clock, discord, **off) as stage, running(stage.bot):
        yield stage


async def test_a_contest_that_is_off_is_said_to_be(quiet: Stage) -> None:
    assert "There is no contest at the moment." in text(await quiet.run("contest"))
