"""Leaderboards and the month's usage, on both databases."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, update

from bot.account import boards as module
from bot.account.boards import Board, Boards, Page
from bot.account.tally import BATCH, Tally
from bot.community.service import Community
from bot.core.clock import HandClock
from bot.members.listing import Listing
from bot.members.people import Person
from bot.referrals.board import Leaderboard
from bot.settings.community import CommunityFile
from bot.storage.database import Database
from bot.storage.tables.ledger import DayRow
from bot.storage.tables.levels import PointsRow
from bot.storage.tables.members import MemberRow, PersonRow
from bot.storage.tables.usage import UsageMonthRow
from tests.conftest import NOON
from tests.fakes.owned import owned

MONTH = "2026-11"


@pytest.fixture
def boards(db: Database, clock: HandClock) -> Boards:
    """The boards as a process has them."""
    community = Community(CommunityFile())
    return Boards(db, clock, community, Leaderboard(db, clock, community))


async def people(db: Database, count: int) -> None:
    """Make members 1 to `count`, member n with Discord id 1000 + n."""
    members = [
        {"id": n, "created_at": NOON, "mode": "tokens", "switches": 0} for n in range(1, count + 1)
    ]
    known = [
        {"discord_id": 1_000 + n, "member_id": n, "sealed_key": b"k"} for n in range(1, count + 1)
    ]
    async with db.begin() as tx:
        await tx.execute(insert(MemberRow), members)
        await tx.execute(insert(PersonRow), known)


async def points(db: Database, given: Mapping[int, int]) -> None:
    rows = [{"member_id": n, "month": MONTH, "points": p} for n, p in given.items()]
    async with db.begin() as tx:
        await tx.execute(insert(PointsRow), rows)


def shown(page: Page) -> list[tuple[int, int, int]]:
    return [(line.place, line.member_id, line.amount) for line in page.lines]


async def test_ties_share_a_place_and_the_next_one_is_left_out(
    boards: Boards, db: Database
) -> None:
    await people(db, 5)
    await points(db, {1: 10, 2: 30, 3: 20, 4: 20, 5: 0})

    page = await boards.page(Board.LEVELS, MONTH, reader_id=1, skip=0, limit=10)

    assert shown(page) == [(1, 2, 30), (2, 3, 20), (2, 4, 20), (4, 1, 10)]
    assert page.mine is not None
    assert (page.mine.place, page.more) == (4, False)


async def test_places_go_on_over_pages(boards: Boards, db: Database) -> None:
    await people(db, 7)
    await points(db, {1: 70, 2: 60, 3: 60, 4: 60, 5: 30, 6: 20, 7: 10})

    first = await boards.page(Board.LEVELS, MONTH, reader_id=None, skip=0, limit=3)
    second = await boards.page(Board.LEVELS, MONTH, reader_id=None, skip=3, limit=3)

    assert [line.place for line in first.lines] == [1, 2, 2]
    assert [line.place for line in second.lines] == [2, 5, 6]
    assert (first.more, second.more) == (True, True)


async def test_who_hides_keeps_the_place_without_the_name(
    boards: Boards, db: Database, clock: HandClock
) -> None:
    here = owned(db, clock)
    listing = Listing(db, here.members)
    someone = Person(1_234_567_890_123, at_home=True)
    async with db.begin() as tx:
        number = (await here.members.join(tx, someone)).id
    await points(db, {number: 9})

    assert await listing.toggle(someone) is False
    hidden = await boards.page(Board.LEVELS, MONTH, reader_id=None, skip=0, limit=10)
    assert await listing.toggle(someone) is True
    seen = await boards.page(Board.LEVELS, MONTH, reader_id=None, skip=0, limit=10)

    assert [line.discord_id for line in hidden.lines] == [None]
    assert [line.discord_id for line in seen.lines] == [someone.discord_id]


async def test_suspended_members_and_those_who_left_are_not_ranked(
    boards: Boards, db: Database
) -> None:
    await people(db, 3)
    await points(db, {1: 3, 2: 2, 3: 1})
    async with db.begin() as tx:
        await tx.execute(update(MemberRow).where(MemberRow.id == 1).values(suspended_at=NOON))
        await tx.execute(PersonRow.__table__.delete().where(PersonRow.member_id == 2))

    page = await boards.page(Board.LEVELS, MONTH, reader_id=None, skip=0, limit=10)

    assert shown(page) == [(1, 3, 1)]


async def test_usage_is_added_up_over_the_month_and_twice_changes_nothing(
    boards: Boards, db: Database
) -> None:
    await people(db, 2)
    rows = [
        {"member_id": 1, "day": date(2026, 10, 31), "spent": 1_000},
        {"member_id": 1, "day": date(2026, 11, 1), "spent": 5},
        {"member_id": 1, "day": date(2026, 11, 19), "spent": 7},
        {"member_id": 2, "day": date(2026, 11, 19), "spent": 40},
    ]
    async with db.begin() as tx:
        await tx.execute(insert(DayRow), rows)

    for _ in range(2):
        await Tally(db).run(date(2026, 11, 19))

    page = await boards.page(Board.USAGE, MONTH, reader_id=1, skip=0, limit=10)
    assert shown(page) == [(1, 2, 40), (2, 1, 12)]


async def test_more_members_than_one_batch_are_all_added_up(db: Database) -> None:
    count = BATCH * 2 + 1
    await people(db, count)
    day = date(2026, 12, 31)
    async with db.begin() as tx:
        await tx.execute(
            insert(DayRow), [{"member_id": n, "day": day, "spent": n} for n in range(1, count + 1)]
        )

    await Tally(db).run(day)

    async with db.read() as tx:
        rows = (await tx.execute(select(UsageMonthRow.member_id, UsageMonthRow.spent))).all()
    assert sorted(map(tuple, rows)) == [(n, n) for n in range(1, count + 1)]


async def test_the_newest_month_is_meant_where_none_is_named(
    boards: Boards, clock: HandClock
) -> None:
    assert boards.month(None) == MONTH
    clock.move(days=timedelta(days=30).days)
    assert boards.month(None) == "2026-12"


async def test_places_are_counted_out_only_so_far(
    boards: Boards, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DEEPEST", 3)
    await people(db, 6)
    await points(db, {n: 100 - n for n in range(1, 7)})

    page = await boards.page(Board.LEVELS, MONTH, reader_id=6, skip=0, limit=2)

    assert page.mine is not None
    assert page.mine.place == 4
