"""The month's contest on both databases: who stands where, who wins, and that it closes once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.core.clock import HandClock
from bot.members.people import Person
from bot.referrals.errors import NoSuchMonth
from bot.storage.database import Database
from bot.storage.tables.allowance import GrantRow
from bot.storage.tables.members import MemberRow, PersonRow
from bot.words.changes import changes
from bot.words.say import explain
from tests.conftest import NOON
from tests.fakes.owned import member_of
from tests.features.referrals.village import ADA, BEA, MO, STAFF, Village, village

MONTH = "2026-11"
OVER = datetime(2026, 12, 1, tzinfo=UTC)


async def brought(place: Village, **counts: int) -> dict[str, Person]:
    """Let people of these names bring so many newcomers each."""
    owners = {name: place.newcomer() for name in counts}
    for name, count in counts.items():
        await place.bring(count, owners[name])
    return owners


async def closed(place: Village, month: str = MONTH) -> dict[int, tuple[int, int]]:
    """Close the month; return place and activations of each winner by Discord id."""
    await place.all.contest.award(month)
    return await winners(place, month)


async def winners(place: Village, month: str = MONTH) -> dict[int, tuple[int, int]]:
    won = await place.all.contest.won(month)
    async with place.house.db.read() as tx:
        rows = await tx.execute(select(PersonRow.member_id, PersonRow.discord_id))
        known = {row.member_id: row.discord_id for row in rows}
    return {known[each.member_id]: (each.place, each.activations) for each in won}


async def prizes(place: Village) -> int:
    async with place.house.db.read() as tx:
        given = select(func.count()).select_from(GrantRow).where(GrantRow.source == "contest")
        return await tx.scalar(given) or 0


def at_the_end(place: Village) -> None:
    place.clock.moment = OVER


async def test_the_three_best_win_the_plan_for_a_month(place: Village) -> None:
    who = await brought(place, a=4, b=3, c=2, d=1)
    at_the_end(place)

    won = await closed(place)

    assert won == {
        who["a"].discord_id: (1, 4),
        who["b"].discord_id: (2, 3),
        who["c"].discord_id: (3, 2),
    }
    (grant,) = await place.grants(who["a"])
    assert (grant.source, grant.daily_tokens, grant.access) == ("contest", 320_000, "claude")
    assert (grant.starts_at, grant.ends_at) == (OVER, OVER + timedelta(days=30))
    assert await place.grants(who["d"]) == []


async def test_those_level_with_the_third_win_too(place: Village) -> None:
    who = await brought(place, a=4, b=2, c=2, d=2, e=1)
    at_the_end(place)

    won = await closed(place)

    assert won == {
        who["a"].discord_id: (1, 4),
        who["b"].discord_id: (2, 2),
        who["c"].discord_id: (2, 2),
        who["d"].discord_id: (2, 2),
    }


async def test_without_an_activation_nobody_wins_and_nothing_is_announced(place: Village) -> None:
    await member_of(place.house)
    at_the_end(place)

    assert await closed(place) == {}
    assert await place.letters() == []


async def test_running_twice_changes_nothing(place: Village) -> None:
    await brought(place, a=2, b=1)
    at_the_end(place)
    before = await closed(place)
    place.clock.move(days=3)

    assert await closed(place) == before
    assert await prizes(place) == 2
    assert len(await place.letters()) == 1


async def test_a_closed_month_stays_as_it_is_whatever_is_voided_later(place: Village) -> None:
    owner, second, third, fourth = (place.newcomer() for _ in range(4))
    came = await place.bring(3, owner)
    for each in (second, third, fourth):
        await place.bring(1 if each is fourth else 2, each)
    at_the_end(place)
    before = await closed(place)

    for newcomer in came:
        await place.void(newcomer)

    assert await closed(place) == before
    assert await place.grants(fourth) == []


async def test_four_at_once_close_a_month_once(place: Village) -> None:
    await brought(place, a=3, b=3, c=3, d=3)
    at_the_end(place)

    await asyncio.gather(*(place.all.contest.award(MONTH) for _ in range(4)))

    assert await prizes(place) == 4
    assert len(await place.letters()) == 1


@pytest.mark.parametrize("crashes_at", range(1, 6))
async def test_after_a_crash_at_any_step_the_month_is_closed_once(
    place: Village, monkeypatch: pytest.MonkeyPatch, crashes_at: int
) -> None:
    who = await brought(place, a=3, b=2, c=2)
    loser = place.newcomer()
    (newcomer,) = await place.bring(1, loser)
    at_the_end(place)
    contest, steps, begin = place.all.contest, 0, type(place.house.db).begin
    object.__setattr__(contest, "batch", 1)

    def begins(db: Database) -> Any:
        nonlocal steps
        steps += 1
        if steps == crashes_at:
            raise RuntimeError("the process dies here")
        return begin(db)

    monkeypatch.setattr(Database, "begin", begins)
    with pytest.raises(RuntimeError):
        await contest.award(MONTH)
    monkeypatch.undo()
    await place.void(newcomer)
    await place.bring(9, loser)  # in the next month

    assert set(await closed(place)) == {each.discord_id for each in who.values()}
    assert await prizes(place) == 3
    assert len(await place.letters()) == 1


async def test_a_month_begins_and_ends_on_the_communitys_own_clock(
    db: Database, clock: HandClock
) -> None:
    place = village(db, clock, community=STAFF | {"timezone": "America/New_York"})
    clock.moment = datetime(2026, 12, 1, 4, 59, tzinfo=UTC)  # 23:59 of 30 November there
    await place.bring(1, ADA)
    clock.moment = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
    await place.bring(2, MO)
    with pytest.raises(AssertionError):
        await place.all.contest.award("2026-12")

    assert await closed(place) == {ADA.discord_id: (1, 1)}
    assert [each.activations for each in (await place.all.contest.board.page("2026-12")).lines] == [
        2
    ]


async def test_an_activation_counts_in_the_month_in_which_it_is_credited(
    db: Database, clock: HandClock
) -> None:
    place = village(db, clock, referrals={"credit_after_days": 15})
    await place.bring(1, ADA)  # credited on 5 December
    at_the_end(place)
    assert await closed(place) == {}

    clock.move(days=4, hours=12)
    await place.all.referrals.credit()

    clock.moment = datetime(2027, 1, 1, tzinfo=UTC)
    assert await closed(place, "2026-12") == {ADA.discord_id: (1, 1)}


async def test_the_voided_the_suspended_and_the_gone_win_nothing(place: Village) -> None:
    who = await brought(place, a=5, b=4, c=1)
    (voided,) = await place.bring(1, who["c"])
    await place.void(voided)
    await place.house.members.suspend(await member_of(place.house, who["a"]), "farmed")
    gone = await member_of(place.house, who["b"])
    async with place.house.db.begin() as tx:
        await tx.execute(PersonRow.__table__.delete().where(PersonRow.member_id == gone))
    at_the_end(place)

    assert await closed(place) == {who["c"].discord_id: (1, 1)}


async def test_the_settings_choose_the_places_and_none_is_no_contest(
    db: Database, clock: HandClock
) -> None:
    off = village(db, clock, referrals={"contest_winners": 0})
    await brought(off, a=2, b=1)
    at_the_end(off)

    assert await closed(off) == {}


async def test_winners_are_announced_by_name_unless_they_do_not_want_to(place: Village) -> None:
    who = await brought(place, a=2, b=1)
    hidden = await member_of(place.house, who["b"])
    async with place.house.db.begin() as tx:
        mine = update(MemberRow).where(MemberRow.id == hidden)
        await tx.execute(mine.values(listed=False))
    at_the_end(place)

    await closed(place)

    (letter,) = await place.letters()
    number = await member_of(place.house, who["a"])
    said = letter.said({number: "@a"}, {"change": changes(*letter.change or ({}, {}))})
    assert "The referral contest of 2026-11 is over" in said
    assert "1. @a, activated by 2" in said
    assert "2. somebody who is not listed, activated by 1" in said
    assert "Tokens a day: **320,000**" in said
    assert "Days: **30**" in said


async def test_many_winners_are_announced_in_part(place: Village) -> None:
    await brought(place, **{f"n{at}": 1 for at in range(23)})
    at_the_end(place)

    await closed(place)

    (letter,) = await place.letters()
    assert await prizes(place) == 23
    said = letter.said({number: f"@{number}" for number in letter.members}, {"change": ""})
    assert len(letter.members) == 20
    assert "... and 3 more who are level with the last place" in said


async def test_the_board_has_places_pages_and_ones_own_line(place: Village) -> None:
    who = await brought(place, a=1, b=3, c=3, d=2)
    reader = await member_of(place.house, who["a"])
    board = place.all.contest.board

    page = await board.page(MONTH, reader_id=reader, limit=3)
    rest = await board.page(MONTH, skip=3, limit=3)
    beyond = await board.page(MONTH, reader_id=reader, skip=6, limit=3)

    assert [(each.place, each.activations) for each in page.lines] == [(1, 3), (1, 3), (3, 2)]
    assert [(each.place, each.discord_id) for each in rest.lines] == [(4, who["a"].discord_id)]
    assert page.total == rest.total == beyond.total == 4
    assert (beyond.lines, beyond.mine) == ([], page.mine)
    assert page.mine is not None
    assert (page.mine.place, page.mine.activations) == (4, 1)
    assert rest.mine is None


async def test_who_does_not_want_to_be_listed_keeps_the_place_without_the_name(
    place: Village,
) -> None:
    await place.bring(2, BEA)
    await place.bring(1, MO)
    number = await member_of(place.house, BEA)
    async with place.house.db.begin() as tx:
        await tx.execute(update(MemberRow).where(MemberRow.id == number).values(listed=False))

    page = await place.all.contest.board.page(MONTH)

    assert [(each.place, each.discord_id) for each in page.lines] == [
        (1, None),
        (2, MO.discord_id),
    ]


async def test_only_months_that_have_begun_can_be_asked_for(place: Village) -> None:
    board = place.all.contest.board

    assert board.month() == MONTH
    assert board.month(" 2025-01 ") == "2025-01"
    for wrong in ("2026-12", "2026-1", "november"):
        with pytest.raises(NoSuchMonth) as refusal:
            board.month(wrong)
        assert "YYYY-MM, like 2026-11" in explain(refusal.value)
    assert NOON.month == 11
