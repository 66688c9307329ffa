"""/speech: what is said, how long it is, and by whom."""

import pytest

from bot.sandbox.discord.furniture import ADA, CHAT
from bot.sandbox.upstreams.sounding import spoken
from bot.sandbox.upstreams.troubles import Fault, Trouble
from tests.doors.bot.stage import hidden
from tests.doors.media.hall import Hall

LONG = "word " * 40  # 130 ms each


async def test_a_text_is_said_in_a_file_with_its_length_and_cost(hall: Hall) -> None:
    message = await hall.make("speech", text=LONG)

    quote, footer = message["content"].split("\n")
    assert quote == f"> {LONG.strip()}"
    assert footer == "-# tts-1 · alloy · 0:05 · cost 800 · 79,200 tokens left today"
    [file] = message["attachments"]
    assert (file["filename"], file["content_type"]) == ("speech.mp3", "audio/mpeg")
    assert file["description"] == LONG
    assert hall.files(message) == [b"".join(spoken(LONG, "mp3")[1])]
    assert not hidden(message)
    [record] = await hall.house.records()
    assert record.endpoint == "discord.speech"


async def test_a_voice_is_found_however_it_is_written(hall: Hall) -> None:
    message = await hall.make("speech", text="Hello", voice="boris", model="echo-tts")

    assert "-# echo-tts · Boris · 0:01 · cost 400 ·" in message["content"]
    assert hall.upstreams["openai"].seen[0].body["voice"] == "Boris"


async def test_voices_are_offered_by_the_model_that_is_chosen(hall: Hall) -> None:
    async def offered(typed: str, **options: str) -> list[str]:
        given = {"voice": typed} | options
        found = await hall.discord.acts.autocomplete(ADA, CHAT, "speech", given, "voice")
        return [each["value"] for each in found]

    assert await offered("") == ["alloy", "echo", "fable", "onyx", "nova", "shimmer"]
    assert await offered("O") == ["onyx", "alloy", "echo", "nova"]
    assert await offered("", model="echo-tts") == ["Anna", "Boris"]
    assert await offered("", model="alex-tts") == ["alex", "sophia"]
    assert await offered("", model="nothing") == []


async def test_models_that_speak_are_offered(hall: Hall) -> None:
    offered = await hall.discord.acts.autocomplete(ADA, CHAT, "speech", {}, "model")

    assert [each["name"] for each in offered] == [
        "tts-1 · 800 tokens",
        "alex-tts · 800 tokens",
        "echo-tts · 400 tokens",
    ]


async def test_what_cannot_be_said_is_refused_in_words(hall: Hall) -> None:
    refusals = [
        ({"text": "x" * 5_120}, "⚠️ A speech may have 4,096 characters; yours has 5,120."),
        ({"text": " "}, "⚠️ `text` must be a text of 1 to 4,096 characters."),
        ({"voice": "nobody"}, "⚠️ `tts-1` has no voice `nobody`. Choose one of: alloy, echo"),
        ({"model": "flux"}, "⚠️ `flux` is not for speech, it is for: image, edit."),
        ({"model": "echo-tts", "voice": "alloy"}, "⚠️ `echo-tts` has no voice `alloy`."),
    ]

    for options, words in refusals:
        message = await hall.make("speech", **({"text": "Hello"} | options))
        assert message["content"].startswith(words)

    assert await hall.house.spent() == 0


async def test_a_speech_that_breaks_off_is_there_as_far_as_it_came(hall: Hall) -> None:
    hall.upstreams["openai"].faults.next(Trouble(Fault.CUT, 20))

    message = await hall.make("speech", text=LONG)

    assert "\n-# The speech broke off here." in message["content"]
    assert "\n-# tts-1 · alloy · 0:03 · cost 800" in message["content"]
    [data] = hall.files(message)
    assert b"".join(spoken(LONG, "mp3")[1]).startswith(data)


async def test_an_upstream_that_fails_costs_nothing(hall: Hall) -> None:
    for upstream in hall.upstreams.values():
        upstream.faults.every(Fault.BROKEN)

    message = await hall.make("speech", text="Hello")

    assert message["content"].startswith("> Hello\n🔌 `tts-1` is not answering.")
    assert await hall.house.spent() == 0


async def test_no_file_is_longer_than_discord_takes(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.cogs.media.bench.LARGEST_FILE", 5_000)

    message = await hall.make("speech", text=LONG)

    assert message["attachments"][0]["size"] == 5_000
    assert "Discord takes no longer file, so the speech ends here." in message["content"]
