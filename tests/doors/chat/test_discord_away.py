"""Discord answers late, badly or not at all; the token's 15 minutes end: the answer arrives."""

import asyncio

import pytest

from bot.cogs.chat.pace import Pace
from bot.core.clock import HandClock
from bot.sandbox.discord.furniture import BOT_ROLE, CHAT, HOME
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.stage import buttons, hidden
from tests.doors.chat.room import DONE, LAZY, Asked, Room, opened_room

INVALID_TOKEN = 50027
WEBHOOK, CHANNEL = "/webhooks/", "/channels/"


async def begun(room: Room, *texts: str, **options: object) -> Asked:
    """Ask, and wait until the answer shows that it grows."""
    asked = await room.asked(**options)
    asked.telling.say(*texts)
    await asked.sees(lambda message: "Stop" in buttons(message))
    return asked


def written(room: Room, path: str) -> list[str]:
    """Return what was written through the interaction's token, or as the bot."""
    writes = [r for r in room.discord.requests if r.method in {"PATCH", "POST"} and r.status == 200]
    return [r.body["content"] for r in writes if path in r.path and "content" in (r.body or {})]


async def test_an_edit_that_is_lost_is_made_good_by_the_next(room: Room) -> None:
    asked = await begun(room, "One. ")
    room.discord.faults.cut("PATCH", "@original")
    asked.telling.say("Two, in more than the forty characters that an edit is worth. ")
    seen = await asked.reads("forty characters")
    asked.telling.end("Three.")
    over = await asked.over()

    assert seen["content"].startswith("> Why?\nOne. Two,")
    assert (
        "One. Two, in more than the forty characters that an edit is worth. Three.\n"
        in (over["content"])
    )


async def test_the_first_edit_may_be_lost_too(room: Room) -> None:
    room.discord.faults.cut("PATCH", "@original", times=2)

    asked = await begun(room, "One. ")

    asked.telling.end("Two.")
    over = await asked.over()
    assert over["content"].startswith("> Why?\nOne. Two.\n-# gpt-4o")
    assert list(buttons(over)) == DONE


@pytest.mark.parametrize("trouble", ["cut", "banned", "limited", "broken"])
async def test_the_last_edit_is_tried_until_it_arrives(
    db: Database, clock: HandClock, discord: LoopbackDiscord, trouble: str
) -> None:
    pace = Pace(first=0.0, spacing=LAZY.spacing, retries=(0.0, 0.0))
    async with opened_room(db, clock, discord, pace) as room:
        asked = await begun(room, "One. ")
        match trouble:
            case "cut":
                discord.faults.cut("PATCH", "@original", times=2)
            case "banned":  # without Via the library gives up at once
                discord.faults.limit("PATCH", "@original", times=2, via=False)
            case "limited":
                discord.faults.limit("PATCH", "@original", retry_after=0.01)
            case "broken":  # the library itself waits a second
                discord.faults.garble("PATCH", "@original")
        asked.telling.end("Two.")
        over = await asked.over()

        assert over["content"].startswith("> Why?\nOne. Two.\n-# gpt-4o")


async def test_an_end_that_never_arrives_is_given_up_and_logged(
    db: Database,
    clock: HandClock,
    discord: LoopbackDiscord,
    caplog: pytest.LogCaptureFixture,
) -> None:
    pace = Pace(first=0.0, spacing=LAZY.spacing, retries=(0.0, 0.0))
    async with opened_room(db, clock, discord, pace) as room:
        asked = await begun(room, "One. ")
        discord.faults.cut("PATCH", "@original", times=3)
        asked.telling.end("Two.")
        await room.until(lambda: not room.bot.client._running)
        again = await room.answered("Hello.")

        assert "Hello." in again.message["content"]
        assert caplog.text.count("the end of an answer waits") == 2
        assert caplog.text.count("the end of an answer was lost: ServerDisconnectedError") == 1
        assert "Traceback" not in caplog.text
        assert await room.house.spent() == 23


