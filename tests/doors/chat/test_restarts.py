"""A process that dies in the middle of answers: the next one ends them in words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.cogs.chat import mending
from bot.cogs.service import Bot
from bot.core.clock import HandClock
from bot.sandbox.discord.limits import LOADING
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from bot.storage.tables.chat import RunningAnswerRow
from tests.doors.bot.stage import buttons, hidden, running
from tests.doors.chat.room import CURSOR, LAZY, QUICK, Room, opened_room, paced

ENDED = (
    "-# Latchkey was restarted while this was being written. Nothing was charged. Ask again, or "
    "reply to this with what you want next."
)
UNBEGUN = "⏳ Latchkey was restarted before it could answer. Nothing was charged: ask again."
WORK = ("discord.py: ", "CommandTree-invoker")  # tasks that answer somebody


async def noted(room: Room) -> list[int]:
    """Return the messages of answers that are noted as being written."""
    async with room.house.inner.db.read() as tx:
        return list(await tx.scalars(select(RunningAnswerRow.message_id)))


async def is_noted(room: Room, message: dict[str, Any]) -> None:
    """Wait until an answer's first message is noted."""
    async with asyncio.timeout(10):
        while int(message["id"]) not in await noted(room):  # noqa: ASYNC110 - rows tell nobody
            await asyncio.sleep(0.005)


async def killed(room: Room) -> None:
    """End the bot without letting anything that it was doing be ended or told."""
    client, ending = room.bot.client, []
    for task in asyncio.all_tasks():
        if task.get_name().startswith(WORK) and "on_ready" not in task.get_name():
            task.cancel()
            ending.append(task)
    await asyncio.gather(*ending, return_exceptions=True)
    await client.close()


@asynccontextmanager
async def heir(room: Room) -> AsyncIterator[Bot]:
    """Run the next process on the same database, and wait until it has mended everything."""
    bot = paced(room, QUICK)
    async with running(bot):
        cog: Any = bot.client.get_cog("Conversations")
        await room.until(lambda: cog._mended is not None and cog._mended.done())
        yield bot


async def test_half_an_answer_is_ended_in_words_and_can_be_replied_to(room: Room) -> None:
    spoken = await room.spoken()
    spoken.telling.say("x" * 1_500 + "\n", "y" * 500)
    await room.until(lambda: len(spoken.parts) == 2 and "yyy" in spoken.parts[1]["content"])
    await is_noted(room, spoken.message)
    await killed(room)
    half = [dict(each) for each in spoken.parts]
    before = await noted(room)

    async with heir(room):
        first, second = spoken.parts
        after = await noted(room)
        reply = await room.spoken("Go on.", reply_to=int(second["id"]), call=False)
        reply.telling.end("z")
        await reply.reads("z")

    assert CURSOR in half[1]["content"]
    assert list(buttons(half[0])) == ["Stop"]
    assert before == [int(first["id"])]
    assert first["content"] == half[0]["content"]
    assert second["content"] == "y" * 500 + f"\n{ENDED}"
    assert list(buttons(first)) == ["Delete"]
    assert after == []
    assert reply.telling.turns[1] == ("assistant", "x" * 1_500 + "\n" + "y" * 500)


async def test_an_answer_whose_first_message_was_not_noted_yet_is_found(room: Room) -> None:
    spoken = await room.spoken()
    spoken.telling.say("One. ")
    await room.until(lambda: spoken.parts)
    await killed(room)
    async with room.house.inner.db.begin() as tx:
        await tx.execute(update(RunningAnswerRow).values(message_id=spoken.number))

    async with heir(room):
        (told,) = spoken.parts

    assert told["content"] == f"One.\n{ENDED}"


async def test_a_question_that_had_no_answer_yet_is_told_to_be_asked_again(room: Room) -> None:
    spoken = await room.spoken()
    await killed(room)
    before = await noted(room)

    async with heir(room):
        (told,) = spoken.parts

    assert before == [spoken.number]
    assert told["content"] == UNBEGUN
    assert await noted(room) == []


@pytest.mark.parametrize("private", [False, True])
async def test_a_command_that_was_thinking_is_told_to_be_asked_again(
    room: Room, private: bool
) -> None:
    asked = await room.asked(private=private)
    await killed(room)

    async with heir(room):
        told = asked.message

    assert told["content"] == UNBEGUN
    assert not told["flags"] & LOADING
    assert hidden(told) == private


@pytest.mark.parametrize("private", [False, True])
async def test_half_an_answer_of_a_command_is_ended_in_words(room: Room, private: bool) -> None:
    asked = await room.asked(private=private)
    asked.telling.say("One. ")
    await asked.reads("One.")
    await killed(room)

    async with heir(room):
        told = asked.message

    assert told["content"].endswith(f"One.\n{ENDED}")
    assert list(buttons(told)) == ["Delete"]
    assert hidden(told) == private


async def test_long_after_a_public_answer_is_ended_and_a_private_one_is_let_go(
    room: Room, clock: HandClock
) -> None:
    shown = await room.asked()
    shown.telling.say("One. ")
    await shown.reads("One.")
    concealed = await room.asked(private=True, who=room.others[0])
    concealed.telling.say("One. ")
    await concealed.reads("One.")
    await killed(room)
    clock.move(minutes=20)

    async with heir(room):
        assert shown.message["content"].endswith(ENDED)
        assert "Stop" in buttons(concealed.message)
        assert await noted(room) == []


async def test_what_was_over_deleted_or_only_regenerated_is_left_alone(room: Room) -> None:
    over = await room.answered("First.")
    again = await over.again()
    deleted = await room.spoken(who=room.others[0])
    deleted.telling.say("One. ")
    await room.until(lambda: deleted.parts)
    await is_noted(room, deleted.message)
    await killed(room)
    room.discord.acts.messages.delete(int(deleted.message["id"]))
    before = dict(over.message)

    async with heir(room):
        after = dict(over.message)
        left = await noted(room)

    assert again.telling is not over.telling
    assert after["content"] == before["content"]
    assert "Regenerate" in buttons(after)
    assert deleted.parts == []
    assert left == []


async def test_discord_that_is_away_is_asked_again_for_what_is_to_be_mended(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mending, "WAITS", (0.0,) * 5)
    spoken = await room.spoken()
    spoken.telling.say("One. ")
    await room.until(lambda: spoken.parts)
    await is_noted(room, spoken.message)
    await killed(room)
    room.discord.faults.cut("GET", f"/messages/{spoken.message['id']}", times=4)

    async with heir(room):
        assert spoken.message["content"].endswith(ENDED)


async def test_an_end_that_was_lost_is_mended_by_the_next_start(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_room(db, clock, discord, LAZY) as room:
        spoken = await room.spoken()
        spoken.telling.say("One. ")
        await room.until(lambda: spoken.parts)
        discord.faults.refuse("PATCH", "/messages", 400, code=50035)
        spoken.telling.end("Two.")
        await room.until(lambda: not room.bot.client._running)
        await room.bot.client.close()

        async with heir(room):
            assert spoken.message["content"] == f"One.\n{ENDED}"


async def test_a_drained_answer_leaves_nothing_to_mend(room: Room) -> None:
    spoken = await room.spoken()
    spoken.telling.say("One. ")
    await room.until(lambda: spoken.parts)
    leaving = asyncio.create_task(room.bot.drain())
    await room.house.inner.relay.drain(patience=0)
    await leaving

    assert "One.\n-# Latchkey restarts, so the answer ends here." in spoken.message["content"]
    assert await noted(room) == []
