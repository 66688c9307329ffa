"""Regenerate, and leafing through the answers there are."""

import pytest

from bot.cogs.chat import desk
from bot.cogs.chat.desk import Answers, Draft
from bot.cogs.chat.questions import ChatQuestion
from bot.cogs.chat.talk import Talk
from bot.core.clock import HandClock
from bot.sandbox.discord.furniture import ADA, BEA, CHAT
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.stage import buttons, hidden, running
from tests.doors.chat.room import DONE, MODEL, QUICK, Asked, Room, opened_room, paced

LONG = "\n\n".join(f"{number}. " + "word " * 150 for number in range(12))
TWO_PARTS = "x" * 1_500 + "\n" + "y" * 1_500


async def turned(room: Room, asked: Asked, label: str) -> Asked:
    """Press a button that leafs and wait until its page is there."""
    shown = Asked(room, await asked.click(label), asked.telling)
    await shown.over()
    return shown


async def test_regenerate_keeps_the_old_answer_a_click_away(room: Room) -> None:
    asked = await room.answered("First.")
    again = await asked.again()
    again.telling.say("Second ")
    grows = await again.reads("Second")
    again.telling.end("one.")
    newest = await again.over()
    older = await turned(room, again, "◀")
    newer = await turned(room, older, "▶")

    assert list(buttons(grows)) == ["Stop"]
    assert newest["id"] == asked.message["id"]
    assert newest["content"].startswith("> Why?\nSecond one.\n-# gpt-4o · cost 12")
    assert list(buttons(newest)) == [*DONE, "◀", "2/2", "▶"]
    pager = list(buttons(newest).values())[len(DONE) :]
    assert [each["disabled"] for each in pager] == [False, True, True]
    assert [len(each.telling.body["messages"]) for each in (asked, again)] == [1, 1]
    first = [r.body["content"] for r in room.calls("PATCH", "@original")][-2]
    assert first.startswith("> Why?\nFirst.\n-# gpt-4o · cost 11")
    assert newer.message["content"] == newest["content"]
    assert await room.house.spent() == 23


async def test_two_fast_clicks_on_regenerate_ask_once(room: Room) -> None:
    asked = await room.answered("First.")
    clicks = [await asked.click("Regenerate") for _ in range(2)]
    again = Asked(room, clicks[0], await room.teller.asked())
    told = await room.follow_up(clicks[1])
    again.telling.end("Second.")
    over = await again.over()

    assert told["content"].startswith("⚠️ Your last answer is still being written.")
    assert hidden(told)
    assert "2/2" in buttons(over)
    assert len(room.teller.calls) == 2


async def test_the_old_answers_other_messages_go_once_the_new_one_begins(room: Room) -> None:
    asked = await room.answered(TWO_PARTS)
    again = await asked.again()
    before = asked.parts
    again.telling.end("Short.")
    await again.over()
    back = await turned(room, again, "◀")

    assert len(before) == 2
    assert len(room.sent(CHAT)) == 2
    assert [part[:8] for part in back.parts] == ["> Why?\nx", "yyyyyyyy"]
    assert "cost 11" in back.parts[1]
    await turned(room, back, "▶")
    assert len(room.sent(CHAT)) == 1


async def test_a_file_stays_with_its_own_answer(room: Room) -> None:
    asked = await room.answered(LONG)
    again = await asked.again()
    again.telling.say("Short. ")
    grows = await again.reads("Short.")
    again.telling.end()
    short = await again.over()
    back = await turned(room, again, "◀")
    old = dict(back.message)
    forth = await turned(room, back, "▶")

    assert grows["attachments"] == short["attachments"] == []
    [file] = old["attachments"]
    assert file["filename"] == "answer.md"
    assert file["size"] == len(LONG.encode())
    assert old["content"].startswith("> Why?\n0. word")
    assert forth.message["content"] == short["content"]
    assert forth.message["attachments"] == []


async def test_a_regenerate_that_fails_leaves_the_old_answer_as_it_was(room: Room) -> None:
    asked = await room.answered(TWO_PARTS)
    before = asked.parts
    click = await asked.click("Regenerate")
    (await room.teller.asked()).fail(400)
    told = await room.follow_up(click)
    after = asked.parts
    again = await asked.again()
    again.telling.end("Second.")
    over = await again.over()

    assert told["content"].startswith("⚠️ No upstream accepts this request: ")
    assert hidden(told)
    assert after == before
    assert "2/2" in buttons(over)


