"""/level and what follows in Discord: roles given and taken, refusals with their mend, notices."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.cogs import courier, listener
from bot.core.clock import HandClock
from bot.members.people import Person
from bot.sandbox.discord.acts import Refused
from bot.sandbox.discord.furniture import (
    ADA,
    ANNOUNCEMENTS,
    BEA,
    BOT_ROLE,
    CHAT,
    HOME,
    LEVELS,
    LOBBY,
    MO,
    MODERATOR,
    OWNER,
    STAFF,
)
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.discord.world import Event
from bot.storage.database import Database
from bot.storage.sql import put
from bot.storage.tables.levels import GivenRoleRow, PointsRow
from bot.storage.tables.staff import AuditRow
from tests.doors.bot.stage import PEOPLE, Stage, acted, buttons, hidden, running, text, until

GUILDS = 1
ROLES = dict(enumerate(LEVELS, start=1))
TALKING = {"chat_channels": [CHAT], "level_roles": ROLES}
DECEMBER = datetime(2026, 12, 1, 0, 5, tzinfo=UTC)
REASON: dict[str, Any] = {"reason": "helps everybody"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let courier and listener look often: they wait on the test's clock, which the test moves."""
    monkeypatch.setattr(courier, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(listener, "FLUSH_SECONDS", 0.01)


@pytest.fixture
async def waiting(db: Database, clock: HandClock, discord: LoopbackDiscord) -> AsyncIterator[Stage]:
    """A bot with a chat channel and three level roles that is not connected yet."""
    async with acted(db, clock, discord, community=TALKING) as stage:
        yield stage


@pytest.fixture
async def stage(waiting: Stage) -> AsyncIterator[Stage]:
    """The same, connected."""
    async with running(waiting.bot):
        yield waiting


def roles(stage: Stage, who: int = ADA) -> set[int]:
    """Return the roles somebody has in the home guild."""
    return {int(each) for each in stage.discord.world.member(HOME, who)["roles"]}


def change(stage: Stage, role_id: int, **fields: Any) -> None:
    """Change a role, and let the Gateway tell of it."""
    found = next(
        each for each in stage.discord.world.guilds[HOME]["roles"] if each["id"] == str(role_id)
    )
    found |= {
        name: str(value) if name == "permissions" else value for name, value in fields.items()
    }
    data = {"guild_id": str(HOME), "role": dict(found)}
    stage.discord.world.broadcast(Event("GUILD_ROLE_UPDATE", data, HOME, GUILDS))


async def talked(stage: Stage, name: str, points: int, month: str = "2026-11") -> None:
    """Let somebody have so many points."""
    member = await stage.house.inner.members.admitted(PEOPLE[name])
    async with stage.house.inner.db.begin() as tx:
        await put(tx, PointsRow, {"member_id": member.id, "month": month, "points": points})


async def award(stage: Stage, month: str = "2026-11", at: datetime = DECEMBER) -> None:
    """Let a month be over, and award it."""
    stage.house.clock.moment = at
    await stage.house.inner.levelling.levels.award(month)


async def confirmed(stage: Stage, question: dict[str, Any], who: int = MO) -> dict[str, Any]:
    return await stage.click(question, "Confirm", who, done=lambda now: "## Done" in text(now))


async def given(stage: Stage, level: int, member: int = ADA, who: int = MO) -> dict[str, Any]:
    """Give a level by hand; return the answer."""
    question = await stage.run("level grant", who=who, member=str(member), level=level, **REASON)
    return await confirmed(stage, question, who)


async def reported(stage: Stage, words: str) -> str:
    """Let time pass, and return the staff post that says this."""

    def found() -> str:
        stage.house.clock.move(seconds=1)
        return next((said for said in stage.sent(STAFF) if words in said), "")

    return str(await until(found))


async def given_rows(stage: Stage) -> set[int]:
    async with stage.house.inner.db.read() as tx:
        return set(await tx.scalars(select(GivenRoleRow.role_id)))


async def test_a_month_that_is_awarded_gives_each_level_its_role(stage: Stage) -> None:
    await talked(stage, "ada", 100)
    await talked(stage, "bea", 1_200)

    await award(stage)

    await until(lambda: roles(stage) == {LEVELS[0]} and roles(stage, BEA) == {LEVELS[2]})
    await until(lambda: stage.sent(ANNOUNCEMENTS))
    assert "The levels of 2026-11 are awarded" in stage.sent(ANNOUNCEMENTS)[0]
    assert "of **160,000** tokens" in text(await stage.run("all_limits", who=BEA))
    given = stage.calls("PUT", f"/members/{ADA}/roles/{LEVELS[0]}")[0]
    assert given.headers["x-audit-log-reason"] == "Latchkey levels"


async def test_last_months_role_is_taken_and_other_roles_stay(stage: Stage) -> None:
    stage.discord.roster.set_roles(HOME, ADA, [str(MODERATOR)])
    await talked(stage, "ada", 400)
    await award(stage)
    await until(lambda: roles(stage) == {MODERATOR, LEVELS[1]})

    await award(stage, "2026-12", datetime(2027, 1, 1, 0, 5, tzinfo=UTC))

    await until(lambda: roles(stage) == {MODERATOR})
    while await given_rows(stage):
        assert roles(stage) == {MODERATOR}


async def test_a_level_by_hand_is_previewed_given_and_undone(stage: Stage) -> None:
    question = await stage.run("level grant", who=MO, member=str(ADA), level=3, **REASON)

    asked = text(question)
    assert hidden(question)
    assert f"Give <@{ADA}> a level" in asked
    assert "Level: none → **3**" in asked
    assert f"Role: none → **<@&{LEVELS[2]}>**" in asked
    assert "Their daily limit: 80,000 → **160,000**" in asked
    assert f"Ends: **<t:{int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())}:f>**" in asked
    done = await confirmed(stage, question)
    await until(lambda: roles(stage) == {LEVELS[2]})
    await stage.press(done, "Undo", MO)
    await until(lambda: roles(stage) == set())
    assert "of **80,000** tokens" in text(await stage.run("all_limits"))


async def test_a_level_by_hand_takes_the_place_of_the_one_that_was_earned(stage: Stage) -> None:
    await talked(stage, "ada", 1_000)
    await award(stage)
    await until(lambda: roles(stage) == {LEVELS[2]})

    question = await stage.run("level grant", who=MO, member=str(ADA), level=1, **REASON)
    assert "Level: 3 → **1**" in text(question)
    assert "Their daily limit: 160,000 → **88,000**" in text(question)
    done = await confirmed(stage, question)
    await until(lambda: roles(stage) == {LEVELS[0]})
    await stage.press(done, "Undo", MO)

    await until(lambda: roles(stage) == {LEVELS[2]})


async def test_what_adds_nothing_says_so(stage: Stage) -> None:
    grant: dict[str, Any] = {"member": str(ADA), "days": 90, "tokens": 500_000, **REASON}
    await confirmed(stage, await stage.run("grant give", who=MO, **grant))

    question = await stage.run("level grant", who=MO, member=str(ADA), level=1, **REASON)

    assert "This adds nothing" in text(question)


async def test_revoking_a_level_takes_allowance_and_role_and_undo_gives_both_back(
    stage: Stage,
) -> None:
    await given(stage, 2)
    await until(lambda: roles(stage) == {LEVELS[1]})

    question = await stage.run("level revoke", who=MO, member=str(ADA), **REASON)
    assert "Level: 2 → **none**" in text(question)
    assert "Their daily limit: 128,000 → **80,000**" in text(question)
    done = await confirmed(stage, question)
    await until(lambda: roles(stage) == set())
    await stage.press(done, "Undo", MO)

    await until(lambda: roles(stage) == {LEVELS[1]})
    assert "of **128,000** tokens" in text(await stage.run("all_limits"))


async def test_there_is_nothing_to_revoke_of_who_has_no_level(stage: Stage) -> None:
    said = text(await stage.run("level revoke", who=MO, member=str(ADA), **REASON))

    assert "This member has no level" in said


async def test_levels_that_do_not_exist_are_named(stage: Stage) -> None:
    said = text(await stage.run("level grant", who=MO, member=str(ADA), level=4, **REASON))

    assert "There is no level 4. There are: 1, 2, 3." in said


async def test_nobody_gives_themself_a_level(stage: Stage) -> None:
    said = text(await stage.run("level grant", who=MO, member=str(MO), level=3, **REASON))

    assert "Nobody decides about their own account" in said
    assert roles(stage, MO) == {MODERATOR}


@pytest.mark.parametrize("command", ["level grant", "level revoke", "level board"])
async def test_members_and_admins_of_other_guilds_may_nothing(stage: Stage, command: str) -> None:
    options: dict[str, Any] = {} if command.endswith("board") else {"member": str(ADA), **REASON}
    options |= {"level": 1} if command.endswith("grant") else {}
    with pytest.raises(Refused):
        await stage.run(command, who=BEA, where=LOBBY, **options)

    said = text(await stage.run(command, who=BEA, forged=True, **options))

    assert "Only moderators of our own server" in said
    async with stage.house.inner.db.read() as tx:
        assert list(await tx.scalars(select(AuditRow.action))) == ["refused"]


async def test_the_board_shows_points_and_what_awarding_would_do(stage: Stage) -> None:
    await talked(stage, "ada", 450)
    await talked(stage, "bea", 99)
    await talked(stage, "mo", 1)

    board = await stage.run("level board", who=MO)

    said = text(board)
    assert hidden(board)
    assert f"1. <@{ADA}>: 450 points, level 2" in said
    assert f"2. <@{BEA}>: 99 points\n3. <@{MO}>: 1 point" in said
    assert "If the month ended now, this would be awarded" in said
    assert f"Level 2 (from 400 points, 128,000 tokens a day, <@&{LEVELS[1]}>): 1 member" in said
    assert stage.calls("PUT", "/roles/") == []
    assert await given_rows(stage) == set()


async def test_the_board_of_an_awarded_month_tells_given_from_earned(stage: Stage) -> None:
    await talked(stage, "ada", 450)
    await award(stage)
    await talked(stage, "bea", 100)

    said = text(await stage.run("level board", who=MO, month="2026-11"))

    assert f"<@{ADA}>: 450 points, level 2 ✓" in said
    assert "### Awarded" in said
    assert "This is still to be awarded" in said
    assert f"<@{BEA}>: 100 points, level 1" in said


async def test_the_board_says_whether_nobody_or_nobody_else_has_earned_a_level(
    stage: Stage,
) -> None:
    nobody = text(await stage.run("level board", who=MO, month="2026-11"))
    await talked(stage, "ada", 450)
    await award(stage)
    nobody_else = text(await stage.run("level board", who=MO, month="2026-11"))

    assert "Nobody has earned a level." in nobody
    assert "Nobody else has earned a level." in nobody_else


async def test_the_board_is_turned_page_by_page_and_knows_its_months(stage: Stage) -> None:
    for at in range(20):
        someone = 800_000_000_000_000_000 + at
        async with stage.house.inner.db.begin() as tx:
            member = await stage.house.inner.members.join(tx, Person(someone, at_home=True))
            await put(tx, PointsRow, {"member_id": member.id, "month": "2026-11", "points": 5})

    first = await stage.run("level board", who=MO)
    second = await stage.click(first, "Next", MO, done=lambda now: "20. " in text(now))

    assert "15. " in text(first)
    assert buttons(second)["Next"]["disabled"]
    wrong = text(await stage.run("level board", who=MO, month="2027-01"))
    assert "Write a month that has begun as YYYY-MM, like 2026-11" in wrong
    assert "Nobody has earned a point" in text(
        await stage.run("level board", who=MO, month="2026-10")
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"position": 9}, "stands above my own role. Drag my role above it"),
        ({"managed": True}, "belongs to an integration or a bot"),
        ({"permissions": Permission.ADMINISTRATOR}, "carries power (Administrator)"),
        ({"permissions": Permission.MANAGE_MESSAGES}, "carries power (Manage Messages)"),
        ({"permissions": Permission.BAN_MEMBERS}, "carries power (Ban Members)"),
    ],
)
async def test_a_role_that_cannot_be_a_levels_is_told_at_the_start_and_given_to_nobody(
    waiting: Stage, fields: dict[str, Any], words: str
) -> None:
    change(waiting, LEVELS[0], **fields)

    async with running(waiting.bot):
        await until(lambda: waiting.sent(STAFF))
        told = waiting.sent(STAFF)[0]
        await talked(waiting, "ada", 100)
        await talked(waiting, "bea", 400)
        await award(waiting)
        await until(lambda: roles(waiting, BEA) == {LEVELS[1]})  # nobody else's award is stopped
        failed = await reported(waiting, "could not be given")
        limits = text(await waiting.run("all_limits"))

    assert f"⚠️ <@&{LEVELS[0]}>, the role of level 1, is given to nobody." in told
    assert words in told
    assert f"1 member could not be given <@&{LEVELS[0]}>. Their allowance stands." in failed
    assert words in failed
    assert f"<@{ADA}>" in failed
    assert roles(waiting) == set()
    assert waiting.calls("PUT", f"/members/{ADA}/roles/") == []
    assert "of **88,000** tokens" in limits