async def test_a_refused_end_is_not_tried_again(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_room(db, clock, discord, LAZY) as room:
        asked = await begun(room, "One. ")
        discord.faults.refuse("PATCH", "@original", 400, code=50035)
        asked.telling.end("Two.")
        await room.until(lambda: not room.bot.client._running)

        told = room.discord.acts.replies(asked.number)[-1]
        assert told["content"].startswith("🛠️ Something broke on our side")
        assert hidden(told)


async def test_a_lost_continuation_is_sent_again(room: Room) -> None:
    asked = await begun(room, "x" * 1_800 + "\n")
    room.discord.faults.cut("POST", WEBHOOK)
    asked.telling.say("y" * 500)
    await room.until(lambda: len(asked.parts) == 2)
    asked.telling.end()
    await asked.over()

    assert [part[:8] for part in asked.parts] == ["> Why?\nx", "yyyyyyyy"]


async def test_an_edit_that_hangs_is_given_up(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    pace = Pace(first=0.0, spacing=(0.0,), patience=0.3, retries=(0.0, 0.0))
    async with opened_room(db, clock, discord, pace) as room:
        gate = discord.faults.hold("PATCH", "@original")
        asked = await room.asked()
        asked.telling.end("One. ")
        over = await asked.over()
        gate.set()

        assert over["content"].startswith("> Why?\nOne.\n-# gpt-4o")


async def test_after_14_minutes_a_public_answer_goes_on_with_the_bots_own_token(
    room: Room, clock: HandClock
) -> None:
    asked = await begun(room, "x" * 1_500 + "\n", "One. ")
    clock.move(minutes=14)
    asked.telling.say("y" * 500)
    await room.until(lambda: len(asked.parts) == 1 and len(room.sent(CHAT)) == 2)
    asked.telling.end("z" * 50 + "\n", "Done.")
    await room.until(lambda: not room.bot.client._running)

    said = room.sent(CHAT)
    assert "Stop" not in buttons(asked.message)
    assert list(buttons(asked.message)) == DONE
    assert said[1].startswith("One. " + "y" * 500)
    assert "Done.\n-# gpt-4o" in said[1]
    assert written(room, CHANNEL)
    later = list(room.discord.world.messages.values())[1]
    assert later["message_reference"]["message_id"] == asked.message["id"]


async def test_after_14_minutes_the_old_answers_messages_can_still_be_cleared(
    room: Room, clock: HandClock
) -> None:
    asked = await room.answered("x" * 1_500 + "\n" + "y" * 1_500)
    clock.move(minutes=20)

    again = await asked.again()
    again.telling.end("Short.")
    await again.over()

    assert len(room.sent(CHAT)) == 1


async def test_a_token_that_dies_early_hands_over_to_the_bots_own(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_room(db, clock, discord, LAZY) as room:
        asked = await begun(room, "One. ")
        discord.faults.refuse("*", WEBHOOK, 401, code=INVALID_TOKEN, times=100)
        asked.telling.end("x" * 1_500 + "\n", "y" * 1_500)
        await room.until(lambda: not room.bot.client._running)

        first, second = room.sent(CHAT)
        assert first.startswith("> Why?\nOne. xxx")
        assert "yyy\n-# gpt-4o" in second
        refused = [each for each in room.discord.requests if each.status == 401]
        assert len(refused) == 1  # what is dead once is not asked again


async def test_a_private_answer_whose_token_dies_is_given_up(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_room(db, clock, discord, LAZY) as room:
        asked = await begun(room, "One. ", private=True)
        discord.faults.refuse("PATCH", WEBHOOK, 401, code=INVALID_TOKEN, times=100)
        asked.telling.end("Two.")
        await room.until(lambda: not room.bot.client._running)

        assert written(room, CHANNEL) == []
        assert room.calls("PATCH", CHANNEL) == []


async def test_a_private_answer_ends_with_its_token_and_says_so(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    pace = Pace(first=0.0, spacing=(0.0,), token=0.2)
    async with opened_room(db, clock, discord, pace) as room:
        asked = await room.asked(private=True)
        asked.telling.say("One. ")
        over = await asked.over()
        async with asyncio.timeout(30):
            await asked.telling.left.wait()

        assert "-# Discord lets me write this answer for 15 minutes only" in over["content"]
        assert list(buttons(over)) == ["Regenerate", "Continue", "Delete"]
        assert hidden(over)


async def test_where_the_bot_may_not_write_an_answer_ends_with_its_token(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    pace = Pace(first=0.0, spacing=(0.0,), token=0.2)
    role = next(r for r in discord.world.guilds[HOME]["roles"] if r["id"] == str(BOT_ROLE))
    everyone = next(r for r in discord.world.guilds[HOME]["roles"] if r["id"] == str(HOME))
    for each in (role, everyone):
        each["permissions"] = str(int(each["permissions"]) & ~Permission.SEND_MESSAGES)
    async with opened_room(db, clock, discord, pace) as room:
        asked = await room.asked()
        asked.telling.say("One. ")
        over = await asked.over()

        assert "-# Discord lets me write this answer for 15 minutes only" in over["content"]
        assert not hidden(over)


async def test_discords_rate_limits_slow_an_answer_down_and_lose_nothing(
    db: Database, clock: HandClock
) -> None:
    limited = LoopbackDiscord(now=lambda: clock.now().timestamp())
    async with limited.serve(), opened_room(db, clock, limited) as room:
        asked = await begun(room, "Line 0.\n")
        for line in range(1, 8):  # the fifth edit in two seconds waits inside the library
            asked.telling.say(f"Line {line}.\n")
            await asked.reads(f"Line {line}.")
        asked.telling.end("Done.")
        over = await asked.over()

        assert "Line 7.\nDone.\n-# gpt-4o" in over["content"]
        assert all(each.status != 429 for each in limited.requests)