async def test_leafing_waits_until_the_new_answer_is_written(room: Room) -> None:
    asked = await room.answered("First.")
    again = await asked.again()
    again.telling.end("Second.")
    await again.over()
    old = dict(again.message)
    third = await again.again()  # nothing of it is shown yet: the old buttons still stand there
    told = await room.follow_up(await room.press(old, "◀"))
    third.telling.end("Third.")
    over = await third.over()

    assert told["content"].startswith("⚠️ Your last answer is still being written.")
    assert "Third." in over["content"]
    assert "3/3" in buttons(over)


async def test_leafing_fast_ends_on_one_whole_page(room: Room) -> None:
    asked = await room.answered(TWO_PARTS)
    again = await asked.again()
    again.telling.end(TWO_PARTS.replace("x", "z"))
    await again.over()
    last = dict(again.message)

    clicks = [await room.press(last, "◀") for _ in range(3)]
    for click in clicks:
        await room.over(click)

    said = room.sent(CHAT)
    assert len(said) == 2
    assert said[0].startswith("> Why?\nx")
    assert said[1].startswith("y")


async def test_a_page_whose_message_was_deleted_is_not_mourned(room: Room) -> None:
    asked = await room.answered("First.")
    again = await asked.again()
    again.telling.end("Second.")
    await again.over()
    gate = room.discord.faults.hold("PATCH", "@original")
    click = await again.click("◀")
    await room.until(lambda: not gate.is_set() and not room.discord.faults.waiting)
    room.discord.acts.messages.delete(int(again.message["id"]))
    gate.set()
    await room.until(lambda: click not in room.bot.client._running)

    assert room.sent(CHAT) == []


async def test_a_private_answer_is_regenerated_privately(room: Room) -> None:
    asked = await room.answered(TWO_PARTS, private=True)
    again = await asked.again()
    again.telling.end(TWO_PARTS)
    await again.over()

    assert all(hidden(each) for each in room.discord.acts.replies(again.number))
    assert len(room.sent(CHAT)) == 2


async def test_only_the_asker_regenerates_and_leafs(room: Room) -> None:
    asked = await room.answered("First.")

    told = await room.follow_up(await asked.click("Regenerate", who=BEA))

    assert told["content"].startswith("🔒 Only whoever asked, and moderators, can do that.")
    assert len(room.teller.calls) == 1


@pytest.mark.parametrize("forged", ["99", "0", "x", "-1", ""])
async def test_a_forged_page_is_no_page(room: Room, forged: str) -> None:
    asked = await room.answered("First.")
    again = await asked.again()
    again.telling.end("Second.")
    await again.over()
    message = room.discord.world.messages[int(again.message["id"])]
    message["components"][1]["components"][0]["custom_id"] = f"page:0:{ADA}:{asked.number}:{forged}"

    told = await room.follow_up(await again.click("◀"))

    assert told["content"].startswith("⌛ This ")
    assert hidden(told)


async def test_after_a_restart_an_answer_is_too_old(room: Room, discord: LoopbackDiscord) -> None:
    asked = await room.answered("First.")
    again = await asked.again()
    again.telling.end("Second.")
    await again.over()
    await room.bot.client.close()

    async with running(paced(room, QUICK)):
        told = [await room.follow_up(await again.click(label)) for label in ("Regenerate", "◀")]

    assert all(each["content"].startswith("⌛ This answer is too old") for each in told)
    assert all(hidden(each) for each in told)


async def test_an_endless_footer_goes_below_the_answer(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    model = MODEL | {"id": "maker/" + "m" * 90}
    async with opened_room(db, clock, discord, models=[model]) as room:
        asked = await room.answered("x" * 1_880)
        again = await asked.again()
        again.telling.end("Second.")
        await again.over()
        back = await turned(room, again, "◀")

        assert len(back.parts[0]) == len("> Why?\n") + 1_880
        assert back.parts[1].startswith("-# maker/mmm")


async def test_only_so_many_answers_are_remembered(room: Room) -> None:
    relay, answers = room.house.inner.relay, Answers()
    question = ChatQuestion(relay, "gpt-4o", Talk.asking("Why?"))
    for number in range(desk.REMEMBERED + 1):
        answers.remember(number, Draft(question, "", hidden=False, channel_id=1))

    assert answers.recall(0) is None
    assert answers.recall(1) is not None
