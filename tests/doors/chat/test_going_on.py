"""Continue, other models, threads and Delete: what can be done with an answer that is over."""

from bot.cogs.chat.seam import ORDER
from bot.core.clock import HandClock
from bot.sandbox.discord.components import walk
from bot.sandbox.discord.furniture import ADA, BEA, BOT_ROLE, HOME, MO
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.stage import buttons, hidden, running
from tests.doors.chat.room import CUT, DONE, MODEL, QUICK, Asked, Room, opened_room, paced

SELECT = 3


async def continued(room: Room, asked: Asked, who: int = ADA) -> Asked:
    """Press Continue and wait until the upstream is asked."""
    number = await asked.click("Continue", who)
    return Asked(room, number, await room.teller.asked())


async def picked(room: Room, asked: Asked, model: str) -> int:
    """Pick another model below an answer; the click's number."""
    (menu,) = [each for each in walk(asked.message["components"]) if each["type"] == SELECT]
    return await room.discord.acts.press(
        ADA, int(asked.message["id"]), menu["custom_id"], values=[model]
    )


def offered(asked: Asked) -> dict[str, bool]:
    """Return the models offered below an answer, and which is marked."""
    (menu,) = [each for each in walk(asked.message["components"]) if each["type"] == SELECT]
    return {each["value"]: bool(each.get("default")) for each in menu["options"]}


async def test_an_answer_that_reached_its_length_goes_on_in_place(room: Room) -> None:
    asked = await room.asked("Count.")
    asked.telling.say("One, two, thr")
    asked.telling.end(reason="length")
    short = dict(await asked.over())
    more = await continued(room, asked)
    more.telling.say(" three, four.")
    grows = dict(await more.reads("four"))
    more.telling.end()
    over = await more.over()

    assert "-# This is as long as the model's answers get. Press Continue" in short["content"]
    assert list(buttons(short)) == CUT
    assert more.telling.turns == [
        ("user", "Count."),
        ("assistant", "One, two, "),
        ("user", ORDER),
    ]
    assert grows["content"].startswith("> Count.\nOne, two, three, four.")
    assert over["content"].startswith("> Count.\nOne, two, three, four.\n-# gpt-4o · cost 22 ")
    assert list(buttons(over)) == DONE
    assert over["id"] == short["id"]
    assert await room.house.spent() == 22


async def test_what_was_stopped_or_cut_goes_on_and_may_break_off_again(room: Room) -> None:
    asked = await room.asked()
    asked.telling.say("One. ", "Two.")
    await asked.reads("Two.")
    await asked.click("Stop")
    stopped = dict(await asked.over())
    more = await continued(room, asked)
    more.telling.say("Three.")
    await more.reads("Three.")
    more.telling.cut()
    cut = dict(await more.over())
    last = await continued(room, more)
    last.telling.end("Four.")
    over = await last.over()

    assert list(buttons(stopped)) == CUT
    assert cut["content"].startswith("> Why?\nOne. Two. Three.\n-# The answer broke off here.")
    assert list(buttons(cut)) == CUT
    assert over["content"].startswith("> Why?\nOne. Two. Three. Four.\n-# gpt-4o")
    assert last.telling.turns[1] == ("assistant", "One. Two. Three.")


async def test_code_that_broke_off_goes_on_inside_its_block(room: Room) -> None:
    asked = await room.asked()
    asked.telling.say("Run:\n```py\nx = 1\nprint(")
    asked.telling.end(reason="length")
    await asked.over()
    more = await continued(room, asked)
    more.telling.end("```py\nprint(x)\n```\n", "Done.")
    over = await more.over()

    assert more.telling.turns[1] == ("assistant", "Run:\n```py\nx = 1\n")
    assert over["content"].startswith("> Why?\nRun:\n```py\nx = 1\nprint(x)\n```\nDone.\n-# ")


