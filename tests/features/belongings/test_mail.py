"""Mailboxes: the price of the domain that was given, reading at leisure, and whose they are."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from bot.core.clock import HandClock
from bot.core.errors import Kind
from bot.jobs.nightly import Pruning
from bot.ledger.rules import Flag
from bot.relay import mail as service
from bot.relay.belongings import NoLongerThere, NotYours
from bot.relay.errors import InvalidField, UpstreamFailed, UpstreamTimeout
from bot.relay.mail import Mail, NoMailboxes, UnknownDomain, read
from bot.storage.database import Database
from bot.storage.tables.belongings import BelongingRow
from bot.upstreams.failures import Broken, Refused, TimedOut
from tests.fakes.house import ADA, opened_house
from tests.fakes.workshop import MODELS, put_to_work
from tests.features.belongings.conftest import Studio, caller


async def test_a_mailbox_is_made_at_the_usual_domain(studio: Studio) -> None:
    made = await studio.mailbox(studio.ada)

    assert studio.first.made == ["1secmail.com"]
    assert made.email == "box1@1secmail.com"
    assert UUID(made.id).version == 4
    assert made.settled.cost == 160
    assert await studio.house.spent() == 160
    (record,) = await studio.house.records()
    assert (record.endpoint, record.model, record.upstream) == ("temp_mail", "temp_mail", "first")


@pytest.mark.parametrize(
    ("asked", "given", "cost"),
    [
        ("gmail.com", None, 1_600),
        (" GMAIL.com ", None, 1_600),
        ("gmail.com", "1secmail.com", 160),
        ("1secmail.com", "gmail.com", 1_600),
        ("gmail.com", "never.heard.of", 1_600),
    ],
)
async def test_the_price_is_that_of_the_domain_that_was_given(
    studio: Studio, asked, given, cost
) -> None:
    studio.first.gives = given

    made = await studio.mailbox(studio.ada, asked)

    assert studio.first.made == [asked.strip().lower()]
    assert made.settled.cost == cost
    assert await studio.house.spent() == cost


async def test_a_dearer_one_than_was_asked_for_is_charged_up_to_the_days_limit(
    db: Database, clock: HandClock
) -> None:
    settings = {"limits": {"daily_tokens": 500}, "temp_mail": {"upstream": "first"}}
    async with opened_house(db, clock, models=MODELS, **settings) as house:
        put_to_work(house).gives = "gmail.com"
        ada = await caller(house, ADA)

        made = await house.inner.mail.make(ada, None, endpoint="temp_mail", arrived=clock.now())

        assert (made.settled.cost, made.settled.overrun) == (500, 1_100)
        assert await house.spent() == 500


async def test_an_unknown_domain_names_some_that_are_known(studio: Studio) -> None:
    with pytest.raises(UnknownDomain) as refused:
        await studio.mailbox(studio.ada, "example.org")

    assert refused.value.kind is Kind.INVALID
    assert "gmail.com" in refused.value.params["known"]
    assert studio.first.made == []
    assert await studio.house.records() == []


async def test_every_domain_of_the_seed_has_its_price(studio: Studio) -> None:
    prices = {each.name: each.price for each in studio.house.inner.mail.domains()}

    assert len(prices) == 48
    assert prices.pop("gmail.com") == 1_600
    assert set(prices.values()) == {160}


async def test_where_none_are_made_that_is_said(db: Database, clock: HandClock) -> None:
    async with opened_house(db, clock) as house:
        ada = await caller(house, ADA)

        with pytest.raises(NoMailboxes):
            await house.inner.mail.make(ada, None, endpoint="temp_mail", arrived=clock.now())

        assert house.inner.mail.domains() == []
        assert await house.records() == []


async def test_an_upstream_that_makes_none_is_not_asked(db: Database, clock: HandClock) -> None:
    async with opened_house(db, clock, temp_mail={"upstream": "first"}) as house:
        ada = await caller(house, ADA)

        with pytest.raises(NoMailboxes):
            await house.inner.mail.make(ada, None, endpoint="temp_mail", arrived=clock.now())


@pytest.mark.parametrize(
    ("fault", "told"), [(TimedOut(), UpstreamTimeout), (Broken(500), UpstreamFailed)]
)
async def test_once_sent_it_is_never_asked_for_again(studio: Studio, fault, told) -> None:
    studio.first.faults.append(fault)

    with pytest.raises(told):
        await studio.mailbox(studio.ada)

    assert studio.first.made == ["1secmail.com"]
    assert await studio.house.spent() == 0


async def test_whoever_leaves_once_it_was_asked_for_pays(studio: Studio) -> None:
    studio.first.gate.clear()
    making = asyncio.create_task(studio.mailbox(studio.ada, "gmail.com"))
    await studio.first.asked.wait()

    making.cancel()
    await asyncio.wait({making})

    assert await studio.house.spent() == 1_600
    (record,) = await studio.house.records()
    assert Flag.LEFT in Flag(record.flags)


def test_a_domain_is_a_text() -> None:
    assert read({}) is read({"domain": None}) is None
    assert read({"domain": "gmail.com"}) == "gmail.com"
    with pytest.raises(InvalidField):
        read({"domain": 7})


# Reading


async def test_its_owner_reads_it_for_nothing(studio: Studio) -> None:
    made = await studio.mailbox(studio.ada)
    studio.first.messages = [{"from": "a@b.c", "subject": "Hi"}]

    letters = await studio.letters(studio.ada, made.id)

    assert letters[1:] == [{"from": "a@b.c", "subject": "Hi"}]
    assert studio.first.opened == ["first-box-1"]
    assert await studio.house.spent() == 160
    assert len(await studio.house.records()) == 1


async def test_nobody_else_reads_it_and_the_upstreams_identifier_is_never_told(
    studio: Studio,
) -> None:
    made = await studio.mailbox(studio.ada)

    for who, which in ((studio.mo, made.id), (studio.ada, "first-box-1"), (studio.ada, "")):
        with pytest.raises(NotYours):
            await studio.letters(who, which)
    letters = await studio.letters(studio.ada, made.id)

    assert letters[0]["mailbox"] == made.id
    assert studio.first.opened == ["first-box-1"]


async def test_the_upstream_is_asked_every_five_seconds_at_most(
    studio: Studio, clock: HandClock
) -> None:
    made = await studio.mailbox(studio.ada)
    numbers = []

    for _ in range(4):
        numbers.append((await studio.letters(studio.ada, made.id))[0]["number"])
        clock.move(seconds=2.5)

    assert numbers == [1, 1, 2, 2]


async def test_who_reads_at_once_shares_one_answer(studio: Studio) -> None:
    made = await studio.mailbox(studio.ada)
    studio.first.gate.clear()
    reading = [asyncio.create_task(studio.letters(studio.ada, made.id)) for _ in range(10)]
    studio.first.asked.clear()
    await studio.first.asked.wait()

    reading[0].cancel()
    studio.first.gate.set()
    told = await asyncio.gather(*reading[1:])

    assert len(studio.first.opened) == 1
    assert all(letters == told[0] for letters in told)


async def test_two_mailboxes_do_not_wait_for_each_other(studio: Studio) -> None:
    boxes = [await studio.mailbox(studio.ada) for _ in range(2)]

    for box in boxes:
        await studio.letters(studio.ada, box.id)

    assert studio.first.opened == ["first-box-1", "first-box-2"]


async def test_a_failure_too_is_told_again_before_the_upstream_is_asked_again(
    studio: Studio, clock: HandClock
) -> None:
    made = await studio.mailbox(studio.ada)
    studio.first.faults.extend([Broken(500), Broken(500)])  # asked twice: reading may be retried

    for _ in range(3):
        with pytest.raises(UpstreamFailed):
            await studio.letters(studio.ada, made.id)
    assert len(studio.first.opened) == 2
    clock.move(seconds=5)

    assert len(await studio.letters(studio.ada, made.id)) == 1


async def test_another_process_keeps_the_same_pause(
    studio: Studio, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LOOK_SECONDS", 0.01)
    made = await studio.mailbox(studio.ada)
    inner = studio.house.inner
    elsewhere = Mail(inner.flats, inner.mail.belongings)
    await studio.letters(studio.ada, made.id)

    reading = asyncio.create_task(elsewhere.letters(studio.ada.member_id, made.id))
    await asyncio.sleep(0.05)
    assert len(studio.first.opened) == 1
    clock.move(seconds=5)

    assert (await reading)[0]["number"] == 2


async def test_a_clock_that_was_set_back_stops_nobody(studio: Studio, clock: HandClock) -> None:
    made = await studio.mailbox(studio.ada)
    async with studio.house.inner.db.begin() as tx:
        ahead = clock.now() + timedelta(days=1)
        await tx.execute(update(BelongingRow).values(asked_at=ahead))

    assert len(await studio.letters(studio.ada, made.id)) == 1


async def test_a_mailbox_that_expired_upstream_says_so(studio: Studio) -> None:
    made = await studio.mailbox(studio.ada)
    studio.first.faults.append(Refused(404, "there is no first-box-1"))

    with pytest.raises(NoLongerThere):
        await studio.letters(studio.ada, made.id)


# What a member has


async def test_mailboxes_are_listed_newest_first_until_they_are_let_go(
    studio: Studio, clock: HandClock
) -> None:
    mail, ada = studio.house.inner.mail, studio.ada.member_id
    made = []
    for _ in range(3):
        made.append(await studio.mailbox(studio.ada))
        clock.move(seconds=1)
    await studio.mailbox(studio.mo)

    listed = [each.email for each in await mail.mailboxes(ada)]
    await mail.forget(studio.mo.member_id, made[1].id)
    await mail.forget(ada, made[2].id)

    assert listed == [box.email for box in reversed(made)]
    assert [each.id for each in await mail.mailboxes(ada)] == [made[1].id, made[0].id]
    with pytest.raises(NotYours):
        await studio.letters(studio.ada, made[2].id)


async def test_addresses_and_identifiers_are_sealed_on_disk(studio: Studio) -> None:
    await studio.mailbox(studio.ada)
    await studio.sing(studio.ada)

    async with studio.house.inner.db.read() as tx:
        rows = (await tx.execute(select(BelongingRow.__table__))).all()

    written = [str(value).encode() for row in rows for value in row]
    written += [value for row in rows for value in row if isinstance(value, bytes)]
    assert len(rows) == 3
    for secret in (b"box1@", b"first-box", b"clip-1"):
        assert not [value for value in written if secret in value]


async def test_what_is_too_old_is_pruned_by_night(studio: Studio, clock: HandClock) -> None:
    inner = studio.house.inner
    old = await studio.mailbox(studio.ada)
    clock.move(days=90)
    young = await studio.mailbox(studio.ada)
    pruning = Pruning(inner.db, inner.community, inner.outbox, inner.changes, inner.marks)

    await pruning.run(clock.now().date())
    kept = [each.id for each in await inner.mail.mailboxes(studio.ada.member_id)]
    clock.move(days=1)
    await pruning.run(clock.now().date())

    assert kept == [young.id, old.id]  # a record is kept for as many days
    assert [each.id for each in await inner.mail.mailboxes(studio.ada.member_id)] == [young.id]
