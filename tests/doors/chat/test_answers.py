"""What a member sees of an answer in Discord while it grows, and once it is there."""

import asyncio

import pytest

from bot.cogs.chat.pace import Pace
from bot.core.clock import HandClock
from bot.sandbox.discord.furniture import ADA, CHAT, COMMANDS, MO
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.stage import buttons, hidden
from tests.doors.chat.room import CURSOR, CUT, DONE, LAZY, Room, opened_room

SILENT, NO_PREVIEWS = 1 << 12, 1 << 2
CODE = "\n".join(f"    line_{number} = {number}" for number in range(150))


async def test_an_answer_grows_below_the_question_and_says_what_it_cost(room: Room) -> None:
    asked = await room.asked("Why is the sky blue?")
    asked.telling.say("Because ", "of Rayleigh.")
    growing = await asked.reads("Rayleigh")
    asked.telling.end(" Light scatters.")
    over = await asked.over()

    assert growing["content"] == f"> Why is the sky blue?\nBecause of Rayleigh. {CURSOR}"
    assert list(buttons(growing)) == ["Stop"]
    assert over["content"] == (
        "> Why is the sky blue?\nBecause of Rayleigh. Light scatters.\n"
        "-# gpt-4o · cost 13 · 79,987 tokens left today"
    )
    assert list(buttons(over)) == DONE
    assert not hidden(over)
    assert await room.house.spent() == 13


async def test_a_private_answer_is_seen_by_its_asker_alone_and_quotes_nothing(room: Room) -> None:
    asked = await room.answered("x" * 1_000 + "\n", "y" * 1_500, prompt="Why?", private=True)

    assert len(asked.parts) == 2
    assert asked.parts[0] == "x" * 1_000
    assert asked.parts[1].startswith("y" * 1_500 + "\n-# gpt-4o")
    assert all(hidden(message) for message in room.discord.acts.replies(asked.number))


async def test_the_footer_counts_requests_in_request_mode(room: Room) -> None:
    await room.answered("Hello.")
    await room.run("set_limit_mode", mode="requests")

    asked = await room.answered("Hello.")

    assert asked.message["content"].endswith("-# gpt-4o · cost 800 · 98 requests left today")


async def test_the_footer_of_an_unlimited_member_names_no_rest(room: Room) -> None:
    await room.answered("Hello.")
    await room.unlimited(ADA)

    asked = await room.answered("Hello.")

    assert asked.message["content"].endswith("-# gpt-4o · cost 11 · no limit today")


async def test_nobody_is_pinged_and_no_fence_of_the_question_swallows_the_answer(
    room: Room,
) -> None:
    prompt = f"@everyone <@{MO}> look:\n```py\n> print(1)"

    asked = await room.answered(f"@here <@{MO}>, it prints `1`.", prompt=prompt)

    quote, answer = asked.message["content"].split("\n@here")
    assert [line[:2] for line in quote.splitlines()] == ["> "] * 3
    assert "```" not in quote
    assert "it prints `1`." in answer
    assert room.discord.world.pinged[int(asked.message["id"])] == frozenset()
    writes = [r.body for r in room.discord.requests if "content" in (r.body or {})]
    assert writes
    assert all(body["allowed_mentions"]["parse"] == [] for body in writes)


async def test_a_long_answer_goes_on_in_silent_messages_and_no_code_block_is_torn(
    room: Room,
) -> None:
    asked = await room.answered(f"Look:\n```python\n{CODE}\n```\nThat is all.")

    parts = asked.parts
    assert len(parts) == 2
    assert parts[0].startswith("> Why?\nLook:\n```python\n")
    assert parts[0].endswith("\n```")
    assert parts[1].startswith("```python\n    line_")
    assert "That is all.\n-# gpt-4o" in parts[1]
    assert [len(buttons(m)) for m in room.discord.acts.replies(asked.number)] == [3, 0]
    later = room.discord.acts.replies(asked.number)[1]
    assert later["flags"] & SILENT
    assert later["flags"] & NO_PREVIEWS
    assert later["message_reference"]["message_id"] == asked.message["id"]


async def test_more_than_four_parts_become_a_file_below_the_first(room: Room) -> None:
    text = "\n\n".join(f"{number}. " + "word " * 150 for number in range(12))
    asked = await room.asked()
    asked.telling.say(text)
    await room.until(lambda: len(asked.parts) == 4)  # shown while it grew
    asked.telling.end()
    over = await asked.over()

    assert len(asked.parts) == 1
    assert over["content"].startswith("> Why?\n0. word")
    assert "-# The whole answer is in the file.\n-# gpt-4o" in over["content"]
    [file] = over["attachments"]
    assert file["filename"] == "answer.md"
    assert room.discord.world.files[int(file["id"])].content.decode() == text


async def test_a_long_question_is_quoted_whole_and_leaves_the_answer_its_room(room: Room) -> None:
    prompt = " ".join(["question"] * 440)

    asked = await room.answered("x" * 1_500 + "\n", "y" * 1_500, prompt=prompt)

    said = "\n".join(asked.parts)
    quote = [line for line in said.splitlines() if "question" in line]
    assert all(line.startswith("> ") for line in quote)
    assert sum(line.count("question") for line in quote) == 440
    assert len(asked.parts) == 5
    assert asked.message["attachments"] == []


async def test_a_long_question_does_not_push_the_answers_beginning_into_the_file(
    room: Room,
) -> None:
    prompt, text = " ".join(["question"] * 440), "\n\n".join(["word " * 300] * 7)

    asked = await room.answered(text, prompt=prompt)

    assert len(asked.parts) == 4
    assert asked.parts[3].startswith("word word")
    assert "-# The whole answer is in the file." in asked.parts[3]
    assert [file["filename"] for file in asked.message["attachments"]] == ["answer.md"]


