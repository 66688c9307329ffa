"""Staff change settings at run time: checked as the file is, in force at once, undoable."""

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from bot.audit import Action
from bot.community import adjustments
from bot.community.errors import AlreadySo, LockedSetting, UnfitSetting
from bot.core.clock import HandClock
from bot.core.signals import Topic
from bot.staff.errors import NotAdmin, NotUndoable
from bot.staff.proposals import Waits
from bot.storage.changes import POLL_SECONDS
from bot.storage.database import Database
from bot.storage.tables.staff import SettingRow
from bot.words.changes import changes
from bot.words.say import explain
from tests.fakes.program import until
from tests.features.community.changing import admin, change, propose
from tests.features.staff.room import ADA, MO, OLGA, Room, opened

TOKENS = "limits.daily_tokens"
SECOND = "staff.second_approval_above"


async def kept(room: Room) -> dict[str, Any]:
    """Return what the database holds of changed settings."""
    async with room.db.read() as tx:
        rows = await tx.execute(select(SettingRow.name, SettingRow.value))
        return {row.name: row.value for row in rows}


async def rename(db: Database, name: str, other: str) -> None:
    """Rename a table."""
    async with db.begin() as tx:
        await tx.execute(text(f"ALTER TABLE {name} RENAME TO {other}"))


async def put_by(db: Database, clock: HandClock, **values: Any) -> None:
    """Keep settings as an earlier version may have."""
    async with db.begin() as tx:
        for name, value in values.items():
            row = {"name": name.replace("__", "."), "value": value, "changed_at": clock.now()}
            await tx.execute(insert(SettingRow).values(row))


async def test_a_changed_limit_holds_for_everyone_from_the_moment_it_is_confirmed(
    room: Room,
) -> None:
    await room.member()
    preview = await propose(room, {TOKENS: 120_000})
    assert await room.allowance() == 80_000

    await room.done(preview)

    assert await room.allowance() == 120_000
    assert preview.change.before == {TOKENS: 80_000}
    assert preview.change.after == {TOKENS: 120_000}


async def test_a_change_is_audited_and_posted_in_the_log_with_its_undo(room: Room) -> None:
    done = await change(room, {TOKENS: 120_000})

    (entry,) = await room.audited()
    assert (entry.id, entry.action, entry.target_id) == (
        done.audit_id,
        Action.SETTINGS_CHANGE,
        None,
    )
    assert (entry.before, entry.after) == ({TOKENS: 80_000}, {TOKENS: 120_000})
    assert entry.reason == b"more for all"
    (post,) = await room.posts()
    assert post["params"]["reason"] == "more for all"
    assert post["buttons"] == [["button.undo", "staff.undo", [done.audit_id], "secondary"]]


async def test_a_change_is_told_in_words(room: Room) -> None:
    wanted = {
        "limits.stacking": "sum",
        "community.announce_channel": 77,
        "community.chat_channels": [5, 6],
        "community.level_roles": {"1": 9},
        TOKENS: 0,
    }

    preview = await propose(room, wanted)

    said = changes(preview.change.before, preview.change.after).splitlines()
    assert said == [
        (
            "Grants that run together: highest: the best one counts → "
            "**sum: all of them and everyone's**"
        ),
        "Announcements: the log channel → **<#77>**",
        "Chat channels: none: messages earn no points → **<#5>, <#6>**",
        "Level roles: none: levels give no roles → **1: <@&9>**",
        ("Tokens a day for everyone: 80,000 → **0: nobody can call, except who was granted more**"),
    ]


async def test_a_change_is_undone_by_another_moderator(room: Room) -> None:
    await room.member()
    done = await change(room, {TOKENS: 120_000})

    await room.proposals.undo(done.audit_id, await room.actor(OLGA))

    assert await room.allowance() == 80_000
    assert await kept(room) == {}


async def test_what_was_changed_again_since_is_not_undone(room: Room) -> None:
    await room.member()
    done = await change(room, {TOKENS: 120_000, "limits.in_flight": 5})
    await change(room, {TOKENS: 90_000})

    with pytest.raises(NotUndoable) as refused:
        await room.proposals.undo(done.audit_id, await room.actor(OLGA))
    assert "/settings shows" in explain(refused.value)

    assert await room.allowance() == 90_000
    assert room.built.community.limits.in_flight == 5


async def test_a_setting_that_is_set_to_its_default_is_no_longer_changed(room: Room) -> None:
    await change(room, {TOKENS: 120_000, "community.announce_channel": 77})
    await change(room, {TOKENS: 80_000})

    assert await kept(room) == {"community.announce_channel": 77}
    assert not room.built.community.changed(TOKENS)
    assert room.built.community.changed("community.announce_channel")


