"""Again and Vary below pictures: at once, after a restart, and when nobody knows any more."""

from typing import Any

from bot.core.clock import HandClock
from bot.sandbox.discord.furniture import ADA, BEA, CHAT
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.stage import buttons, custom_id, hidden, running
from tests.doors.chat.room import paced
from tests.doors.media.hall import PATIENT, Hall, full, opened_hall, picture


async def vary(hall: Hall, message: dict[str, Any], prompt: str | None) -> dict[str, Any]:
    """Press Vary, send the modal with another prompt (None: as it is), return what is made."""
    opener = await hall.press(message, full(message, "Vary"))
    modal = await hall.discord.acts.modal(opener)
    [label] = modal["components"]
    fields = {"prompt": label["component"]["value"] if prompt is None else prompt}
    return await hall.over(await hall.discord.acts.submit(ADA, opener, fields))


async def test_again_makes_others_below_and_costs_again(hall: Hall) -> None:
    first = await hall.make("imagine", prompt="A fox", n=2, size="9:16", model="flux")
    again = await hall.pressed(first, "Again")

    assert again["id"] != first["id"]
    assert again["content"] == "> A fox\n-# flux · cost 1,600 · 76,800 tokens left today"
    assert len(again["attachments"]) == 2
    assert list(buttons(again)) == ["Again · 1,600", "Vary"]
    assert not hidden(again)
    assert len(hall.now(first)["attachments"]) == 2


async def test_vary_asks_for_other_words_and_keeps_the_rest(hall: Hall) -> None:
    first = await hall.make("imagine", prompt="A fox", n=2, size="2:1")
    opener = await hall.press(first, "Vary")
    modal = await hall.discord.acts.modal(opener)
    same = await hall.over(await hall.discord.acts.submit(ADA, opener, {"prompt": "A hen"}))

    [label] = modal["components"]
    assert modal["title"] == "Vary the picture"
    assert label["component"]["value"] == "A fox"
    assert same["content"].startswith("> A hen\n")
    assert len(same["attachments"]) == 2
    assert hall.upstreams["openai"].seen[-1].body["size"] == "1792x1024"
    assert await hall.house.spent() == 3_200


async def test_the_buttons_work_after_a_restart(hall: Hall) -> None:
    first = await hall.make("imagine", prompt="A *red* fox\nin > snow", n=2, size="9:16")
    await hall.bot.client.close()

    async with running(paced(hall, PATIENT)):
        again = await hall.pressed(first, "Again")
        varied = await vary(hall, again, None)

    bodies = [each.body for each in hall.upstreams["openai"].seen]
    assert [each["prompt"] for each in bodies] == ["A *red* fox\nin > snow"] * 3
    assert [each["n"] for each in bodies] == [2, 2, 2]
    assert len({each["size"] for each in bodies}) == 1
    assert len(again["attachments"]) == len(varied["attachments"]) == 2


async def test_what_a_restart_forgot_is_said(hall: Hall) -> None:
    long = await hall.make("imagine", prompt="fox " * 400)
    edited = await hall.make("edit_image", prompt="Bluer", image=picture())
    await hall.bot.client.close()

    async with running(paced(hall, PATIENT)):
        told = [
            await hall.discord.acts.answer(await hall.press(message, full(message, label)))
            for message in (long, edited)
            for label in ("Again", "Vary")
        ]

    words = "⌛ This is too old to be made again. Run the command with your words."
    assert [each["content"] for each in told] == [words] * 4
    assert all(map(hidden, told))
    assert await hall.house.spent() == 1_600


async def test_a_model_that_went_meanwhile_is_named_or_the_picture_too_old(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_hall(db, clock, discord) as hall:
        first = await hall.make("imagine", prompt="A fox", model="flux")
    async with opened_hall(db, clock, discord, models=[]) as hall:
        told = await discord.acts.answer(await hall.press(first, full(first, "Again")))

    assert told["content"].startswith("⌛ This is too old")


async def test_only_who_asked_makes_it_again(hall: Hall) -> None:
    message = await hall.make("imagine", prompt="A fox")

    for label in ("Again", "Vary"):
        number = await hall.press(message, full(message, label), who=BEA)
        told = await hall.discord.acts.answer(number)
        assert told["content"].startswith("🔒 This panel belongs to somebody else.")
        assert hidden(told)
    assert len(hall.sent(CHAT)) == 3


async def test_a_forged_button_is_an_old_one(hall: Hall) -> None:
    message = await hall.make("imagine", prompt="A fox")
    known = hall.discord.world.messages[int(message["id"])]
    button = known["components"][0]["components"][0]
    assert button["custom_id"] == custom_id(message, full(message, "Again"))

    for rest in ("", "1", "x:0:1:-", "1:0:9:-", "1:0:1:-:more", "1:zz:1:-"):
        button["custom_id"] = f"draw.again:{ADA}:{rest}"
        number = await hall.discord.acts.press(ADA, int(message["id"]), button["custom_id"])
        told = await hall.discord.acts.answer(number)
        assert told["content"].startswith("⌛ This ")

    assert await hall.house.spent() == 800


async def test_the_price_on_the_button_is_the_one_in_force(hall: Hall) -> None:
    first = await hall.make("imagine", prompt="A fox")
    hall.house.inner.catalogue.reprice({"flux": 2_000})
    again = await hall.pressed(first, "Again")

    assert list(buttons(again)) == ["Again · 1,600", "Vary"]
    assert "cost 1,600" in again["content"]
