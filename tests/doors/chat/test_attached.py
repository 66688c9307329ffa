"""Files that members attach: pictures for models that see, texts for all, words for the rest."""

from typing import Any

import pytest

from bot.core.clock import HandClock
from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.furniture import BEA
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.chat.room import MODELS, Room, opened_room
from tests.doors.chat.test_conversations import reading

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
PICTURE = Upload("x.png", PNG, "image/png")
CODE = Upload("x.py", b"print('```')\r\n", "text/x-python; charset=utf-8")
NOTES = Upload("notes.weird", "\ufeffgrüße".encode("utf-16"), "text/plain")
ZIP = Upload("all.zip", b"PK\3\4", "application/zip")


def kinds(content: Any) -> list[str]:
    """Return of what kinds the parts of a turn are."""
    return [each["type"] for each in content] if isinstance(content, list) else ["text"]


async def test_a_picture_in_a_mention_is_shown_to_the_first_model_that_sees(room: Room) -> None:
    spoken = await room.talked("What is it?", files=[PICTURE])
    alone = await room.talked("", files=[PICTURE])

    assert spoken.telling.body["model"] == "maker/seer"
    ((_, content),) = spoken.telling.turns
    assert content[0] == {"type": "text", "text": "What is it?"}
    assert content[1]["image_url"]["url"].startswith("data:image/png;base64,iVBORw0KGgo")
    assert kinds(alone.telling.turns[0][1]) == ["image_url"]


async def test_text_files_are_named_and_fenced_into_the_prompt(room: Room) -> None:
    spoken = await room.talked("What is it?", files=[CODE, NOTES])

    assert spoken.telling.body["model"] == "gpt-4o"
    assert spoken.telling.turns == [
        (
            "user",
            "What is it?\n\nx.py:\n````\nprint('```')\n````\n\nnotes.weird:\n```\n\ufeffgrüße\n```",
        )
    ]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (ZIP, "⚠️ I cannot read `all.zip`. Pictures (PNG, JPEG, WEBP, GIF) and text files work."),
        (
            Upload("big.txt", b"x" * 262_145, "text/plain"),
            "⚠️ `big.txt` is too large: text files of up to 256 KB can be read.",
        ),
        (Upload("odd.txt", b"\xff\xfe\xff", "text/plain"), "⚠️ I cannot read `odd.txt`."),
        (Upload("null.txt", b"a\0b", "text/plain"), "⚠️ I cannot read `null.txt`."),
        (Upload("x.png", b"none", "image/png"), "⚠️ That file is no picture I can read."),
    ],
)
async def test_what_cannot_be_read_is_refused_in_words(
    room: Room, file: Upload, words: str
) -> None:
    told = await room.told(await room.say("What is it?", files=[file]))

    assert told["content"].startswith(words)
    assert room.teller.calls == []


async def test_a_picture_for_a_model_that_does_not_see_names_some_that_do(room: Room) -> None:
    first = await room.talked()
    below = int(first.message["id"])

    told = await room.told(await room.say("And this?", files=[PICTURE], reply_to=below))

    assert told["content"] == "⚠️ `gpt-4o` cannot see pictures. These can: `maker/seer`."


async def test_where_no_model_sees_that_is_said(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_room(db, clock, discord, models=MODELS[:1]) as room:
        first = await room.talked()
        below = int(first.message["id"])
        told = await room.told(await room.say("And this?", files=[PICTURE], reply_to=below))

        assert "no other model here can either" in told["content"]


async def test_pictures_further_up_go_on_being_seen_the_latest_four(room: Room) -> None:
    first = await room.talked("These?", files=[PICTURE] * 3)
    second = await room.talked(
        "And these?", files=[PICTURE] * 3, reply_to=int(first.message["id"]), call=False
    )

    (_, one), _, (_, two) = second.telling.turns
    assert kinds(one) == ["text", "image_url"]
    assert kinds(two) == ["text", *["image_url"] * 3]
    assert "-# Not every picture of this conversation was looked at." in second.message["content"]


async def test_a_picture_that_is_gone_ends_only_what_asks_about_it(room: Room) -> None:
    first = await room.talked("This?", files=[PICTURE, CODE])
    room.discord.world.files.clear()
    second = await room.talked("And?", reply_to=int(first.message["id"]), call=False)
    again = await room.follow_up(await first.click("Regenerate"))

    assert second.telling.turns[0] == ("user", "This?\n\nx.py:\n```\n…\n```")
    assert again["content"].startswith("⌛ Discord does not hand that picture out any more.")


async def test_what_somebody_else_attached_is_asked_about_by_a_reply(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_room(db, clock, discord, **reading(discord)) as room:
        about = await room.say("Mine", who=BEA, call=False, files=[PICTURE])
        packed = await room.say("Mine", who=BEA, call=False, files=[ZIP])
        spoken = await room.talked("What is it?", reply_to=about)
        told = await room.told(await room.say("What is it?", reply_to=packed))

        ((_, content),) = spoken.telling.turns
        assert spoken.telling.body["model"] == "maker/seer"
        assert kinds(content) == ["text", "image_url", "text"]
        assert told["content"].startswith("⚠️ I cannot read `all.zip`.")


async def test_a_commands_picture_is_named_above_its_answer(room: Room) -> None:
    asked = await room.answered("A square.", prompt="What is it?", image=PICTURE)

    again = await room.talked("Sure?", reply_to=int(asked.message["id"]), call=False)

    assert asked.message["content"].startswith("> What is it?\n> 📎 x.png\nA square.\n-# maker")
    assert again.telling.turns[0] == ("user", "What is it?\n📎 x.png")
