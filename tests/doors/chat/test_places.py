"""Places that take no answer, or stop taking it: closed, archived, deleted, limited, far away."""

import asyncio
from typing import Any

import pytest

from bot.cogs.chat.pace import Pace
from bot.core.clock import HandClock
from bot.sandbox.discord import shapes
from bot.sandbox.discord.furniture import ADA, BEA, BOT_ROLE, CHAT, MO
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.stage import buttons, hidden
from tests.doors.chat.room import DONE, LAZY, QUICK, Room, Spoken, opened_room

MESSAGES = "/messages"


def forbid(discord: LoopbackDiscord, right: Permission) -> None:
    """Take a right from the bot in the channel, before it connects."""
    channel = discord.world.channels[CHAT]
    channel["permission_overwrites"] += [shapes.overwrite(BOT_ROLE, deny=right)]


async def begun(room: Room, *texts: str, **more: Any) -> Spoken:
    """Say something and wait until the answer shows that it grows."""
    spoken = await room.spoken(**more)
    spoken.telling.say(*texts)
    await room.until(lambda: spoken.parts and "Stop" in buttons(spoken.message))
    return spoken


async def test_where_the_bot_may_not_write_it_says_so_directly_once(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    forbid(discord, Permission.SEND_MESSAGES)
    async with opened_room(db, clock, discord) as room:
        await room.say("Why?")
        await room.until(room.direct)
        await room.say("Why??")
        await room.say("Why?", who=BEA)
        await room.until(lambda: room.direct(BEA))
        told = room.direct()

        (only,) = told
        assert only.startswith(f"🔒 I may not write in <#{CHAT}>, so I cannot answer there.")
        assert room.teller.calls == []


async def test_a_member_with_closed_messages_is_logged_and_nothing_breaks(
    db: Database,
    clock: HandClock,
    discord: LoopbackDiscord,
    caplog: pytest.LogCaptureFixture,
) -> None:
    forbid(discord, Permission.SEND_MESSAGES)
    discord.world.people[ADA].dms_open = False
    async with opened_room(db, clock, discord) as room:
        await room.say("Why?")
        await room.until(lambda: "could not be told anywhere" in caplog.text)

        assert "Traceback" not in caplog.text


async def test_without_the_history_answers_are_no_replies(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    forbid(discord, Permission.READ_MESSAGE_HISTORY)
    async with opened_room(db, clock, discord) as room:
        spoken = await room.spoken()
        spoken.telling.end("x" * 1_500 + "\n", "y" * 1_500)
        await room.until(lambda: spoken.number not in room.bot.client._running)
        said = room.sent(CHAT)

        assert [each[:3] for each in said[1:]] == ["xxx", "yyy"]
        assert "cost" in said[2]


async def test_without_files_an_endless_answer_shows_what_fits(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    forbid(discord, Permission.ATTACH_FILES)
    text = "\n\n".join(f"{number}. " + "word " * 150 for number in range(12))
    async with opened_room(db, clock, discord) as room:
        spoken = await room.talked("Long?", text)
        asked = await room.answered(text)

        for parts in ([each["content"] for each in spoken.parts], asked.parts):
            assert len(parts) == 4
            assert "-# The rest did not fit, and I may not attach files here.\n-# gpt" in parts[3]
        assert spoken.message["attachments"] == asked.message["attachments"] == []


@pytest.mark.parametrize("way", ["archived", "locked", "deleted", "forbidden"])
async def test_a_thread_that_is_shut_in_the_middle_of_an_answer_is_told_directly(
    room: Room, way: str
) -> None:
    places = room.discord.places
    thread = int(places.thread(ADA, CHAT, "Mine")["id"])
    spoken = await begun(room, "One. ", where=thread)
    match way:
        case "archived" | "locked":
            places.archive(thread, locked=way == "locked")
        case "deleted":
            places.delete(thread)
        case "forbidden":
            room.discord.faults.refuse("PATCH", MESSAGES, 403, code=50001, times=5)
    spoken.telling.say("x" * 60)
    await asyncio.wait_for(spoken.telling.left.wait(), 10)
    (told,) = await room.until(room.direct)

    assert told.startswith(f"⌛ I could not finish the answer in <#{thread}>")
    await room.until(lambda: not room.bot.client._running)
    again = await room.talked()
    assert again.message["content"].startswith("Because.")


async def test_a_channel_that_is_deleted_under_a_commands_answer_ends_it(room: Room) -> None:
    asked = await room.asked()
    asked.telling.say("One. ")
    await asked.reads("One.")
    room.discord.places.delete(CHAT)
    asked.telling.say("x" * 60)

    await asyncio.wait_for(asked.telling.left.wait(), 10)

    await room.until(lambda: not room.bot.client._running)


async def test_an_archived_thread_is_woken_by_the_next_answer(room: Room) -> None:
    thread = int(room.discord.places.thread(ADA, CHAT, "Mine")["id"])
    await room.talked(where=thread)
    spoken = await room.spoken(where=thread)
    room.discord.places.archive(thread)
    over = await spoken.over("Awake.")

    assert over["content"].startswith("Awake.")


async def test_an_answer_that_is_deleted_is_given_up_quietly(room: Room) -> None:
    spoken = await begun(room, "One. ")
    await room.discord.acts.delete(MO, int(spoken.message["id"]))
    spoken.telling.say("x" * 60)
    await asyncio.wait_for(spoken.telling.left.wait(), 10)
    await room.until(lambda: not room.bot.client._running)

    assert room.direct() == []
    assert len(room.sent(CHAT)) == 1


async def test_a_question_that_is_deleted_meanwhile_is_answered_all_the_same(room: Room) -> None:
    spoken = await room.spoken()
    await room.discord.acts.delete(ADA, spoken.number)
    spoken.telling.end("Because.")
    await room.until(lambda: not room.bot.client._running)

    (said,) = room.sent(CHAT)
    assert said.startswith("Because.")


@pytest.mark.parametrize("trouble", ["cut", "banned", "limited", "broken", "slow mode"])
async def test_an_end_written_as_the_bot_is_tried_until_it_arrives(
    db: Database, clock: HandClock, discord: LoopbackDiscord, trouble: str
) -> None:
    pace = Pace(first=0.0, spacing=LAZY.spacing, retries=(0.0, 0.0))
    async with opened_room(db, clock, discord, pace) as room:
        spoken = await begun(room, "One. ")
        match trouble:
            case "cut":
                discord.faults.cut("PATCH", MESSAGES, times=2)
            case "banned":  # without Via the library gives up at once
                discord.faults.limit("PATCH", MESSAGES, times=2, via=False)
            case "limited":
                discord.faults.limit("PATCH", MESSAGES, retry_after=0.01)
            case "broken":  # the library itself waits a second
                discord.faults.garble("PATCH", MESSAGES)
            case "slow mode":
                discord.faults.refuse("PATCH", MESSAGES, 400, code=20016, times=2)
        over = await spoken.over("Two.")

        assert over["content"].startswith("One. Two.\n-# gpt-4o")


async def test_a_first_message_whose_receipt_was_lost_is_not_sent_twice(room: Room) -> None:
    spoken = await room.spoken()
    room.discord.faults.cut("POST", MESSAGES)
    over = await spoken.over("One.")

    assert over["content"].startswith("One.\n-# gpt-4o")
    assert len(room.sent(CHAT)) == 2


async def test_a_failure_that_cannot_be_told_in_the_channel_is_told_directly(room: Room) -> None:
    first = await room.spoken()
    room.discord.faults.refuse("POST", f"/channels/{CHAT}/messages", 403, code=50013)
    await room.say("Two?")
    (told,) = await room.until(room.direct)
    await first.over("One.")

    assert told.startswith("⚠️ Your last answer is still being written.")


async def test_typing_that_fails_keeps_nobody_from_an_answer(room: Room) -> None:
    room.discord.faults.refuse("POST", "/typing", 403, code=50001, times=5)

    spoken = await room.talked()

    assert spoken.message["content"].startswith("Because.")


async def test_answers_in_one_channel_take_turns_and_all_end(
    db: Database, clock: HandClock
) -> None:
    limited = LoopbackDiscord(now=lambda: clock.now().timestamp())
    async with limited.serve(), opened_room(db, clock, limited, QUICK) as room:
        spoken = [await begun(room, "Line 0.\n", who=who) for who in (ADA, BEA, MO)]
        for line in range(1, 3):
            for each in spoken:
                each.telling.say(f"Line {line}.\n")
        overs = [await each.over("Done.") for each in spoken]

        assert all("Line 2.\nDone.\n-# gpt-4o" in each["content"] for each in overs)
        assert all(list(buttons(each)) == DONE for each in overs)
        assert all(each.status != 429 for each in limited.requests)


async def test_a_connection_that_is_resumed_in_the_middle_of_an_answer_loses_nothing(
    room: Room,
) -> None:
    spoken = await begun(room, "One. ")
    room.discord.gateway.drop()
    waiting = await room.say("Two?", who=BEA)
    over = await spoken.over("Two.")
    other = Spoken(room, waiting, await room.teller.asked())
    second = await other.over("Too.")

    assert over["content"].startswith("One. Two.\n-# gpt-4o")
    assert second["content"].startswith("Too.\n-# gpt-4o")
    assert not hidden(second)


async def test_leaving_says_so_to_who_mentions_the_bot_and_ends_what_runs(room: Room) -> None:
    spoken = await begun(room, "One. ")
    leaving = asyncio.create_task(room.bot.drain())
    await room.until(lambda: room.bot.client.draining)
    number = await room.say("Why?", who=BEA)
    refused = await room.until(lambda: room.replies_to(number))
    done_early = leaving.done()
    over = await spoken.over("Two.")
    await leaving

    assert refused[0]["content"].startswith("⏳ Latchkey is restarting.")
    assert not done_early
    assert over["content"].startswith("One. Two.\n-# gpt-4o")
