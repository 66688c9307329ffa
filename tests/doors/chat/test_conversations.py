"""Conversations: mentions begin them, replies branch them, threads and direct messages flow."""

from typing import Any

import pytest

from bot.core.clock import HandClock
from bot.sandbox.discord.furniture import ADA, BEA, CHAT, LOBBY, MO
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.stage import buttons, running
from tests.doors.chat.room import CURSOR, DONE, QUICK, Asked, Room, opened_room, paced

USER, MODEL = "user", "assistant"
READS = {"message_content": True}
HAS_CONTENT = 1 << 19


def reading(discord: LoopbackDiscord) -> dict[str, Any]:
    """Grant the application the intent, and return the settings that ask for it."""
    discord.world.application["flags"] |= HAS_CONTENT
    return {"community": READS}


def replied(asked: Asked) -> int:
    """Return the number of a command's answer, to reply to."""
    return int(asked.message["id"])


async def test_a_mention_begins_a_conversation(room: Room) -> None:
    kinds: list[str] = []
    room.discord.world.listen(lambda happening: kinds.append(happening.kind))
    spoken = await room.spoken("Why is the sky <@!1> blue?")
    spoken.telling.say("Because ", "of Rayleigh.")
    growing = dict(await spoken.reads("Rayleigh"))
    spoken.telling.end(" Light scatters.")
    over = await spoken.over()

    assert spoken.telling.turns == [(USER, "Why is the sky <@!1> blue?")]
    assert growing["content"] == f"Because of Rayleigh. {CURSOR}"
    assert list(buttons(growing)) == ["Stop"]
    assert over["content"] == (
        "Because of Rayleigh. Light scatters.\n-# gpt-4o · cost 13 · 79,987 tokens left today"
    )
    assert over["message_reference"]["message_id"] == str(spoken.number)
    assert list(buttons(over)) == DONE
    assert "typing" in kinds
    assert room.discord.world.pinged[int(over["id"])] == frozenset()
    [record] = await room.house.records()
    assert record.endpoint == "discord.chat"


async def test_a_reply_goes_on_from_the_answer_it_points_to(room: Room) -> None:
    first = await room.talked("My name is Ada.", "Hello Ada.")
    second = await room.talked("Who am I?", "Ada.", reply_to=int(first.message["id"]), call=False)
    third = await room.spoken("Sure?", reply_to=int(second.message["id"]), call=False)
    branch = await room.spoken(
        "Who are you?", reply_to=int(first.message["id"]), call=False, who=BEA
    )
    await third.over("Yes.")
    await branch.over("A model.")

    opening = [(USER, "My name is Ada."), (MODEL, "Hello Ada.")]
    assert second.telling.turns == [*opening, (USER, "Who am I?")]
    assert third.telling.turns == [*second.telling.turns, (MODEL, "Ada."), (USER, "Sure?")]
    assert branch.telling.turns == [
        (USER, "Ada: My name is Ada."),
        (MODEL, "Hello Ada."),
        (USER, "Bea: Who are you?"),
    ]


async def test_a_reply_to_a_commands_answer_knows_its_question_after_a_restart(
    room: Room,
) -> None:
    prompt = "Look:\n```py\nprint(1)\n```"
    asked = await room.answered("> It prints 1.\n\n", "Sure.", prompt=prompt, model="maker/seer")
    await room.bot.client.close()

    async with running(paced(room, QUICK)) as _:
        spoken = await room.spoken("And now?", reply_to=replied(asked), call=False)
        spoken.telling.end("Two.")
        await spoken.reads("Two.")

    assert spoken.telling.turns == [
        (USER, prompt),
        (MODEL, "> It prints 1.\n\nSure."),
        (USER, "And now?"),
    ]
    assert spoken.telling.body["model"] == "maker/seer"


async def test_a_reply_to_any_part_of_a_long_answer_has_all_of_it(room: Room) -> None:
    long = ["x" * 1_500 + "\n", "y" * 1_500]
    first = await room.spoken("Long?")
    first.telling.end(*long)
    await first.over()
    second = await room.talked("Go on.", reply_to=int(first.parts[1]["id"]), call=False)
    asked = await room.answered(*long)
    third = await room.talked("Go on.", reply_to=replied(asked), call=False)

    assert len(first.parts) == 2
    said = "x" * 1_500 + "\n" + "y" * 1_500
    assert second.telling.turns[1] == (MODEL, said)
    assert third.telling.turns[1] == (MODEL, said)


async def test_a_reply_to_an_answer_that_became_a_file_has_all_of_it(room: Room) -> None:
    text = "\n\n".join(f"{number}. " + "word " * 150 for number in range(12))
    asked = await room.answered(text)

    spoken = await room.talked("Shorter!", reply_to=replied(asked), call=False)

    assert spoken.telling.turns[1] == (MODEL, text)


async def test_the_model_of_the_conversation_goes_on(room: Room) -> None:
    asked = await room.answered("Hello.", model="maker/seer")
    second = await room.talked(reply_to=replied(asked), call=False)
    third = await room.talked(reply_to=int(second.message["id"]), call=False)

    assert [each.telling.body["model"] for each in (second, third)] == ["maker/seer"] * 2


