"""The level's role on both databases: kept in step with grants, and what is said when it fails."""

from dataclasses import replace

from bot.core.clock import HandClock
from bot.levels.roles import Hitch
from bot.levels.rules import Trouble
from bot.members.people import Person
from bot.outbox import Effect, Parcel, RoleWish
from bot.storage.database import Database
from tests.features.levels.circle import ADA, HOME, MO, ROLES, STAFF, Circle, circle


async def given(place: Circle, level: int, who: Person = ADA) -> int:
    """Give somebody a level by hand; return their number."""
    number = await place.number(who)
    async with place.house.db.begin() as tx:
        await place.all.levels.grant(tx, number, level, giver_id=number, reason=None)
    return number


async def taken(place: Circle, number: int) -> None:
    async with place.house.db.begin() as tx:
        await place.all.levels.revoke(tx, number)


async def test_a_level_by_hand_replaces_the_members_other_and_its_role(place: Circle) -> None:
    ada = await given(place, 1)
    await place.handed()

    await given(place, 3)

    assert [grant.plan for grant in await place.grants()] == ["3"]
    assert {(w.role_id, w.give) for w in await place.wishes()} == {
        (ROLES[3], True),
        (ROLES[1], False),
    }
    await place.handed()
    assert await place.given() == {(ada, ROLES[3])}


async def test_what_was_not_delivered_yet_is_replaced_by_what_is_newer(place: Circle) -> None:
    ada = await given(place, 1)

    await given(place, 2)
    await given(place, 2)
    await taken(place, ada)

    # Either may have reached Discord already.
    assert {(w.role_id, w.give) for w in await place.wishes()} == {
        (ROLES[1], False),
        (ROLES[2], False),
    }


async def test_a_level_without_a_role_of_its_own_gives_none(db: Database, clock: HandClock) -> None:
    place = circle(db, clock, community=STAFF | {"level_roles": {1: ROLES[1]}})

    await given(place, 2)

    assert await place.wishes() == []


async def test_a_community_without_guilds_wishes_for_nothing(
    db: Database, clock: HandClock
) -> None:
    place = circle(db, clock, community={})

    await given(place, 2)

    assert await place.wishes() == []


async def test_reconciling_finds_who_lacks_a_role_and_who_has_one_too_many(place: Circle) -> None:
    ada = await given(place, 2)
    await place.handed()
    await place.have(ROLES[1], MO)
    await place.have(ROLES[3], ADA)

    await replace(place.all.roles, batch=1).reconcile()

    wishes = {(wish.member_id, wish.role_id, wish.give) for wish in await place.wishes()}
    assert wishes == {(await place.number(MO), ROLES[1], False), (ada, ROLES[3], False)}


async def test_reconciling_what_is_in_step_does_nothing(place: Circle) -> None:
    await given(place, 2)
    await place.handed()

    await place.all.roles.reconcile()

    assert await place.wishes() == []


async def test_a_role_that_settings_exchange_is_exchanged(place: Circle) -> None:
    ada = await given(place, 2)
    await place.handed()
    other = circle(place.house.db, place.clock, community=STAFF | {"level_roles": {2: 99}})

    await other.all.roles.reconcile()

    wishes = {(wish.member_id, wish.role_id, wish.give) for wish in await other.wishes()}
    assert wishes == {(ada, 99, True), (ada, ROLES[2], False)}


async def test_who_lost_a_role_of_ours_is_given_it_again_once_seen(place: Circle) -> None:
    ada = await given(place, 2)
    await place.handed()

    await place.all.roles.seen(ADA.discord_id, HOME, {ROLES[2], 77})
    assert await place.wishes() == []
    await place.all.roles.seen(ADA.discord_id, HOME + 1, set())
    assert await place.wishes() == []
    await place.all.roles.seen(ADA.discord_id, HOME, {77})

    assert await place.wishes() == [RoleWish(ada, HOME, ROLES[2], give=True)]


async def failed(place: Circle, trouble: Trouble, **more: tuple[str, ...]) -> None:
    """Let everything that is wished fail."""
    for parcel in await place.parcels(Effect.ROLE):
        await place.all.roles.failed(parcel, HOME, Hitch(trouble, **more))


