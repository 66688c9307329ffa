"""Referrals under force: several processes on one PostgreSQL, moderators who click at once."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from sqlalchemy import func, select

from bot.audit import AlreadyDone
from bot.core.clock import HandClock
from bot.core.errors import Failure
from bot.referrals.errors import ExchangeDecided
from bot.referrals.rules import State
from bot.storage.database import Database
from bot.storage.tables.referrals import ActivationRow, ContestPrizeRow
from bot.storage.tables.staff import AuditRow
from tests.conftest import NOON
from tests.features.referrals.village import ADA, BEA, MO, Village, village


@asynccontextmanager
async def workers(
    url: str, role: str, count: int = 4
) -> AsyncIterator[list[asyncio.subprocess.Process]]:
    """Start worker processes, all ready; none outlives the test."""
    command = (sys.executable, "-m", "tests.features.referrals.worker", url, role)
    pipe = asyncio.subprocess.PIPE
    started = [
        await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
        for _ in range(count)
    ]
    try:
        for worker in started:
            assert worker.stdout is not None
            await worker.stdout.readline()
        yield started
    finally:
        for worker in started:
            with suppress(ProcessLookupError):
                worker.kill()
            await worker.communicate()


async def together(url: str, role: str) -> int:
    """Let four processes do the same at once; return how much of it was done."""
    async with workers(url, role) as four:
        for worker in four:
            assert worker.stdin is not None
            worker.stdin.write(b"\n")
        done = 0
        for worker in four:
            assert worker.stdout is not None
            done += json.loads(await worker.stdout.readline())["done"]
    return done


async def test_four_processes_never_overdraw_a_balance(postgres_url: str) -> None:
    async with Database(postgres_url) as db:
        place = village(db, HandClock(moment=NOON))
        await place.bring(37)

        done = await together(postgres_url, "spend")

        purse = await place.purse()
        assert (done, purse.spent, purse.balance) == (7, 35, 2)
        grants = await place.grants(ADA)
        assert len(grants) == 7
        starts = [grant.starts_at for grant in grants]
        assert starts[1:] == [grant.ends_at for grant in grants][:-1]  # queued, none overlaps


async def test_four_processes_activate_a_members_code_once(postgres_url: str) -> None:
    async with Database(postgres_url) as db:
        place = village(db, HandClock(moment=NOON))
        await place.code()

        assert await together(postgres_url, "activate") == 1

        assert (await place.purse()).credited == 1
        assert len(await place.grants(MO)) == 1
        async with db.read() as tx:
            assert await tx.scalar(select(func.count()).select_from(ActivationRow)) == 1


async def test_four_processes_close_a_month_once(postgres_url: str) -> None:
    async with Database(postgres_url) as db:
        place = village(db, HandClock(moment=NOON))
        owners = [place.newcomer() for _ in range(5)]
        for owner in owners:
            await place.bring(2, owner)

        assert await together(postgres_url, "close") == 4

        async with db.read() as tx:
            assert await tx.scalar(select(func.count()).select_from(ContestPrizeRow)) == 5
        assert [len(await place.grants(owner)) for owner in owners] == [1] * 5
        assert len(await place.letters()) == 1


@pytest.fixture
def asking(db: Database, clock: HandClock) -> Village:
    """A village whose staff decide on exchanges."""
    return village(db, clock, referrals={"exchange": "approval"})


async def test_moderators_who_decide_at_once_decide_once(asking: Village) -> None:
    await asking.bring(5)
    made = await asking.exchange(5)
    one, other = await asking.moderator(MO), await asking.moderator(BEA)

    answers = await asyncio.gather(
        *(asking.desk.approve(one, made.id) for _ in range(3)),
        *(asking.desk.approve(other, made.id) for _ in range(3)),
        *(asking.desk.decline(other, made.id, "no") for _ in range(3)),
        return_exceptions=True,
    )

    assert sum(not isinstance(each, BaseException) for each in answers) == 1
    refused = [each for each in answers if isinstance(each, BaseException)]
    assert all(isinstance(each, ExchangeDecided | AlreadyDone) for each in refused)
    async with asking.house.db.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(AuditRow)) == 1
    assert len(await asking.messages()) == 1


async def test_an_approval_and_a_withdrawal_at_once_are_one_of_them(asking: Village) -> None:
    moderator = await asking.moderator()
    for _ in range(8):
        await asking.bring(5)
        before = await asking.purse()
        made = await asking.exchange(5)

        answers = await asyncio.gather(
            asking.desk.approve(moderator, made.id),
            asking.all.exchanges.withdraw(ADA, made.id),
            return_exceptions=True,
        )

        assert sum(isinstance(each, Failure) for each in answers) == 1
        async with asking.house.db.read() as tx:
            found = await asking.all.exchanges.find(tx, made.id)
        assert found is not None
        spent = 5 if found.state is State.APPROVED else 0
        assert (await asking.purse()).balance == before.balance - spent


async def test_voids_and_exchanges_at_once_leave_what_one_after_another_leaves(
    place: Village,
) -> None:
    came = await place.bring(10)

    await asyncio.gather(
        *(place.void(newcomer) for newcomer in came[:5]),
        *(place.exchange(5) for _ in range(4)),
        return_exceptions=True,
    )

    purse = await place.purse()
    assert purse.credited == 5
    assert purse.spent in (0, 5, 10)
    assert purse.balance == 5 - purse.spent
    assert len(await place.grants(ADA)) == purse.spent // 5
