"""The menu on a message: "Ask about this", in a modal, answered with what is in the message."""

from typing import Any

from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.furniture import ADA, BEA, CHAT
from bot.sandbox.upstreams.troubles import Fault
from tests.doors.bot.stage import buttons, hidden, running
from tests.doors.chat.room import paced
from tests.doors.media.hall import PATIENT, Hall, picture, png
from tests.fakes.owned import ADA as OWNER

MENU = "Ask about this"


async def asked(
    hall: Hall, message_id: int, question: str = "What is meant?", **fields: Any
) -> dict[str, Any]:
    """Choose the menu on a message, fill the modal in, and return the answer."""
    opener = await hall.on_message(MENU, message_id)
    await hall.discord.acts.modal(opener)
    given = {"question": question} | fields
    return await hall.over(await hall.discord.acts.submit(ADA, opener, given))


def sent(hall: Hall, upstream: str = "freetheai") -> Any:
    """Return the last thing that an upstream was asked."""
    return hall.upstreams[upstream].seen[-1].body["messages"][-1]["content"]


async def test_a_message_is_asked_about_in_a_modal_and_answered_below_the_question(
    hall: Hall,
) -> None:
    shown = await hall.discord.acts.say(BEA, CHAT, "The cat sat on the mat.")
    opener = await hall.on_message(MENU, shown)
    modal = await hall.discord.acts.modal(opener)

    message = await asked(hall, shown, "Who sat?")

    assert modal["title"] == "Ask about this message"
    assert [each["label"] for each in modal["components"]] == [
        "Your question",
        "Show the answer only to me",
    ]
    question, about, answer, *_ = message["content"].split("\n")
    assert question == "> Who sat?"
    assert about.startswith("-# about https://discord.com/channels/1001/3001/")
    assert about.endswith(str(shown))
    assert answer.startswith("You said: Bea wrote this message on Discord:")
    assert "gpt-4o · cost" in message["content"]
    assert "Regenerate" in buttons(message)
    assert not hidden(message)
    assert "The cat sat on the mat." in sent(hall)
    assert "Who sat?" in sent(hall)


async def test_the_answer_is_shown_to_the_asker_alone_where_they_want_that(hall: Hall) -> None:
    shown = await hall.discord.acts.say(BEA, CHAT, "The cat sat on the mat.")

    message = await asked(hall, shown, private=True)

    assert hidden(message)


async def test_pictures_of_the_message_are_looked_at(hall: Hall) -> None:
    files = [Upload("notes.txt", b"words", "text/plain"), picture(png(1)), picture(png(2))]
    shown = await hall.discord.acts.say(BEA, CHAT, "", files=files)

    message = await asked(hall, shown, "What is it?")

    text, *images = sent(hall)
    assert "What is it?" in text["text"]
    assert [image["type"] for image in images] == ["image_url"] * 2
    assert "I see a picture." in message["content"]


async def test_what_embeds_and_panels_say_is_read_and_no_key_is_passed_on(hall: Hall) -> None:
    key = await hall.house.key(OWNER)
    shown = await hall.discord.acts.say(BEA, CHAT, f"My key: {key}")
    message = hall.discord.world.messages[shown]
    field = {"name": "Seats", "value": "Four", "inline": False}
    message["embeds"] = [
        {"type": "rich", "title": "A car", "description": "It is red.", "fields": [field]}
    ]
    text = {"type": 10, "id": 2, "content": "It is fast."}
    message["components"] = [{"type": 17, "id": 1, "components": [text], "spoiler": False}]

    await asked(hall, shown)

    told = sent(hall)
    assert all(
        each in told for each in ("My key:", "A car", "It is red.", "Seats: Four", "It is fast.")
    )
    assert key not in told


async def test_a_message_with_nothing_in_it_cannot_be_asked_about(hall: Hall) -> None:
    files = [Upload("x.bin", b"\0", "application/octet-stream")]
    shown = await hall.discord.acts.say(BEA, CHAT, "", files=files)

    told = await hall.over(await hall.on_message(MENU, shown))

    assert told["content"].startswith("⚠️ That message has neither words nor a picture")
    assert hidden(told)


async def test_a_restart_between_the_modal_and_the_question_is_said(hall: Hall) -> None:
    shown = await hall.discord.acts.say(BEA, CHAT, "The cat sat on the mat.")
    opener = await hall.on_message(MENU, shown)
    await hall.discord.acts.modal(opener)
    await hall.bot.client.close()

    async with running(paced(hall, PATIENT)):
        number = await hall.discord.acts.submit(ADA, opener, {"question": "Who?"})
        told = await hall.discord.acts.answer(number)

    assert told["content"].startswith("⌛ Latchkey was restarted meanwhile")
    assert hidden(told)


async def test_an_upstream_that_fails_costs_nothing(hall: Hall) -> None:
    for upstream in hall.upstreams.values():
        upstream.faults.every(Fault.BROKEN)
    shown = await hall.discord.acts.say(BEA, CHAT, "The cat sat on the mat.")

    aloud, alone = [await asked(hall, shown, private=private) for private in (False, True)]

    for message in (aloud, alone):
        assert message["content"].startswith("🔌 `gpt-4o` is not answering. Nothing was charged.")
    assert (hidden(aloud), hidden(alone)) == (False, True)
    assert await hall.house.spent() == 0


async def test_both_menus_are_there_for_everybody(hall: Hall) -> None:
    menu = hall.discord.world.menu(ADA, CHAT)
    offered = {each["name"] for each in menu if each["type"] == 3}

    assert offered == {"Describe image", MENU}