async def test_a_failure_leaves_the_allowance_and_is_told_with_its_mend(place: Circle) -> None:
    ada = await given(place, 2)

    await failed(place, Trouble.ABOVE)

    assert await place.wishes() == []
    assert await place.given() == set()
    assert [grant.plan for grant in await place.grants()] == ["2"]
    (said,) = await place.posts()
    assert said == (
        "⚠️ 1 member could not be given <@&12>. Their allowance stands.\n"
        "It stands above my own role. Drag my role above it in the server's settings under Roles; "
        f"I try again at once.\n-# #{ada}"
    )


async def test_many_failures_for_one_reason_are_told_together(place: Circle) -> None:
    await place.crowd(15, 400)
    place.clock.move(days=12)
    await place.all.levels.award("2026-11")

    await failed(place, Trouble.POWERFUL, powers=("Manage Server", "Ban Members"))
    assert await place.parcels(Effect.POST) != []  # the announcement
    early = [p for p in await place.parcels(Effect.POST) if "mishap" in p.lane]
    place.clock.move(seconds=61)
    late = [p for p in await place.parcels(Effect.POST) if "mishap" in p.lane]

    assert early == []  # more of its kind may come
    assert len(late) == 1
    said = (await place.posts())[-1]
    assert said.startswith("⚠️ 15 members could not be given <@&12>.")
    assert "(Manage Server, Ban Members)" in said
    assert said.count(" #") == 10  # the first few are named


async def test_failures_that_do_not_end_are_told_after_ten_minutes(place: Circle) -> None:
    step, due = 0, list[Parcel]()
    while not due:
        step += 1
        await given(place, 1, Person(ADA.discord_id + step, at_home=True))
        await failed(place, Trouble.REFUSED)
        place.clock.move(seconds=30)
        due = await place.parcels(Effect.POST)

    assert step == 20
    assert len(due) == 1


async def test_a_failure_of_what_was_replaced_meanwhile_is_told_to_nobody(place: Circle) -> None:
    await given(place, 1)
    (old,) = await place.parcels(Effect.ROLE)
    await given(place, 2)

    await place.all.roles.failed(old, HOME, Hitch(Trouble.ABOVE))

    assert await place.posts() == []


async def test_who_is_not_there_is_told_of_once_and_given_the_role_on_return(
    place: Circle,
) -> None:
    ada = await given(place, 2)
    await failed(place, Trouble.ABSENT)
    assert len(await place.posts()) == 1

    await place.all.roles.reconcile()  # a night later
    assert await place.wishes() == []
    await place.all.roles.seen(ADA.discord_id, HOME, set())

    assert await place.wishes() == [RoleWish(ada, HOME, ROLES[2], give=True)]


async def test_roles_in_trouble_are_told_once_and_spared_until_they_are_mended(
    place: Circle,
) -> None:
    roles, trouble = place.all.roles, {ROLES[2]: Hitch(Trouble.MANAGED)}
    await given(place, 1, MO)
    ada = await given(place, 2)
    for parcel in await place.parcels(Effect.ROLE):  # both are lost
        await place.outbox.delivered(parcel)

    assert await roles.looked(ROLES, trouble)
    assert not await roles.looked(ROLES, trouble)
    await roles.reconcile()

    (said,) = await place.posts()
    assert said.startswith("⚠️ <@&12>, the role of level 2, is given to nobody.\nIt belongs to")
    assert [wish.role_id for wish in await place.wishes()] == [ROLES[1]]
    assert await roles.looked(ROLES, {})
    await roles.reconcile()
    assert RoleWish(ada, HOME, ROLES[2], give=True) in await place.wishes()
    look = await roles.look()
    assert (look.roles, look.hitches) == (ROLES, {})


async def test_each_trouble_that_is_new_is_told(place: Circle) -> None:
    roles = place.all.roles
    await roles.looked(ROLES, {ROLES[1]: Hitch(Trouble.ABOVE)})

    await roles.looked(ROLES, {ROLES[1]: Hitch(Trouble.ABOVE), ROLES[3]: Hitch(Trouble.MISSING)})
    await roles.looked(ROLES, {ROLES[1]: Hitch(Trouble.POWERFUL, ("Administrator",))})

    said = await place.posts()
    assert ["stands above" in said[0], "role with the id 13" in said[1]] == [True, True]
    assert "(Administrator)" in said[2]
    assert len(said) == 3
