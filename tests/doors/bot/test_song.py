"""/song: a card at once, the song below it later, whatever happens in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import select

from bot.cogs import jukebox
from bot.cogs.jukebox import Rounds
from bot.core.clock import HandClock
from bot.sandbox.discord import shapes
from bot.sandbox.discord.furniture import ADA, BEA, BOT_ROLE, CHAT, LOBBY
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.upstreams.troubles import Fault
from bot.storage.database import Database
from bot.storage.tables.belongings import SongPostRow
from tests.doors.bot.stage import Stage, acted, hidden, running, text, until
from tests.doors.bot.test_my_data import said, typed
from tests.fakes.studio import SONG_PRICE, Makers, makers

QUICK = Rounds(look=0.01, again=0.0)
DONE = "Your song is finished"
NEVER = 10**9  # looks that find a clip generating


@pytest.fixture
async def made() -> AsyncIterator[Makers]:
    """The upstreams."""
    async with makers() as served:
        yield served


@asynccontextmanager
async def playing(
    db: Database, clock: HandClock, discord: LoopbackDiscord, made: Makers
) -> AsyncIterator[Stage]:
    """Run a bot that looks after songs all the time."""
    async with acted(db, clock, discord, **made.settings) as opened:
        opened.bot.jukebox.rounds = QUICK
        async with running(opened.bot):
            yield opened


@pytest.fixture
async def stage(
    db: Database, clock: HandClock, discord: LoopbackDiscord, made: Makers
) -> AsyncIterator[Stage]:
    """A bot that is connected and makes songs."""
    async with playing(db, clock, discord, made) as opened:
        yield opened


async def ask(stage: Stage, prompt: str = "A sea shanty", **options: Any) -> dict[str, Any]:
    """Run /song in the chat, and return its card."""
    return await stage.run("song", where=options.pop("where", CHAT), prompt=prompt, **options)


def posts(discord: LoopbackDiscord, channel: int = CHAT) -> list[dict[str, Any]]:
    """Return the messages of a channel that have files."""
    return [
        message
        for message in discord.world.messages.values()
        if message["channel_id"] == str(channel) and message["attachments"]
    ]


async def posted(discord: LoopbackDiscord, channel: int = CHAT) -> dict[str, Any]:
    """Wait for the one song that is posted."""
    await until(lambda: posts(discord, channel))
    (found,) = posts(discord, channel)
    return found


def card_says(stage: Stage, card: dict[str, Any]) -> str:
    return str(stage.now(card)["embeds"][0]["description"])


async def waiting(db: Database) -> list[int]:
    """Return the songs that are still awaited."""
    async with db.read() as tx:
        return list(await tx.scalars(select(SongPostRow.id)))


async def none_waits(db: Database) -> None:
    """Wait until no song is awaited any more."""
    async with asyncio.timeout(30):
        while await waiting(db):  # noqa: ASYNC110 - nobody tells when a row goes
            await asyncio.sleep(0.01)


async def test_a_song_is_asked_for_at_once_and_posted_once_it_is_finished(
    stage: Stage, made: Makers, db: Database
) -> None:
    card = await ask(stage)
    assert not hidden(card)
    assert card["content"].startswith("> A sea shanty\n-# chirp-v3-5 · cost 2,000 · 78,000 tokens")
    song = await posted(stage.discord)
    await until(lambda: DONE in card_says(stage, card))

    assert song["message_reference"]["message_id"] == card["id"]
    assert [file["filename"] for file in song["attachments"]] == ["song-1.mp3", "song-2.mp3"]
    assert all(file["content_type"] == "audio/mpeg" for file in song["attachments"])
    assert all(file["size"] > 100 for file in song["attachments"])
    assert song["content"] == f"<@{ADA}> Your song is ready."
    assert stage.discord.world.pinged[int(song["id"])] == {ADA}
    assert card["content"] == stage.now(card)["content"]
    assert await waiting(db) == []
    told = str(list(stage.discord.world.messages.values()))
    assert made.settings["upstreams"][0]["base_url"] not in told
    (record,) = await stage.house.records()
    assert (record.endpoint, record.cost) == ("discord.song", SONG_PRICE)
    assert await stage.house.spent() == SONG_PRICE


async def test_a_style_makes_a_custom_song(stage: Stage, made: Makers) -> None:
    lyrics = "la " * 500

    card = await ask(stage, lyrics, style="slow blues", instrumental=True)

    body = made.air.seen[0].body
    assert (body["custom"], body["instrumental"]) == ("true", "true")
    assert (body["style"], body["prompt"]) == ("slow blues", lyrics)
    assert "(slow blues)" in card["content"]
    assert len(card["content"]) < 2_000


async def test_a_long_prompt_without_a_style_costs_nothing(stage: Stage, made: Makers) -> None:
    reply = await ask(stage, "x" * 201)

    assert "at most 200 characters; this prompt has 201" in text(reply)
    assert made.air.asked == 0


async def test_a_restart_in_the_middle_of_a_song_loses_nothing(
    db: Database, clock: HandClock, discord: LoopbackDiscord, made: Makers
) -> None:
    made.air.songs.looks = NEVER
    async with playing(db, clock, discord, made) as first:
        card = await ask(first)
        await made.air.until(lambda upstream: upstream.asked > 5)
    assert posts(discord) == []
    assert len(await waiting(db)) == 1
    made.air.songs.looks = 0

    async with playing(db, clock, discord, made) as second:
        song = await posted(discord)
        await until(lambda: DONE in card_says(second, card))

    assert song["message_reference"]["message_id"] == card["id"]
    assert len(song["attachments"]) == 2
    assert await waiting(db) == []


async def test_a_song_may_take_longer_than_the_commands_fifteen_minutes(
    stage: Stage, made: Makers, clock: HandClock
) -> None:
    made.air.songs.looks = NEVER
    card = await ask(stage)
    clock.move(minutes=29)
    made.air.songs.looks = 0

    song = await posted(stage.discord)
    await until(lambda: DONE in card_says(stage, card))

    assert len(song["attachments"]) == 2
    assert stage.calls("POST", "/webhooks/") == []


async def test_a_song_that_is_never_finished_is_given_up(
    stage: Stage, made: Makers, clock: HandClock, db: Database
) -> None:
    made.air.songs.looks = NEVER
    card = await ask(stage)

    clock.move(minutes=31)

    await until(lambda: "never finished" in card_says(stage, card))
    assert posts(stage.discord) == []
    assert await waiting(db) == []


async def test_an_upstream_that_is_away_for_a_while_loses_no_song(
    stage: Stage, made: Makers
) -> None:
    made.air.songs.looks = 0
    made.air.aside.next(Fault.BROKEN, Fault.BROKEN)  # the clips' links
    await ask(stage)

    song = await posted(stage.discord)

    assert len(song["attachments"]) == 2


@pytest.mark.parametrize("trouble", ["cut", "banned", "refused"])
async def test_a_discord_that_is_away_for_a_while_gets_the_song_once(
    stage: Stage, db: Database, trouble: str
) -> None:
    match trouble:
        case "cut":
            stage.discord.faults.cut("POST", f"/channels/{CHAT}/messages", times=2)
        case "banned":
            stage.discord.faults.limit("POST", f"/channels/{CHAT}/messages", times=2, via=False)
        case "refused":
            stage.discord.faults.refuse("POST", f"/channels/{CHAT}/messages", 401, times=2)
    await ask(stage)

    await posted(stage.discord)
    await none_waits(db)

    assert len(posts(stage.discord)) == 1


async def test_a_card_that_was_deleted_keeps_no_song_back(
    stage: Stage, made: Makers, db: Database
) -> None:
    made.air.songs.looks = NEVER
    card = await ask(stage)
    stage.discord.acts.messages.delete(int(card["id"]))
    made.air.songs.looks = 0

    song = await posted(stage.discord)
    await none_waits(db)

    assert len(song["attachments"]) == 2


async def test_a_song_that_has_neither_a_card_nor_an_end_is_told_in_its_channel(
    stage: Stage, made: Makers, db: Database, clock: HandClock
) -> None:
    made.air.songs.looks = NEVER
    card = await ask(stage)
    stage.discord.acts.messages.delete(int(card["id"]))
    clock.move(minutes=31)

    await until(lambda: told(stage.discord, "never finished"))

    (said_there,) = told(stage.discord, "never finished")
    assert said_there["content"] == f"<@{ADA}>"
    assert "It was paid when it was begun" in str(said_there["embeds"])
    assert await waiting(db) == []


def told(discord: LoopbackDiscord, what: str) -> list[dict[str, Any]]:
    """Return the messages in the chat whose embeds say something."""
    return [
        message
        for message in discord.world.messages.values()
        if message["channel_id"] == str(CHAT) and what in str(message["embeds"])
    ]


async def test_where_the_bot_may_not_post_files_nothing_is_spent(
    stage: Stage, made: Makers
) -> None:
    deny(stage.discord, Permission.ATTACH_FILES)

    reply = await ask(stage)

    assert "may not post files in this channel" in text(reply)
    assert made.air.asked == 0
    assert await stage.house.spent() == 0


async def test_a_channel_that_closed_meanwhile_is_told_on_the_card(
    stage: Stage, made: Makers, db: Database
) -> None:
    made.air.songs.looks = NEVER
    card = await ask(stage)
    deny(stage.discord, Permission.ATTACH_FILES)
    made.air.songs.looks = 0

    await until(lambda: "may not post files here any more" in card_says(stage, card))

    assert card_says(stage, card).count("`GET /v1/suno/") == 2
    assert await waiting(db) == []


def deny(discord: LoopbackDiscord, what: Permission) -> None:
    channel = discord.world.channels[CHAT]
    channel["permission_overwrites"] = [shapes.overwrite(BOT_ROLE, deny=what)]


async def test_a_clip_that_discord_would_not_take_is_left_out(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jukebox, "LARGEST_FILE", 10)
    card = await ask(stage)

    await until(lambda: DONE in card_says(stage, card))

    (told,) = [each for each in stage.sent(CHAT) if "Left out" in each]
    assert told.count("`GET /v1/suno/") == 2
    assert posts(stage.discord) == []


async def test_files_that_discord_refuses_for_their_size_are_left_out(stage: Stage) -> None:
    stage.discord.faults.refuse("POST", f"/channels/{CHAT}/messages", 413, code=40005)
    card = await ask(stage)

    await until(lambda: DONE in card_says(stage, card))

    assert [each for each in stage.sent(CHAT) if "Left out" in each]


async def test_nothing_is_posted_for_who_had_everything_deleted(
    stage: Stage, made: Makers, db: Database
) -> None:
    made.air.songs.looks = NEVER
    await ask(stage)
    await said(stage, await typed(stage, "DELETE"), "Everything is deleted")
    made.air.songs.looks = 0

    await none_waits(db)
    assert posts(stage.discord) == []


async def test_a_song_can_be_asked_for_in_direct_messages(stage: Stage) -> None:
    await stage.run("inbox")  # a home guild has shown them as a member
    where = stage.discord.acts.dm(ADA)

    await ask(stage, where=where)

    assert len((await posted(stage.discord, where))["attachments"]) == 2


async def test_an_upstream_that_fails_costs_nothing_and_is_asked_once(
    stage: Stage, made: Makers, db: Database
) -> None:
    made.air.faults.next(Fault.BROKEN)

    reply = await ask(stage)

    assert "Nothing was charged" in text(reply)
    assert made.air.asked == 1
    assert await waiting(db) == []
    assert await stage.house.spent() == 0


async def test_what_everybody_reads_tells_nothing_of_an_allowance(
    db: Database, clock: HandClock, discord: LoopbackDiscord, made: Makers
) -> None:
    settings = made.settings | {"limits": {"daily_tokens": 100}}
    async with acted(db, clock, discord, **settings) as stage, running(stage.bot):
        reply = await ask(stage)

    assert "Too little of today's allowance is left" in text(reply)
    assert "100" not in text(reply)


async def test_only_members_of_a_home_guild_get_a_song(stage: Stage, made: Makers) -> None:
    await stage.run("song", who=BEA, where=LOBBY, prompt="x")

    assert made.air.asked == 0


async def test_a_song_is_told_in_the_language_it_was_asked_for_in(
    stage: Stage, made: Makers, db: Database
) -> None:
    await stage.run("language", language="ru")
    made.air.songs.looks = NEVER
    await ask(stage)

    async with db.read() as tx:
        assert await tx.scalar(select(SongPostRow.language)) == "ru"
