"""/ask: an answer from the web that grows, and its sources."""

from collections.abc import AsyncIterator, Callable

import orjson
import pytest

from bot.core.clock import HandClock
from bot.sandbox.discord.furniture import ADA, CHAT
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.upstreams.airforce import FINDING, SOURCES, LoopbackAirforce
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.storage.database import Database
from tests.doors.bot.stage import buttons, hidden
from tests.doors.media.hall import OURS, QUICK, Hall, opened_hall


def telling(*lines: tuple[str, str]) -> Callable[..., AsyncIterator[bytes]]:
    """Return what answers with these words and links."""

    async def tell(*_: object) -> AsyncIterator[bytes]:
        for message, url in lines:
            yield orjson.dumps({"message": message, "url": url}) + b"\n"

    return tell


async def test_a_question_is_answered_and_its_upstreams_own_links_are_not_told(hall: Hall) -> None:
    message = await hall.make("ask", question="Why is the sky blue?")

    assert message["content"] == (
        f"> Why is the sky blue?\n{FINDING.format(question='Why is the sky blue?')}\n\n"
        f"**Sources**\n1. <{SOURCES[0]}>\n2. <{SOURCES[1]}>\n"
        "-# any-search · cost 800 · 79,200 tokens left today"
    )
    assert list(buttons(message)) == ["Regenerate", "Delete"]
    assert not hidden(message)
    [record] = await hall.house.records()
    assert record.endpoint == "discord.ask"


async def test_five_sources_are_listed_once_each_and_none_is_previewed(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [("x ", f"https://example.org/{number}") for number in range(1, 8)]
    odd = [("", "javascript:alert(1)"), ("", "https://example.org/>evil")]
    lines = [("See htt", ""), ("ps://example.com/a. ", ""), *odd, *many[:2], *many]
    monkeypatch.setattr(LoopbackAirforce, "_lines", telling(*lines))

    message = await hall.make("ask", question="Why?")

    text = message["content"].partition("\n-# ")[0]
    assert text == (
        "> Why?\nSee <https://example.com/a>. x x x x x x x x x \n\n**Sources**\n"
        "1. <https://example.org/1>\n2. <https://example.org/2>\n3. <https://example.org/3>\n"
        "4. <https://example.org/4>\n5. <https://example.org/5>"
    )


async def test_an_answer_that_breaks_off_keeps_its_words_and_sources(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [("Because ", "https://example.org/1"), ("of light", ""), ("never ", "")]
    monkeypatch.setattr(LoopbackAirforce, "_lines", telling(*lines))
    hall.upstreams["airforce"].faults.next(Trouble(Fault.CUT, 2))

    message = await hall.make("ask", question="Why?")

    assert message["content"].startswith(
        "> Why?\nBecause of light\n\n**Sources**\n1. <https://example.org/1>\n"
        "-# The answer broke off here."
    )
    assert await hall.house.spent() == 800


async def test_an_answer_grows_and_can_be_stopped(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_hall(db, clock, discord, QUICK) as hall:
        hall.upstreams["airforce"].faults.next(Trouble(Fault.SLOW, 3))
        asked = {"question": "one two three four five"}
        number = await discord.acts.command(ADA, CHAT, "ask", asked)
        growing = await discord.acts.settled(number, done=lambda m: "Stop" in buttons(m))
        await hall.press(growing, "Stop")
        over = await hall.over(number)

    assert over["content"].startswith("> one two three four five\nI am the\n")
    assert "\n-# stopped\n-# any-search · cost 800" in over["content"]


async def test_regenerate_asks_again(hall: Hall) -> None:
    first = await hall.make("ask", question="Why?")
    number = await hall.press(first, "Regenerate")
    again = await hall.over(number)

    assert again["id"] == first["id"]
    assert list(buttons(again)) == ["Regenerate", "Delete", "◀", "2/2", "▶"]
    assert await hall.house.spent() == 1_600


async def test_without_a_model_that_searches_that_is_said(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_hall(db, clock, discord, models=[OURS[0]]) as hall:
        message = await hall.make("ask", question="Why?")

    assert message["content"].startswith("🔌 No model here is for looking things up yet.")


async def test_an_upstream_that_fails_costs_nothing(hall: Hall) -> None:
    hall.upstreams["airforce"].faults.every(Fault.BROKEN)

    message = await hall.make("ask", question="Why?")

    assert message["content"].startswith("🔌 `any-search` is not answering. Nothing was charged.")
    assert await hall.house.spent() == 0