async def test_a_channel_that_is_not_set_follows_the_log_channel(
    db: Database, clock: HandClock
) -> None:
    async with opened(db, clock, community={"announce_channel": None}) as room:
        file = room.built.settings.file.community
        assert (file.log_channel, file.announce_channel) == (3003, 3003)
        with pytest.raises(LockedSetting):
            await propose(room, {"community.announce_channel": 77})


async def test_what_the_file_could_not_say_is_refused_in_the_same_words(room: Room) -> None:
    with pytest.raises(UnfitSetting) as refused:
        await propose(room, {TOKENS: "many", "limits.in_flight": 0})

    assert explain(refused.value).splitlines() == [
        "That will not do, and nothing was changed:",
        '- limits.daily_tokens: must be a whole number from 0 to 1000000000000, not "many"',
        "- limits.in_flight: must be a whole number from 1 to 1000000000, not 0",
    ]
    assert await kept(room) == {}


async def test_what_the_file_names_is_locked(db: Database, clock: HandClock) -> None:
    async with opened(db, clock, limits={"daily_tokens": 80_000}) as room:
        with pytest.raises(LockedSetting) as refused:
            await propose(room, {TOKENS: 120_000})

        assert "`limits.daily_tokens` is set in latchkey.toml" in explain(refused.value)
        assert room.built.community.locked(TOKENS)
        assert not room.built.community.locked("limits.in_flight")


async def test_the_file_wins_over_what_was_changed_before_it_named_it(
    db: Database, clock: HandClock
) -> None:
    async with opened(db, clock) as room:
        await change(room, {TOKENS: 120_000, "limits.in_flight": 9})

    async with opened(db, clock, limits={"daily_tokens": 50_000}) as later:
        await later.built.adjustments.load()

        limits = later.built.community.limits
        assert (limits.daily_tokens, limits.in_flight) == (50_000, 9)
        assert later.built.community.stated(TOKENS) == 50_000


