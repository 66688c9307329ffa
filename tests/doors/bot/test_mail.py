"""/temp_mail and /inbox: made, read, opened and forgotten, and seen by their owner alone."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.core.clock import HandClock
from bot.sandbox.discord.components import walk
from bot.sandbox.discord.furniture import ADA, BEA, COMMANDS, LOBBY
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.upstreams.troubles import Fault
from bot.storage.database import Database
from tests.doors.bot.stage import (
    PEOPLE,
    SELECT,
    Stage,
    acted,
    buttons,
    custom_id,
    hidden,
    running,
    text,
)
from tests.fakes.studio import GMAIL_PRICE, Makers, makers

PHISHING = "Click https://evil.example/login now! ```\n@everyone"


@pytest.fixture
async def made() -> AsyncIterator[Makers]:
    """The upstreams."""
    async with makers() as served:
        yield served


@pytest.fixture
async def stage(
    db: Database, clock: HandClock, discord: LoopbackDiscord, made: Makers
) -> AsyncIterator[Stage]:
    """A bot that is connected and makes mailboxes."""
    async with acted(db, clock, discord, **made.settings) as opened, running(opened.bot):
        yield opened


def menu(message: dict[str, Any]) -> dict[str, Any]:
    (found,) = [each for each in walk(message["components"]) if each["type"] == SELECT]
    return found


async def pick(stage: Stage, message: dict[str, Any], value: str, *, has: str) -> dict[str, Any]:
    chosen = menu(message)["custom_id"]
    number = await stage.discord.acts.press(ADA, int(message["id"]), chosen, [value])
    return await stage.discord.acts.settled(number, done=lambda m: has in text(m))


def identifier(made: Makers, at: int = 0) -> str:
    return list(made.fresh.mail.kept)[at]


async def test_a_mailbox_is_made_and_only_its_owner_sees_it(stage: Stage, made: Makers) -> None:
    card = await stage.run("temp_mail")

    assert hidden(card)
    assert "@1secmail.com\n```" in text(card)
    assert "cost 160 · 79,840 tokens left today" in text(card)
    assert list(buttons(card)) == ["Refresh", "New address", "My mailboxes", "Forget..."]
    assert await stage.house.spent() == 160
    (record,) = await stage.house.records()
    assert record.endpoint == "discord.temp_mail"


async def test_domains_are_offered_with_their_prices(stage: Stage) -> None:
    acts = stage.discord.acts

    first = await acts.autocomplete(ADA, COMMANDS, "temp_mail", {"domain": ""}, "domain")
    gmail = await acts.autocomplete(ADA, COMMANDS, "temp_mail", {"domain": "GMA"}, "domain")

    assert len(first) == 25
    assert first[0] == {"name": "1secmail.com · 160 tokens", "value": "1secmail.com"}
    assert gmail == [{"name": "gmail.com · 1,600 tokens", "value": "gmail.com"}]
    card = await stage.run("temp_mail", domain="gmail.com")
    assert "@gmail.com" in text(card)
    assert await stage.house.spent() == GMAIL_PRICE


async def test_what_arrived_is_shown_and_opened_harmlessly(
    stage: Stage, made: Makers, clock: HandClock
) -> None:
    card = await stage.run("temp_mail")
    made.fresh.mail.deliver(identifier(made), "**Your** [prize](https://evil.example)", PHISHING)
    made.fresh.mail.kept[identifier(made)][-1]["attachments"] = [{"filename": "in`voice.exe"}]

    fresh = await stage.click(card, "Refresh", done=lambda m: "2 messages" in text(m))
    options = {each["label"]: each["value"] for each in menu(fresh)["options"]}
    opened = await pick(
        stage, fresh, options["**Your** [prize](https://evil.example)"], has="Attached"
    )

    assert hidden(fresh)
    assert "https://evil" not in text(fresh)
    assert hidden(opened)
    assert "hxxps://evil[.]example/login" in text(opened)
    assert "https://" not in text(opened)
    assert text(opened).count("```") == 2
    assert "`invoice.exe`" in text(opened)
    assert "Open no file" in text(opened)
    back = await stage.click(opened, "Back", done=lambda m: "2 messages" in text(m))
    assert back["id"] == card["id"]
    assert await stage.house.spent() == 160


async def test_refreshing_asks_the_upstream_every_five_seconds_at_most(
    stage: Stage, made: Makers, clock: HandClock
) -> None:
    card = await stage.run("temp_mail")
    asked = made.fresh.asked

    for _ in range(3):
        await stage.click(card, "Refresh", done=lambda m: "1 message" in text(m))

    assert made.fresh.asked == asked + 1


async def test_an_empty_mailbox_says_so(stage: Stage, made: Makers) -> None:
    card = await stage.run("temp_mail")
    made.fresh.mail.kept[identifier(made)].clear()

    fresh = await stage.click(card, "Refresh", done=lambda m: "Temporary" in text(m))

    assert "No messages yet" in text(fresh)
    assert [each for each in walk(fresh["components"]) if each["type"] == SELECT] == []


async def test_of_very_many_messages_25_can_be_opened(stage: Stage, made: Makers) -> None:
    card = await stage.run("temp_mail")
    for number in range(40):
        made.fresh.mail.deliver(identifier(made), f"Message {number} " + "ё" * 300, "…" * 9_000)

    fresh = await stage.click(card, "Refresh", done=lambda m: "41 messages" in text(m))
    chosen = menu(fresh)["options"][0]["value"]
    opened = await pick(stage, fresh, chosen, has="The API gives all of it")

    assert len(menu(fresh)["options"]) == 25
    assert len(text(opened)) <= 4_000


async def test_the_inbox_lists_every_mailbox_and_opens_one(
    stage: Stage, made: Makers, clock: HandClock
) -> None:
    assert "You have no mailboxes" in text(await stage.run("inbox"))
    for domain in ("gmail.com", "amik.pro"):
        await stage.run("temp_mail", domain=domain)
        clock.move(seconds=1)

    listed = await stage.run("inbox")
    options = menu(listed)["options"]
    opened = await pick(stage, listed, options[0]["value"], has="1 message")

    assert hidden(listed)
    assert [each["label"].partition("@")[2] for each in options] == ["amik.pro", "gmail.com"]
    assert "@amik.pro\n```" in text(opened)
    again = await stage.click(opened, "My mailboxes", done=lambda m: "Your mailboxes" in text(m))
    assert len(menu(again)["options"]) == 2


async def test_another_address_is_made_at_the_same_domain_beside_the_first(
    stage: Stage, made: Makers
) -> None:
    card = await stage.run("temp_mail", domain="gmail.com")

    other = await stage.click(card, "New address", done=lambda m: "@gmail.com" in text(m))

    assert hidden(other)
    assert other["id"] != card["id"]
    assert await stage.house.spent() == 2 * GMAIL_PRICE


async def test_a_mailbox_is_forgotten_only_when_that_is_confirmed(
    stage: Stage, made: Makers
) -> None:
    card = await stage.run("temp_mail")
    asked = await stage.click(card, "Forget...", done=lambda m: "Confirm" in buttons(m))
    kept = await stage.click(asked, "Cancel", done=lambda m: "Refresh" in buttons(m))
    assert "1 message" in text(kept)

    asked = await stage.click(kept, "Forget...", done=lambda m: "Confirm" in buttons(m))
    gone = await stage.click(asked, "Confirm", done=lambda m: "forgotten" in text(m))

    assert "You have no mailboxes" in text(
        await stage.click(gone, "My mailboxes", done=lambda m: "no mailboxes" in text(m))
    )


async def test_buttons_work_after_a_restart(
    db: Database, clock: HandClock, discord: LoopbackDiscord, made: Makers
) -> None:
    async with acted(db, clock, discord, **made.settings) as first, running(first.bot):
        card = await first.run("temp_mail")

    async with acted(db, clock, discord, **made.settings) as second, running(second.bot):
        fresh = await second.click(card, "Refresh", done=lambda m: "1 message" in text(m))

    assert "@1secmail.com" in text(fresh)


async def test_nobody_else_reads_a_mailbox_by_its_buttons(stage: Stage, made: Makers) -> None:
    card = await stage.run("temp_mail")
    forged = custom_id(card, "Refresh")
    stage.discord.world.readers.pop(int(card["id"]))

    number = await stage.discord.acts.press(BEA, int(card["id"]), forged)
    reply = await stage.discord.acts.answer(number)

    assert "belongs to somebody else" in text(reply)
    assert made.fresh.asked == 1


async def test_a_panel_that_others_see_never_shows_mail(stage: Stage, made: Makers) -> None:
    card = await stage.run("temp_mail")
    stage.discord.world.messages[int(card["id"])]["flags"] &= ~64

    reply = await stage.click(card, "Refresh")

    assert "old message" in text(reply)
    assert made.fresh.asked == 1


async def test_a_mailbox_that_expired_says_so(stage: Stage, made: Makers) -> None:
    card = await stage.run("temp_mail")
    made.fresh.mail.kept.clear()

    number = await stage.press(card, "Refresh")
    said = await follow_up(stage, number)

    assert "This mailbox has expired" in text(said)
    assert hidden(said)


async def test_a_message_that_is_no_longer_there_says_so(
    stage: Stage, made: Makers, clock: HandClock
) -> None:
    card = await stage.run("temp_mail")
    fresh = await stage.click(card, "Refresh", done=lambda m: "1 message" in text(m))
    made.fresh.mail.kept[identifier(made)].clear()
    clock.move(seconds=6)

    chosen = menu(fresh)
    number = await stage.discord.acts.press(
        ADA, int(fresh["id"]), chosen["custom_id"], [chosen["options"][0]["value"]]
    )
    said = await follow_up(stage, number)

    assert "no longer in the mailbox" in text(said)


async def follow_up(stage: Stage, number: int) -> dict[str, Any]:
    """Wait for a reply to a click that is a message of its own."""
    acts, source = stage.discord.acts, stage.discord.world.interactions[number].source

    def other() -> dict[str, Any] | None:
        return next((m for m in acts.replies(number) if int(m["id"]) != source), None)

    return await stage.discord.world.interactions[number].until(other, 5)


async def test_an_unknown_domain_costs_nothing(stage: Stage, made: Makers) -> None:
    reply = await stage.run("temp_mail", domain="example.org")

    assert "No mailbox can be made at `example.org`" in text(reply)
    assert made.fresh.asked == 0


async def test_an_upstream_that_fails_costs_nothing(stage: Stage, made: Makers) -> None:
    made.fresh.faults.next(Fault.BROKEN)

    reply = await stage.run("temp_mail")

    assert "Nothing was charged" in text(reply)
    assert made.fresh.asked == 1
    assert await stage.house.spent() == 0


async def test_only_members_of_a_home_guild_get_one(stage: Stage, made: Makers) -> None:
    reply = await stage.run("temp_mail", who=BEA, where=LOBBY)

    assert made.fresh.asked == 0
    assert hidden(reply)


async def test_the_suspended_get_none_and_read_none(stage: Stage, made: Makers) -> None:
    card = await stage.run("temp_mail")
    member = await stage.house.member(PEOPLE["ada"])
    await stage.house.inner.members.suspend(member, "Spam")

    refused = text(await stage.run("temp_mail"))
    listed = text(await stage.run("inbox"))
    said = await follow_up(stage, await stage.press(card, "Refresh"))

    assert all("Spam" in each for each in (refused, listed, text(said)))
    assert made.fresh.asked == 1