async def test_an_empty_answer_says_so(room: Room) -> None:
    asked = await room.asked()
    asked.telling.end(reason="length")

    over = await asked.over()

    assert over["content"].startswith("> Why?\n*(nothing but silence)*\n-# gpt-4o · cost 10 ")


async def test_a_refusal_is_shown_like_an_answer(room: Room) -> None:
    asked = await room.asked()
    asked.telling.say("I would rather not.", field="refusal")
    asked.telling.end()

    over = await asked.over()

    assert over["content"].startswith("> Why?\nI would rather not.\n-# gpt-4o")


async def test_odd_chunks_of_an_upstream_do_not_end_an_answer(room: Room) -> None:
    asked = await room.asked()
    asked.telling.say("One. ")
    for odd in ("abc", None, [1, None], [{"delta": "x"}], [{"delta": {"content": ["x"]}}], [{}]):
        asked.telling.send(odd)
    asked.telling.end("Two.")

    over = await asked.over()

    assert over["content"].startswith("> Why?\nOne. Two.\n-# gpt-4o")


async def test_a_fault_of_ours_keeps_what_arrived_and_gives_a_reference(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = await room.asked()
    asked.telling.say("One. ")
    await asked.sees(lambda message: "Stop" in buttons(message))
    monkeypatch.setattr("bot.cogs.chat.questions.text_of", lambda _chunk: 1 / 0)
    asked.telling.say("Two.")
    over = await asked.over()

    told = room.discord.acts.replies(asked.number)[1]
    assert over["content"].startswith("> Why?\nOne.\n-# The answer broke off here.")
    assert list(buttons(over)) == CUT
    assert told["content"].startswith("🛠️ Something broke on our side")
    assert hidden(told)
    assert "ZeroDivisionError" in caplog.text
    await room.house.spent()  # nothing is held any more


async def test_an_answer_that_is_thought_about_first_can_be_stopped_meanwhile(room: Room) -> None:
    asked = await room.asked()
    asked.telling.say("Hm. ", "Let me think.", field="reasoning_content")
    thinking = await asked.sees(lambda message: "Stop" in buttons(message))
    await asked.click("Stop")
    over = await asked.over()

    assert thinking["content"] == f"> Why?\n{CURSOR}"
    assert over["content"].startswith("> Why?\n*(nothing but silence)*\n-# stopped\n-# gpt-4o")
    await asyncio.wait_for(asked.telling.left.wait(), 10)


async def test_first_words_wait_for_a_sentence_and_later_ones_for_the_spacing(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    pace = Pace(first=3_600.0, spacing=LAZY.spacing)
    async with opened_room(db, clock, discord, pace) as room:
        asked = await room.asked()
        asked.telling.say("Half a", " sentence")
        asked.telling.say(" is whole.")
        await asked.reads("is whole.")
        for _ in range(100):
            asked.telling.say("More and more and more words for nobody.\n")
        asked.telling.end("Done.")
        over = await asked.over()

        assert "Done.\n-# gpt-4o" in "".join(asked.parts)
        assert "Stop" not in buttons(over)
        edits = [r for r in room.calls("PATCH", "@original") if r.status == 200]
        assert edits[0].body["content"][-1] == CURSOR
        assert len(edits) == 2


async def test_the_reading_never_waits_for_discord(room: Room) -> None:
    gate = room.discord.faults.hold("PATCH", "@original")
    asked = await room.asked()
    asked.telling.say("One. ")
    await room.until(lambda: room.calls("PATCH", "@original"))
    asked.telling.end(*["Two. "] * 50)
    await room.until(lambda: not room.house.inner.ledger.open_holds())  # read to its end, settled
    before = asked.room.discord.acts.replies(asked.number)
    gate.set()
    over = await asked.over()

    assert before == []
    assert over["content"].startswith("> Why?\nOne. Two. Two.")
    assert len(room.calls("PATCH", "@original")) == 2  # the held one was not overtaken


async def test_commands_are_acknowledged_before_anything_else(room: Room) -> None:
    asked = await room.answered("Hello.")

    callback = room.calls("POST", f"/interactions/{asked.number}/")[0]
    assert callback.body["type"] == 5
    assert callback.body.get("data", {}).get("flags", 0) == 0


async def test_one_member_has_one_answer_and_a_channel_three(room: Room) -> None:
    asked = [await room.asked()]
    busy = await room.said(await room.ask())
    elsewhere = await room.said(await room.ask(where=COMMANDS))
    asked += [await room.asked(who=who) for who in room.others[:2]]
    full = await room.said(await room.ask(who=room.others[2]))
    for each in asked:
        each.telling.end("Hello.")
        await each.over()
    free = await room.answered("Hello.", who=room.others[2])

    assert busy == elsewhere
    assert busy.startswith("⚠️ Your last answer is still being written.")
    assert full.startswith("⚠️ Three answers are being written here already.")
    assert "Hello." in free.message["content"]


@pytest.mark.parametrize("private", [False, True])
async def test_answers_in_direct_messages_go_to_whoever_was_seen_at_home(
    room: Room, clock: HandClock, private: bool
) -> None:
    dm = room.discord.acts.dm(ADA)
    stranger = await room.said(await room.ask(where=dm, private=private))
    await room.answered("Hello.", where=CHAT)

    asked = await room.answered("Hello here.", where=dm, private=private)
    clock.move(days=31)
    forgotten = await room.said(await room.ask(where=dm, private=private))

    assert stranger == forgotten
    assert stranger.startswith("🔒 This is for members of our own server.")
    assert "Hello here." in asked.message["content"]
    assert hidden(asked.message) == private
