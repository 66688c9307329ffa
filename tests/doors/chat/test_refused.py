"""Why /chat does not answer: said at once, shortly where everybody reads it, and free of charge."""

import pytest

from bot.core.clock import HandClock
from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.furniture import ADA, BEA, CHAT, LOBBY
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.stage import buttons, hidden
from tests.doors.chat.room import CUT, MODEL, MODELS, Room, opened_room

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def picture(size: int = len(PNG), kind: str = "image/png", name: str = "x.png") -> Upload:
    return Upload(name, PNG.ljust(size, b"\0"), kind)


@pytest.mark.parametrize("private", [False, True])
async def test_an_upstream_that_fails_before_any_content_costs_nothing(
    room: Room, private: bool
) -> None:
    number = await room.ask(private=private)
    for _ in range(2):  # asked, and asked once more
        (await room.teller.asked()).fail(500)
    told = await room.discord.acts.answer(number)

    assert told["content"] == (
        "🔌 `gpt-4o` is not answering. Nothing was charged. Try again, or choose another model."
    )
    assert hidden(told) == private
    assert buttons(told) == {}
    assert await room.house.spent() == 0


async def test_an_upstream_that_fails_after_content_keeps_it_and_says_so(room: Room) -> None:
    asked = await room.asked()
    asked.telling.say("One. ", "Two.")
    await asked.reads("Two.")
    asked.telling.cut()
    over = await asked.over()

    assert over["content"].startswith(
        "> Why?\nOne. Two.\n-# The answer broke off here. What it cost stands below; press "
        "Continue to go on from here, or Regenerate to begin anew.\n-# gpt-4o · cost "
    )
    assert list(buttons(over)) == CUT
    [record] = await room.house.records()
    assert record.status == "partial"