async def test_a_moderators_role_is_no_levels_role(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    community = TALKING | {"level_roles": {1: MODERATOR}}
    async with acted(db, clock, discord, community=community) as stage, running(stage.bot):
        told = await until(lambda: stage.sent(STAFF))

    assert f"<@&{MODERATOR}>, the role of level 1, is given to nobody." in told[0]


async def test_a_role_that_is_mended_is_given_at_once(waiting: Stage) -> None:
    change(waiting, LEVELS[0], position=9)

    async with running(waiting.bot):
        await until(lambda: waiting.sent(STAFF))
        await given(waiting, 1)
        again = await waiting.run("level grant", who=MO, member=str(ADA), level=1, **REASON)
        await reported(waiting, "could not be given")
        change(waiting, LEVELS[0], position=1)
        await until(lambda: roles(waiting) == {LEVELS[0]})

    assert f"<@&{LEVELS[0]}>, the role of level 1, is given to nobody" in text(again)
    assert "Drag my role above it" in text(again)


async def test_without_the_right_to_manage_roles_staff_are_told_and_it_mends_itself(
    waiting: Stage,
) -> None:
    change(waiting, BOT_ROLE, permissions=Permission.SEND_MESSAGES | Permission.VIEW_CHANNEL)

    async with running(waiting.bot):
        await until(lambda: len(waiting.sent(STAFF)) == 3)
        await given(waiting, 2)
        said = await reported(waiting, "could not be given")
        change(
            waiting,
            BOT_ROLE,
            permissions=Permission.SEND_MESSAGES
            | Permission.VIEW_CHANNEL
            | Permission.MANAGE_ROLES,
        )
        await until(lambda: roles(waiting) == {LEVELS[1]})

    assert "Give my role the permission Manage Roles" in said


async def test_a_role_that_was_deleted_is_told(stage: Stage) -> None:
    guild = stage.discord.world.guilds[HOME]
    guild["roles"] = [each for each in guild["roles"] if each["id"] != str(LEVELS[1])]
    data = {"guild_id": str(HOME), "role_id": str(LEVELS[1])}
    stage.discord.world.broadcast(Event("GUILD_ROLE_DELETE", data, HOME, GUILDS))

    told = await until(lambda: stage.sent(STAFF))

    assert f"None of our servers has a role with the id {LEVELS[1]}" in told[0]


async def test_a_member_who_has_left_stops_nobody_and_has_the_role_on_return(stage: Stage) -> None:
    await talked(stage, "ada", 100)
    await talked(stage, "bea", 100)
    stage.discord.roster.leave(HOME, ADA)

    await award(stage)
    await until(lambda: roles(stage, BEA) == {LEVELS[0]})
    said = await reported(stage, "could not be given")
    stage.discord.roster.join(HOME, ADA)
    await stage.run("all_limits")

    assert "They are not in the server. There is nothing to do" in said
    await until(lambda: roles(stage) == {LEVELS[0]})


async def test_who_lost_the_role_has_it_again_with_their_next_message(stage: Stage) -> None:
    await given(stage, 2)
    while await given_rows(stage) != {LEVELS[1]}:
        assert roles(stage) <= {LEVELS[1]}
    stage.discord.roster.set_roles(HOME, ADA, [])

    stage.house.clock.move(seconds=601)
    await stage.discord.acts.say(ADA, CHAT, "hello")

    await until(lambda: roles(stage) == {LEVELS[1]})


async def test_a_role_effect_survives_a_discord_that_is_ill(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.discord.faults.refuse("PUT", f"/guilds/{HOME}/members/{ADA}", 503, times=2)

    await given(stage, 1)
    await until(lambda: "a role waits 5 s" in caplog.text)
    stage.house.clock.move(seconds=6)

    await until(lambda: "a role waits 10 s" in caplog.text)
    stage.house.clock.move(seconds=11)
    await until(lambda: roles(stage) == {LEVELS[0]})


async def test_a_refusal_without_a_reason_is_told_too(stage: Stage) -> None:
    stage.discord.faults.refuse(
        "PUT", f"/guilds/{HOME}/members/{ADA}", 403, code=50013, message="Missing Permissions"
    )

    await given(stage, 1, who=OWNER)

    assert "Discord refuses it without a reason" in await reported(stage, "could not be given")
