"""/edit_image: what is changed, and pictures that are none."""

import pytest

from bot.sandbox.upstreams.troubles import Fault
from tests.doors.bot.stage import buttons
from tests.doors.media.hall import Hall, picture, png


async def test_a_picture_is_changed_and_can_be_again(hall: Hall) -> None:
    message = await hall.make("edit_image", image=picture(png(7)), prompt="Add a hat")
    again = await hall.pressed(message, "Again")

    first, second = hall.upstreams["openai"].seen
    assert first.path.endswith("/images/edits")
    assert first.files == second.files == {"image": png(7)}
    assert message["content"] == "> Add a hat\n-# flux · cost 800 · 79,200 tokens left today"
    assert [each["description"] for each in message["attachments"]] == ["Add a hat"]
    assert list(buttons(again)) == ["Again · 800", "Vary"]
    assert {record.endpoint for record in await hall.house.records()} == {"discord.edit_image"}


async def test_what_is_no_picture_is_refused_by_its_bytes(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Members with Nitro may upload more than a bot.
    monkeypatch.setattr("bot.sandbox.discord.payloads.MOST_FILE_BYTES", 1 << 30)
    refusals = [
        (picture(b"words", "text/plain", "x.txt"), "That file is no picture I can read."),
        (picture(b"words", "image/png", "x.png"), "That file is no picture I can read."),
        (picture(png()[:40]), "`image` must be a whole PNG, JPEG, WebP or GIF picture"),
        (picture(bytes(10_485_761)), "That picture is too large. Up to 10 MB work."),
    ]

    for image, words in refusals:
        message = await hall.make("edit_image", image=image, prompt="Add a hat")
        assert message["content"].startswith(f"⚠️ {words}")

    assert hall.upstreams["openai"].asked == 0
    assert await hall.house.spent() == 0


async def test_a_model_that_only_makes_pictures_changes_none(hall: Hall) -> None:
    message = await hall.make("edit_image", image=picture(), prompt="A hat", model="claude-paints")

    assert message["content"].startswith("⚠️ `claude-paints` is not for changing pictures")


async def test_a_picture_that_discord_no_longer_has_is_asked_for_again(hall: Hall) -> None:
    message = await hall.make("edit_image", image=picture(), prompt="A hat")
    hall.discord.world.files.clear()

    told = await hall.pressed(message, "Again")

    assert told["content"].startswith("⌛ Discord does not hand that picture out any more.")
    assert await hall.house.spent() == 800


async def test_an_upstream_that_fails_costs_nothing(hall: Hall) -> None:
    hall.upstreams["openai"].faults.every(Fault.BROKEN)

    message = await hall.make("edit_image", image=picture(), prompt="A hat")

    assert "Nothing was charged" in message["content"]
    assert await hall.house.spent() == 0