async def test_a_private_answer_that_ran_out_of_time_goes_on_privately(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_room(db, clock, discord) as room:
        asked = await room.asked(private=True)
        asked.telling.say("One. ")
        asked.telling.end(reason="length")
        await asked.over()
        clock.move(minutes=20)
        more = await continued(room, asked)
        more.telling.end("Two.")
        over = await more.over()

        assert over["content"].startswith("One. Two.\n-# gpt-4o")
        assert hidden(over)


async def test_a_continue_that_fails_leaves_the_answer_as_it_was(room: Room) -> None:
    asked = await room.asked()
    asked.telling.end("One. ", reason="length")
    before = dict(await asked.over())
    click = await asked.click("Continue")
    (await room.teller.asked()).fail(400)
    told = await room.follow_up(click)

    assert told["content"].startswith("⚠️ No upstream accepts this request: ")
    assert hidden(told)
    assert asked.message["content"] == before["content"]
    assert list(buttons(asked.message)) == CUT


async def test_an_answer_that_is_whole_offers_no_continue_and_a_forged_one_is_refused(
    room: Room,
) -> None:
    asked = await room.answered("One.")
    again = dict(asked.message)
    message = room.discord.world.messages[int(again["id"])]
    forged = f"more:0:{ADA}:{asked.number}:1"
    message["components"][0]["components"][0]["custom_id"] = forged

    told = await room.follow_up(await asked.click("Regenerate"))

    assert list(buttons(again)) == DONE
    assert told["content"].startswith("⌛ This answer cannot be gone on from.")


async def test_another_model_answers_again_and_keeps_the_conversation(room: Room) -> None:
    asked = await room.answered("First.")
    before = offered(asked)
    again = Asked(room, await picked(room, asked, "maker/seer"), await room.teller.asked())
    again.telling.end("Second.")
    over = await again.over()
    reply = await room.talked("And?", reply_to=int(over["id"]), call=False)
    back = Asked(room, await again.click("◀"), again.telling)
    await back.over()
    other = await room.talked("And?", reply_to=int(over["id"]), call=False)

    assert before == {"gpt-4o": True, "maker/seer": False, "claude-3-5-sonnet": False}
    assert again.telling.body["model"] == "maker/seer"
    assert "2/2" in buttons(over)
    assert reply.telling.body["model"] == "maker/seer"
    assert offered(back) == before
    assert other.telling.body["model"] == "gpt-4o"
    assert other.telling.turns[1] == ("assistant", "First.")


async def test_a_model_that_needs_more_access_is_refused_in_words(room: Room) -> None:
    asked = await room.answered("First.")

    told = await room.follow_up(await picked(room, asked, "claude-3-5-sonnet"))

    assert told["content"].startswith("🔒 `claude-3-5-sonnet` needs Claude access.")
    assert hidden(told)


async def test_with_one_model_there_is_nothing_to_pick(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_room(db, clock, discord, models=[MODEL]) as room:
        asked = await room.answered("First.")

        assert [each["type"] for each in walk(asked.message["components"])].count(SELECT) == 0


async def test_delete_takes_all_messages_of_an_answer(room: Room) -> None:
    asked = await room.answered("x" * 1_500 + "\n", "y" * 1_500)
    spoken = await room.talked("Long?", "x" * 1_500 + "\n" + "y" * 1_500)
    both = len(room.discord.world.messages)
    await asked.click("Delete")
    await spoken.click("Delete")
    await room.until(lambda: len(room.discord.world.messages) == 1)

    assert both == 5
    assert list(room.discord.world.messages) == [spoken.number]


async def test_delete_and_thread_work_after_a_restart(room: Room) -> None:
    spoken = await room.talked("Long?", "x" * 1_500 + "\n" + "y" * 1_500)
    first = int(spoken.message["id"])
    await room.bot.client.close()

    bot = paced(room, QUICK)
    async with running(bot):
        shown = await room.follow_up(await spoken.click("Thread"))
        again = await room.follow_up(await spoken.click("Thread"))
        room.discord.places.delete(first)
        click = await spoken.click("Delete")
        await room.until(lambda: click not in bot.client._running and not spoken.parts)

    assert shown["content"] == again["content"] == f"🧵 The conversation goes on in <#{first}>."
    assert spoken.parts == []


async def test_continue_after_a_restart_says_how_to_go_on(room: Room) -> None:
    asked = await room.asked()
    asked.telling.end("One. ", reason="length")
    await asked.over()
    await room.bot.client.close()

    async with running(paced(room, QUICK)):
        told = await room.follow_up(await asked.click("Continue"))

    assert told["content"].startswith("⌛ This answer is too old to be written again. Reply to it")


async def test_moderators_stop_and_delete_and_pay_for_what_they_ask(room: Room) -> None:
    asked = await room.asked(who=ADA)
    asked.telling.say("One. ")
    await asked.sees(lambda message: "Stop" in buttons(message))
    await asked.click("Stop", who=MO)
    await asked.over()
    more = await continued(room, asked, who=MO)
    more.telling.end("Two.")
    await more.over()
    refused = await room.follow_up(await asked.click("Delete", who=BEA))
    message = int(asked.message["id"])
    await asked.click("Delete", who=MO)
    await room.until(lambda: message not in room.discord.world.messages)

    ada, mo = await room.house.records()
    assert ada.member_id != mo.member_id
    assert refused["content"].startswith("🔒 Only whoever asked, and moderators, can do that.")


async def test_where_no_thread_may_be_started_that_is_said(room: Room) -> None:
    asked = await room.answered("First.")
    for role in room.discord.world.guilds[HOME]["roles"]:
        if role["id"] in (str(BOT_ROLE), str(HOME)):
            role["permissions"] = str(int(role["permissions"]) & ~Permission.CREATE_PUBLIC_THREADS)

    told = await room.follow_up(await asked.click("Thread"))

    assert told["content"].startswith("🔒 I may not start a thread here.")
    assert hidden(told)
