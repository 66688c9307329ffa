"""/describe, and "Describe image" in the menu on a message."""

from typing import Any

import pytest

from bot.core.clock import HandClock
from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.furniture import ADA, BEA, CHAT
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.upstreams.troubles import Fault
from bot.storage.database import Database
from tests.doors.bot.stage import hidden
from tests.doors.media.hall import OURS, Hall, opened_hall, picture, png

SEEN = (
    "I see a picture. It is 8 × 8 pixels, mostly blue. "
    "The sandbox's stand-in looked at it; a real model would say what it shows."
)
MENU = "Describe image"


def question_to(hall: Hall, upstream: str) -> list[Any]:
    """Return the parts of the last chat an upstream was asked."""
    return list(hall.upstreams[upstream].seen[-1].body["messages"][0]["content"])


async def test_a_picture_is_described_below_itself(hall: Hall) -> None:
    message = await hall.make("describe", image=picture(png(9)))

    assert message["content"] == f"{SEEN}\n-# gpt-4o · cost 800 · 79,200 tokens left today"
    [file] = message["attachments"]
    assert file["description"] == SEEN
    assert hall.files(message) == [png(9)]
    assert not hidden(message)
    _, image = question_to(hall, "freetheai")
    assert image["image_url"]["url"].startswith("data:image/png;base64,iVBOR")
    [record] = await hall.house.records()
    assert record.endpoint == "discord.describe"


async def test_a_question_is_quoted_and_asked(hall: Hall) -> None:
    message = await hall.make("describe", image=picture(), question="Which colour?")

    assert message["content"].startswith(f"> Which colour?\n{SEEN}")
    assert question_to(hall, "freetheai")[0]["text"] == "Which colour?"


async def test_who_sees_without_questions_is_asked_none_unless_it_is_wanted(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    # The first one for pictures is airforce's: it describes by a picture's address alone.
    models = sorted(OURS, key=lambda each: each["id"] != "gemini-pro-vision")
    models = [each for each in models if each["id"] != "gpt-4o"]
    async with opened_hall(db, clock, discord, models=models) as hall:
        plain = await hall.make("describe", image=picture(png(3, (900, 900))))
        asked = await hall.make("describe", image=picture(), question="Which colour?")
        stubborn = await hall.make(
            "describe", image=picture(), question="Why?", model="gemini-pro-vision"
        )
        [looked] = hall.upstreams["airforce"].seen

    assert "gemini-pro-vision · cost 800" in plain["content"]
    assert looked.body["url"].startswith(f"{discord.url}/ephemeral-attachments/")
    assert "maker/seer · cost 1,600" in asked["content"]
    assert "leave the question out" in stubborn["content"]


async def test_models_that_see_are_offered(hall: Hall) -> None:
    offered = await hall.discord.acts.autocomplete(ADA, CHAT, "describe", {}, "model")

    assert [each["value"] for each in offered] == ["gpt-4o", "gemini-pro-vision", "maker/seer"]


async def test_a_long_description_goes_on_in_another_message(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sandbox.upstreams.assistant._words", lambda *_: "Blue. " * 500)

    message = await hall.make("describe", image=picture())

    first, second = hall.discord.world.messages.values()
    assert first["id"] == message["id"]
    assert len(first["attachments"][0]["description"]) == 1_024
    assert first["attachments"][0]["description"].endswith("…")
    assert second["content"].endswith("-# gpt-4o · cost 800 · 79,200 tokens left today")


async def test_what_is_no_picture_is_refused(hall: Hall) -> None:
    said = await hall.make("describe", image=picture(b"words", "text/plain", "x.txt"))
    held = await hall.make("describe", image=picture(b"words", "image/png", "x.png"))

    words = "⚠️ That file is no picture I can read. PNG, JPEG, WEBP and GIF work."
    assert said["content"] == held["content"] == words
    assert await hall.house.spent() == 0


async def test_an_upstream_that_fails_costs_nothing(hall: Hall) -> None:
    for upstream in hall.upstreams.values():
        upstream.faults.every(Fault.BROKEN)

    message = await hall.make("describe", image=picture(), question="Why?")

    assert message["content"].startswith("> Why?\n🔌 `gpt-4o` is not answering.")
    assert message["components"] == []
    assert await hall.house.spent() == 0


async def test_the_first_picture_of_a_message_is_described_to_who_asks_alone(hall: Hall) -> None:
    files = [Upload("notes.txt", b"words", "text/plain"), picture(png(5)), picture(png(6))]
    shown = await hall.discord.acts.say(BEA, CHAT, "Look!", files=files)

    message = await hall.over(await hall.on_message(MENU, shown))

    assert message["content"].startswith(SEEN)
    assert hidden(message)
    assert message["attachments"] == []
    assert await hall.house.spent() == 800


async def test_a_picture_that_an_embed_shows_is_described_by_its_address(hall: Hall) -> None:
    shown = await hall.discord.acts.say(BEA, CHAT, "A link")
    media = {"url": "https://93.184.215.14/a.png", "proxy_url": "https://93.184.215.14/b.png"}
    hall.discord.world.messages[shown]["embeds"] = [{"type": "image", "thumbnail": media}]

    message = await hall.over(await hall.on_message(MENU, shown))

    assert message["content"].startswith("I see a picture. I have only its address")
    assert question_to(hall, "freetheai")[1]["image_url"]["url"] == media["proxy_url"]


async def test_a_message_without_a_picture_says_so(hall: Hall) -> None:
    shown = await hall.discord.acts.say(BEA, CHAT, "Only words")

    message = await hall.over(await hall.on_message(MENU, shown))

    assert message["content"].startswith("⚠️ There is no picture in that message.")
    assert hidden(message)


async def test_what_is_the_members_own_is_told_them_alone(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_hall(db, clock, discord, limits={"daily_tokens": 100}) as hall:
        shown = await discord.acts.say(BEA, CHAT, "Look!", files=[picture()])
        aloud = await hall.make("describe", image=picture())
        alone = await hall.over(await hall.on_message(MENU, shown))

    assert aloud["content"].startswith("🪫 Too little of today's allowance is left for this.")
    assert "100 of 100 are left" in alone["content"]