async def test_in_direct_messages_everything_said_before_counts(room: Room) -> None:
    await room.talked("At home", "Yes.")
    dm = room.discord.acts.dm(ADA)
    await room.talked("My name is Ada.", "Hello Ada.", where=dm, call=False)
    second = await room.talked("Who am I?", "Ada.", where=dm, call=False)
    await room.answered("New.", prompt="Something new.", where=dm)
    third = await room.talked("And?", where=dm, call=False)

    assert second.telling.turns == [
        (USER, "My name is Ada."),
        (MODEL, "Hello Ada."),
        (USER, "Who am I?"),
    ]
    assert third.telling.turns == [(USER, "Something new."), (MODEL, "New."), (USER, "And?")]


async def test_a_reply_in_direct_messages_goes_on_from_there(room: Room) -> None:
    await room.talked("At home", "Yes.")
    dm = room.discord.acts.dm(ADA)
    first = await room.talked("One?", "One.", where=dm, call=False)
    await room.talked("Two?", "Two.", where=dm, call=False)

    third = await room.talked("Three?", where=dm, call=False, reply_to=int(first.message["id"]))

    assert third.telling.turns == [(USER, "One?"), (MODEL, "One."), (USER, "Three?")]


async def test_in_a_thread_on_an_answer_no_mention_is_needed(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_room(db, clock, discord, **reading(discord)) as room:
        asked = await room.answered("First.", prompt="One?")
        click = await asked.click("Thread")
        shown = await room.follow_up(click)
        thread = replied(asked)
        spoken = await room.talked("Two?", "Second.", where=thread, call=False)
        other = await room.talked("Three?", where=thread, call=False, who=BEA)

        assert shown["content"] == f"🧵 The conversation goes on in <#{thread}>."
        assert room.sent(thread)[0].startswith("Go on here: in this thread I answer without")
        assert discord.world.channels[thread]["name"] == "One?"
        opening = [(USER, "One?"), (MODEL, "First.")]
        assert spoken.telling.turns == [*opening, (USER, "Two?")]
        assert other.telling.turns == [
            (USER, "Ada: One?"),
            (MODEL, "First."),
            (USER, "Ada: Two?"),
            (MODEL, "Second."),
            (USER, "Bea: Three?"),
        ]


async def test_without_the_intent_a_thread_asks_for_a_mention_once(room: Room) -> None:
    asked = await room.answered("First.", prompt="One?")
    await room.follow_up(await asked.click("Thread"))
    thread = replied(asked)
    told = await room.told(await room.say("Two?", where=thread, call=False))
    again = await room.say("Hello?", where=thread, call=False)
    spoken = await room.talked("Two?", where=thread)

    assert room.sent(thread)[0].startswith("Go on here: mention me")
    assert told["content"].startswith("⚠️ I cannot read this message")
    assert "Reply with a mention." in told["content"]
    assert room.replies_to(again) == []
    assert spoken.telling.turns == [(USER, "One?"), (MODEL, "First."), (USER, "Two?")]
    assert "Some messages here are hidden from me" in spoken.message["content"]


async def test_a_quiet_reply_without_the_intent_asks_for_a_mention_once(room: Room) -> None:
    first = await room.talked()
    quiet = {"reply_to": int(first.message["id"]), "ring": False, "call": False}
    told = await room.told(await room.say("And?", **quiet))
    again = await room.say("And?", **quiet)
    await room.talked()

    assert "Reply with a mention." in told["content"]
    assert room.replies_to(again) == []


async def test_a_thread_in_which_somebody_alone_ran_chat_is_theirs(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_room(db, clock, discord, **reading(discord)) as room:
        thread = int(discord.places.thread(ADA, CHAT, "Mine")["id"])
        before = await room.say("Not for you.", where=thread, call=False)
        await room.answered("First.", prompt="One?", where=thread)
        spoken = await room.talked("Two?", where=thread, call=False)
        other = await room.say("Nice!", where=thread, call=False, who=BEA)
        after = await room.say("Thank you, Bea.", where=thread, call=False)
        last = await room.talked("Three?", where=thread)

        assert spoken.telling.turns == [(USER, "One?"), (MODEL, "First."), (USER, "Two?")]
        assert [room.replies_to(each) for each in (before, other, after)] == [[]] * 3
        assert last.telling.turns == [(USER, "Three?")]


async def test_in_a_thread_of_ours_what_is_said_to_others_is_left_alone(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_room(db, clock, discord, **reading(discord)) as room:
        asked = await room.answered("First.")
        await room.follow_up(await asked.click("Thread"))
        thread = replied(asked)
        spoken = await room.talked("Mine", where=thread, call=False)
        aside = [
            await room.say(f"<@{BEA}> look", where=thread, call=False),
            await room.say("Yes!", where=thread, call=False, who=BEA, reply_to=spoken.number),
        ]
        await room.talked("Last", where=thread, call=False)

        assert [room.replies_to(each) for each in aside] == [[], []]


async def test_a_forums_post_is_a_thread_like_others(room: Room) -> None:
    room.discord.places.forum(3_900, 1001, "help")
    post = int(room.discord.places.thread(ADA, 3_900, "How?")["id"])

    spoken = await room.talked("Help?", where=post)

    assert spoken.telling.turns == [(USER, "Help?")]
    assert "Thread" not in buttons(spoken.message)


async def test_a_mention_below_somebodys_message_asks_about_it(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_room(db, clock, discord, **reading(discord)) as room:
        about = await room.say("The earth is flat.", call=False, who=BEA)
        spoken = await room.talked("True?", reply_to=about)
        bare = await room.talked("", reply_to=about)

        assert spoken.telling.turns == [(USER, "Bea: The earth is flat.\n\nAda: True?")]
        assert bare.telling.turns == [(USER, "The earth is flat.")]


async def test_words_that_are_hidden_are_said_to_be(room: Room) -> None:
    about = await room.say("The earth is flat.", call=False, who=BEA)
    spoken = await room.talked("True?", reply_to=about)

    assert spoken.telling.turns == [(USER, "True?")]
    assert "-# Some messages here are hidden from me" in spoken.message["content"]


async def test_errors_and_cards_are_no_part_of_a_conversation(room: Room) -> None:
    running_one = await room.spoken("One?")
    busy = await room.told(await room.say("Two?"))
    await running_one.over("One.")
    again = await room.talked("Again?", reply_to=int(busy["id"]), call=False)
    board = await room.run("leaderboard", where=CHAT, board="usage")
    silent = await room.say("Nice board", reply_to=int(board["id"]), call=False)
    called = await room.talked("Nice?", reply_to=int(board["id"]))

    assert busy["content"].startswith("⚠️ Your last answer is still being written.")
    assert again.telling.turns == [(USER, "Two?\n\nAgain?")]
    assert room.replies_to(silent) == []
    assert called.telling.turns == [(USER, "Nice?")]


async def test_only_the_latest_messages_are_read_and_that_is_said(room: Room) -> None:
    spoken = await room.talked("0?", "0.")
    for number in range(1, 11):
        spoken = await room.talked(
            f"{number}?", f"{number}.", reply_to=int(spoken.message["id"]), call=False
        )

    assert spoken.telling.turns[:2] == [(USER, "…"), (MODEL, "0.")]
    assert len(spoken.telling.turns) == 21
    assert (
        "-# Only the last 20 messages of this conversation were read" in (spoken.message["content"])
    )


async def test_what_the_model_cannot_hold_is_left_out_and_that_is_said(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    small = {
        "id": "small",
        "context": 200,
        "max_output": 40,
        "routes": [{"upstream": "told"}],
    }
    async with opened_room(db, clock, discord, models=[small]) as room:
        first = await room.talked("word " * 100, "Yes.")
        second = await room.talked("word " * 90, reply_to=int(first.message["id"]), call=False)
        third = await room.told(await room.say("word " * 250))

        assert [role for role, _ in second.telling.turns] == [USER, MODEL, USER]
        assert second.telling.turns[0] == (USER, "…")
        assert "-# Only the last 2 messages of this conversation" in second.message["content"]
        assert "200" in third["content"]


async def test_a_mention_alone_is_told_how_to_ask(room: Room) -> None:
    first = await room.talked()
    alone = await room.told(await room.say(""))
    below = await room.told(await room.say("", reply_to=int(first.message["id"])))

    assert alone["content"].startswith("⚠️ Hello! Write your question after the mention")
    assert below["content"] == alone["content"]


@pytest.mark.parametrize("text", ["hello", "@everyone hello", f"<@{MO}> hello", "Latchkey?"])
async def test_what_is_not_for_the_bot_is_left_alone(room: Room, text: str) -> None:
    number = await room.say(text, call=False)
    await room.talked()

    assert room.replies_to(number) == []
    assert len(room.teller.calls) == 1


async def test_bots_and_webhooks_are_left_alone(room: Room) -> None:
    room.discord.roster.meet(77, "other", "Other", bot=True)
    room.discord.roster.join(1001, 77)
    number = await room.say("Why?", who=77)
    await room.talked()

    assert room.replies_to(number) == []


async def test_who_may_not_ask_is_told_so_as_by_the_command(room: Room) -> None:
    stranger = await room.told(await room.say("Why?", who=BEA, where=LOBBY))
    dm = room.discord.acts.dm(BEA)
    direct = await room.told(await room.say("Why?", who=BEA, where=dm, call=False))
    await room.talked(who=BEA)
    known = await room.talked("Why?", who=BEA, where=LOBBY)

    assert stranger["content"].startswith("🔒 This is for members of our own server.")
    assert direct["content"] == stranger["content"]
    assert known.message["content"].startswith("Because.")


async def test_a_key_in_a_question_never_leaves_the_house(room: Room) -> None:
    old = await room.house.key()
    await room.house.key()  # the old one works no more: it is no leak

    spoken = await room.talked(f"What is {old}?")
    asked = await room.answered("Nothing.", prompt=f"What is {old}?")

    assert spoken.telling.turns == [(USER, f"What is lk_…{old[-4:]}?")]
    assert old not in str(asked.telling.body)
    assert old not in asked.message["content"]