async def test_what_no_longer_fits_is_left_out_with_a_warning_and_keeps_nothing_else_out(
    db: Database, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    await put_by(db, clock, limits__in_flight=-3, limits__daily_tokens=5, gone__setting=1)

    async with opened(db, clock) as room:
        with caplog.at_level(logging.WARNING):
            await room.built.adjustments.load()
        limits = room.built.community.limits
        await change(room, {"limits.requests_per_minute": 7})

    assert (limits.daily_tokens, limits.in_flight) == (5, 4)
    assert room.built.community.limits.daily_tokens == 5
    (warned,) = caplog.records
    assert warned.message == (
        "a setting that staff changed no longer fits and is left out: limits.in_flight: "
        "must be a whole number from 1 to 1000000000, not -3"
    )


async def test_thresholds_and_the_roles_of_new_levels_change_together(
    db: Database, clock: HandClock
) -> None:
    async with opened(db, clock, plans={"level": {"4": {"daily_tokens": 200_000}}}) as room:
        with pytest.raises(UnfitSetting):
            await propose(room, {"community.level_roles": {"4": 9}})

        await change(room, {"community.level_roles": {"4": 9}, "levels.thresholds": [1, 2, 3, 4]})
        with pytest.raises(UnfitSetting) as refused:
            await propose(room, {"levels.thresholds": [1, 2, 3]})

    assert "there is no level 4" in explain(refused.value)


async def test_a_change_that_changes_nothing_says_so(room: Room) -> None:
    with pytest.raises(AlreadySo):
        await propose(room, {TOKENS: 80_000, "limits.in_flight": 4})


async def test_only_what_differs_is_changed(room: Room) -> None:
    done = await change(room, {TOKENS: 80_000, "limits.in_flight": 5})

    assert done.change.after == {"limits.in_flight": 5}
    assert await kept(room) == {"limits.in_flight": 5}


async def test_what_bounds_the_staff_is_for_administrators(db: Database, clock: HandClock) -> None:
    async with opened(db, clock) as room:
        for wanted in ({SECOND: 0}, {"community.moderator_roles": [5], TOKENS: 1}):
            with pytest.raises(NotAdmin):
                await propose(room, wanted)

        refused = [entry.after for entry in await room.audited()]
        assert refused == [{"action": "settings.change", "why": "staff.not_admin"}] * 2
        assert await kept(room) == {}


async def test_who_is_no_administrator_any_more_does_not_confirm(room: Room) -> None:
    action, wanted = Action.SETTINGS_CHANGE, {SECOND: 0}
    preview = await room.proposals.propose(
        await admin(room), action, wanted, reason="agreed", proposal_id=1
    )

    with pytest.raises(NotAdmin):
        await room.confirm(preview)

    assert await kept(room) == {}


async def test_what_bounds_the_staff_is_not_undone_by_a_moderator(room: Room) -> None:
    olga = await admin(room, OLGA)
    action, wanted = Action.SETTINGS_CHANGE, {SECOND: 10}
    await room.proposals.propose(olga, action, wanted, reason="agreed", proposal_id=1)
    done = await room.proposals.confirm(1, olga)
    assert not isinstance(done, Waits)

    with pytest.raises(NotAdmin):
        await room.proposals.undo(done.audit_id, await room.actor(MO))
    await room.proposals.undo(done.audit_id, olga)

    assert room.built.community.staff.second_approval_above == 1_000_000


async def test_nought_turns_the_second_moderator_off(room: Room) -> None:
    olga = await admin(room, OLGA)
    grant = await room.give(tokens=2_000_000)
    assert grant.needs_second

    await room.proposals.propose(
        olga, Action.SETTINGS_CHANGE, {SECOND: 0}, reason="agreed", proposal_id=1
    )
    await room.proposals.confirm(1, olga)

    await room.done(await room.give(tokens=2_000_000))
    assert await room.allowance() == 2_000_000


async def test_more_for_everyone_than_one_moderator_gives_needs_a_second(room: Room) -> None:
    alone, large = (
        await propose(room, {TOKENS: 1_000_000}),
        await propose(room, {TOKENS: 1_000_001}),
    )
    assert (alone.needs_second, large.needs_second) == (False, True)

    assert isinstance(await room.confirm(large), Waits)
    assert room.built.community.limits.daily_tokens == 80_000
    await room.proposals.approve(large.proposal_id, await room.actor(OLGA))

    assert room.built.community.limits.daily_tokens == 1_000_001
    assert not (await propose(room, {TOKENS: 1_000_000})).needs_second


async def test_a_community_of_one_lifts_everyone_s_tokens_alone(
    db: Database, clock: HandClock
) -> None:
    async with opened(db, clock, staff={"second_approval_above": 0}) as room:
        await change(room, {TOKENS: 5_000_000})

        assert room.built.community.limits.daily_tokens == 5_000_000


async def test_many_changes_at_once_all_hold(room: Room) -> None:
    names = ("daily_tokens", "in_flight", "requests_per_minute", "request_unit")
    previews = [await propose(room, {f"limits.{name}": 7}) for name in names]

    await asyncio.gather(*(room.done(preview) for preview in previews))

    limits = room.built.community.limits
    assert [getattr(limits, name) for name in names] == [7] * 4
    assert await kept(room) == {f"limits.{name}": 7 for name in names}


async def test_older_settings_never_come_back_into_force(room: Room) -> None:
    community = room.built.community

    assert community.lay_over({TOKENS: 2}, version=2)
    assert not community.lay_over({TOKENS: 1}, version=1)

    assert community.limits.daily_tokens == 2


async def test_another_process_sees_a_change_within_two_seconds(
    postgres_url: str, clock: HandClock
) -> None:
    async with AsyncExitStack() as stack:
        here, there = [
            await stack.enter_async_context(
                opened(await stack.enter_async_context(Database(postgres_url)), clock)
            )
            for _ in range(2)
        ]
        await there.member()
        await there.built.changes.start()
        for watch in (there.built.changes.watch, there.built.adjustments.keep):
            task = asyncio.create_task(watch())
            stack.callback(task.cancel)

        await change(here, {TOKENS: 120_000})

        async def seen() -> bool:
            return await there.allowance() == 120_000

        await until(seen, 4 * POLL_SECONDS)


async def test_what_cannot_be_read_is_read_again_until_it_can(
    db: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adjustments, "AGAIN_SECONDS", 0.01)
    async with opened(db, clock) as here, opened(db, clock) as there:
        await change(here, {TOKENS: 120_000})
        await rename(db, "settings", "elsewhere")
        keeping = asyncio.create_task(there.built.adjustments.keep())
        there.built.changes.signals.fire(Topic.EVERYTHING)
        await asyncio.sleep(0.05)
        assert there.built.community.limits.daily_tokens == 80_000

        await rename(db, "elsewhere", "settings")

        async def seen() -> bool:
            return there.built.community.limits.daily_tokens == 120_000

        await until(seen, 5)
        keeping.cancel()


async def test_it_is_the_same_for_everyone_after_a_restart(db: Database, clock: HandClock) -> None:
    async with opened(db, clock) as room:
        await change(room, {TOKENS: 120_000})

    async with opened(db, clock) as later:
        await later.member(ADA)
        assert await later.allowance() == 80_000
        await later.built.adjustments.load()
        assert await later.allowance() == 120_000
