"""Stop, deleted messages, and everything else that ends an answer before its end."""

import asyncio

from bot.core.clock import HandClock
from bot.core.signals import Topic
from bot.members.people import Person
from bot.relay.running import Stop
from bot.sandbox.discord.furniture import ADA, BEA, CHAT, MO
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.stage import buttons, hidden
from tests.doors.chat.room import CUT, LAZY, Asked, Room, opened_room


async def begun(room: Room, *texts: str, **options: object) -> Asked:
    """Ask, and wait until the answer shows that it grows."""
    asked = await room.asked(**options)
    asked.telling.say(*texts)
    await asked.sees(lambda message: "Stop" in buttons(message))
    return asked


async def hung_up(asked: Asked) -> None:
    async with asyncio.timeout(30):
        await asked.telling.left.wait()


async def test_stop_hangs_up_keeps_what_arrived_and_charges_only_that(room: Room) -> None:
    asked = await begun(room, "One. ", "Two. ")
    click = await asked.click("Stop")
    over = await asked.over()
    await hung_up(asked)

    assert over["content"].startswith("> Why?\nOne. Two.\n-# stopped\n-# gpt-4o · cost ")
    assert list(buttons(over)) == CUT
    assert room.discord.world.interactions[click].callback is not None
    [record] = await room.house.records()
    assert record.status == "partial"
    assert 0 < await room.house.spent() < 100


async def test_a_code_block_that_was_being_written_is_closed_by_stop(room: Room) -> None:
    asked = await begun(room, "Run:\n```python\nprint(1)\n", "print(")
    await asked.click("Stop")
    over = await asked.over()

    assert over["content"].startswith(
        "> Why?\nRun:\n```python\nprint(1)\nprint(\n```\n-# stopped\n"
    )


async def test_stop_twice_is_stop_once(room: Room) -> None:
    asked = await begun(room, "One. ")
    gate = room.discord.faults.hold("PATCH", "@original")  # the end is on its way
    first = await asked.click("Stop")
    await room.until(lambda: not room.house.inner.ledger.open_holds())
    second = await asked.click("Stop")
    told = await room.follow_up(second)
    gate.set()
    over = await asked.over()

    assert over["content"].count("-# stopped") == 1
    assert room.discord.world.interactions[first].replies == []
    assert told["content"] == "⌛ This answer is no longer being written."
    assert hidden(told)
    assert len(await room.house.records()) == 1


async def test_nobody_else_stops_an_answer(room: Room) -> None:
    asked = await begun(room, "One. ")
    told = await room.follow_up(await asked.click("Stop", who=BEA))
    asked.telling.end("Two.")
    over = await asked.over()

    assert told["content"].startswith("🔒 Only whoever asked, and moderators, can do that.")
    assert hidden(told)
    assert "One. Two." in over["content"]


async def test_a_deleted_answer_is_given_up_and_frees_its_place(room: Room) -> None:
    asked = await begun(room, "One. ")
    await room.discord.acts.delete(MO, int(asked.message["id"]))
    asked.telling.say("x" * 50)
    await hung_up(asked)
    await room.until(lambda: not room.bot.client._running)
    again = await room.answered("Hello.")

    assert "Hello." in again.message["content"]
    first, second = await room.house.records()
    assert (first.status, second.status) == ("partial", "answered")


async def test_an_answer_deleted_before_its_first_word_is_given_up(room: Room) -> None:
    asked = await room.asked()
    thinking = room.discord.world.interactions[asked.number].original
    await room.discord.acts.delete(MO, thinking)
    asked.telling.say("One. ")

    await hung_up(asked)

    await room.until(lambda: not room.bot.client._running)
    assert await room.house.spent() > 0


async def test_a_deleted_continuation_ends_the_answer_too(room: Room) -> None:
    asked = await begun(room, "x" * 1_800 + "\n", "y" * 500)
    await room.until(lambda: len(asked.parts) == 2)
    await room.discord.acts.delete(MO, int(room.discord.acts.replies(asked.number)[1]["id"]))
    asked.telling.say("z" * 100)

    await hung_up(asked)

    await room.until(lambda: not room.bot.client._running)


async def test_an_answer_that_is_deleted_at_its_end_is_not_mourned(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_room(db, clock, discord, LAZY) as room:
        asked = await begun(room, "One. ")
        await room.discord.acts.delete(MO, int(asked.message["id"]))
        asked.telling.end("Two.")
        await room.until(lambda: not room.bot.client._running)

        assert room.sent(CHAT) == []
        [record] = await room.house.records()
        assert record.status == "answered"


async def test_a_suspension_ends_the_answer_that_runs_and_keeps_its_reason_private(
    room: Room,
) -> None:
    asked = await begun(room, "One. ")
    member = await room.house.member(Person(ADA, at_home=True))
    await room.house.inner.members.suspend(member, "sold keys")
    over = await asked.over()
    await hung_up(asked)
    aloud = await room.said(await room.ask())
    alone = await room.said(await room.ask(private=True))

    assert "One.\n-# The account behind this question was suspended" in over["content"]
    assert aloud == "⛔ This account is suspended. /user_info says why."
    assert alone.startswith('⛔ Your account is suspended: "sold keys"')
    assert "sold keys" not in "".join(room.sent(CHAT)[:-1])


async def test_an_answer_whose_asker_has_everything_deleted_says_so_and_names_no_buttons(
    room: Room,
) -> None:
    asked = await begun(room, "One. ")
    member = await room.house.member(Person(ADA, at_home=True))
    room.house.inner.changes.signals.fire(Topic.LEAVING, member)
    over = await asked.over()
    await hung_up(asked)

    assert "One.\n-# The answer ends here: who asked had everything deleted" in over["content"]
    assert "press" not in over["content"]
    assert "Continue" not in buttons(over)


async def test_leaving_lets_an_answer_end_and_takes_no_new_one(room: Room) -> None:
    asked = await begun(room, "One. ")
    leaving = asyncio.create_task(room.bot.drain())
    await room.until(lambda: room.bot.client.draining)
    refused = await room.said(await room.ask(who=BEA))
    done_early = leaving.done()
    asked.telling.end("Two.")
    over = await asked.over()
    await leaving

    assert refused.startswith("⏳ Latchkey is restarting.")
    assert not done_early
    assert "One. Two.\n-# gpt-4o" in over["content"]


async def test_an_answer_that_takes_too_long_for_leaving_ends_with_a_reason(room: Room) -> None:
    asked = await begun(room, "One. ")
    leaving = asyncio.create_task(room.bot.drain())
    await room.house.inner.relay.drain(patience=0)
    await leaving

    over = asked.message
    assert "One.\n-# Latchkey restarts, so the answer ends here." in over["content"]
    assert list(buttons(over)) == CUT


async def test_an_answer_ends_when_its_whole_time_is_up(room: Room) -> None:
    asked = await begun(room, "One. ")
    [call] = room.house.inner.relay.desk.running._calls
    call.stop(Stop.TIME)
    over = await asked.over()

    assert "One.\n-# That is as long as one answer may take." in over["content"]