async def test_a_spent_allowance_is_a_short_public_word_and_a_long_private_one(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_room(db, clock, discord, limits={"daily_tokens": 30}) as room:
        await room.answered("Hello.", prompt="Hi")
        aloud = await room.discord.acts.answer(await room.ask("Hi"))
        alone = await room.discord.acts.answer(await room.ask("Hi", private=True))

        assert aloud["content"] == (
            "🪫 Too little of today's allowance is left for this. Nothing was charged. "
            "/all_limits shows where you stand."
        )
        assert not hidden(aloud)
        assert "are left" in alone["content"]
        assert hidden(alone)


async def test_regenerate_on_a_spent_allowance_tells_its_asker_alone(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_room(db, clock, discord, limits={"daily_tokens": 30}) as room:
        asked = await room.answered("Hello.", prompt="Hi")
        told = await room.follow_up(await asked.click("Regenerate"))

        assert hidden(told)
        assert "are left" in told["content"]
        assert asked.message["content"].startswith("> Hi\nHello.")


async def test_without_models_nothing_can_be_asked(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_room(db, clock, discord, models=MODELS[3:4]) as room:
        told = await room.said(await room.ask())
        blind = await room.said(await room.ask(image=picture()))
        offered = await room.discord.acts.autocomplete(ADA, CHAT, "chat", {}, "model")

        assert told == blind
        assert told.startswith("🔌 No model can be called yet.")
        assert offered == []


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("gpt-4", "🔎 There is no model `gpt-4`. Did you mean `gpt-4o`"),
        ("flux", "⚠️ `flux` is not for talking, it is for: image. /models lists"),
        ("claude-3-5-sonnet", "🔒 `claude-3-5-sonnet` needs Claude access."),
        ("<@1> " * 40, "🔎 There is no model `<@1>"),
    ],
)
async def test_a_model_that_cannot_answer_is_refused_in_words(
    room: Room, model: str, words: str
) -> None:
    told = await room.said(await room.ask(model=model))

    assert told.startswith(words)
    assert room.teller.calls == []


async def test_the_first_chat_model_answers_unless_another_is_asked_for(room: Room) -> None:
    first = await room.answered("Hello.")
    other = await room.answered("Hello.", model="maker/seer")

    assert first.telling.body["model"] == "gpt-4o"
    assert "-# maker/seer · cost 28 " in other.message["content"]


async def test_web_asks_the_models_entry_with_network_access(room: Room) -> None:
    found = await room.answered("Hello.", web=True)
    named = await room.answered("Hello.", web=True, model="online")
    without = await room.said(await room.ask(web=True, model="maker/seer"))

    assert "-# gpt-4o+web · cost 22 " in found.message["content"]
    assert "-# gpt-4o+web · cost 22 " in named.message["content"]
    assert without.startswith("⚠️ `maker/seer` cannot look things up.")


async def test_a_picture_goes_to_the_first_model_that_sees_again_and_again(room: Room) -> None:
    asked = await room.answered("A square.", prompt="What is it?", image=picture())
    again = await asked.again()
    again.telling.end("A blue square.")
    await again.over()

    text, image = asked.telling.content
    assert text == {"type": "text", "text": "What is it?"}
    assert image["image_url"]["url"].startswith("data:image/png;base64,iVBORw0KGgo")
    assert again.telling.content == asked.telling.content
    assert "-# maker/seer" in asked.message["content"]


@pytest.mark.parametrize(
    ("image", "model", "words"),
    [
        (picture(kind="text/plain", name="x.txt"), None, "⚠️ `image` takes pictures. For a text"),
        (picture(kind="", name="x"), None, "⚠️ That file is no picture I can read."),
        (picture(size=10_485_761), None, "⚠️ That picture is too large. Up to 10 MB work."),
        (picture(), "gpt-4o", "⚠️ `gpt-4o` cannot see pictures. These can: `maker/seer`."),
    ],
)
async def test_what_no_model_can_look_at_is_refused(
    room: Room, monkeypatch: pytest.MonkeyPatch, image: Upload, model: str | None, words: str
) -> None:
    # Members with Nitro may upload more than a bot.
    monkeypatch.setattr("bot.sandbox.discord.payloads.MOST_FILE_BYTES", 1 << 30)

    told = await room.said(await room.ask(image=image, model=model))

    assert told.startswith(words)
    assert room.teller.calls == []


async def test_a_picture_that_discord_no_longer_has_is_asked_for_again(room: Room) -> None:
    asked = await room.answered("A square.", image=picture())
    room.discord.world.files.clear()

    told = await room.follow_up(await asked.click("Regenerate"))

    assert told["content"].startswith("⌛ Discord does not hand that picture out any more.")
    assert len(room.teller.calls) == 1


async def test_outside_the_home_guild_only_members_seen_at_home_are_answered(room: Room) -> None:
    stranger = await room.said(await room.ask(who=BEA, where=LOBBY))
    await room.answered("Hello.", who=BEA)

    asked = await room.answered("Hello.", who=BEA, where=LOBBY)

    assert stranger.startswith("🔒 This is for members of our own server.")
    assert "Hello." in asked.message["content"]


async def test_models_are_offered_by_how_well_they_fit(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    ids = ["acme/turbo", "turbo-2", "a-turbo", "microturbos", "other", "turbo-2+web"]
    models = [MODEL | {"id": name} for name in ids] + [
        MODEL | {"id": "claude", "access": "claude", "coefficient": 1.25, "aliases": ["turbine"]},
        MODEL | {"id": "turbo-pictures", "kind": "image"},
        *(MODEL | {"id": f"filler-{number}"} for number in range(30)),
    ]
    async with opened_room(db, clock, discord, models=models) as room:
        offer = room.discord.acts.autocomplete
        fitting = await offer(ADA, CHAT, "chat", {"model": " TURB"}, "model")
        everything = await offer(ADA, CHAT, "chat", {"model": ""}, "model")
        nothing = await offer(ADA, CHAT, "chat", {"model": "x" * 200}, "model")

        names = [choice["value"] for choice in fitting]
        assert names == ["turbo-2", "claude", "acme/turbo", "a-turbo", "microturbos"]
        assert fitting[1]["name"] == "claude · x1.25 · claude access"
        assert len(everything) == 25
        assert nothing == []
