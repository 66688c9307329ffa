"""Songs: their price, their limits, who may look at them, and that none is asked for twice."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from bot.core.errors import Kind
from bot.core.units import Mode
from bot.ledger.errors import AllowanceSpent
from bot.ledger.rules import Flag, Status
from bot.relay.belongings import NoLongerThere, NotYours
from bot.relay.errors import (
    InvalidField,
    InvalidKey,
    NoAccess,
    UpstreamFailed,
    UpstreamTimeout,
    WrongKind,
)
from bot.relay.songs import SongPlace, SongWish, read
from bot.storage.tables.belongings import BelongingRow, SongPostRow
from bot.storage.tables.members import PersonRow
from bot.upstreams.failures import Broken, Empty, RateLimited, Refused, TimedOut
from bot.upstreams.goods import Song
from tests.fakes.house import ADA
from tests.fakes.workshop import SONG_PRICE
from tests.features.belongings.conftest import Studio, caller

FINISHED = Song("finished", "https://up/i.png", "https://up/a.mp3", "https://up/v.mp4")


async def kept(studio: Studio) -> int:
    """Return how many belongings there are."""
    async with studio.house.inner.db.read() as tx:
        return len((await tx.scalars(select(BelongingRow.id))).all())


async def test_a_song_costs_its_flat_price_and_gives_ids_of_our_own(studio: Studio) -> None:
    begun = await studio.sing(studio.ada)

    assert begun.model == "chirp-v3-5"
    assert len(begun.clips) == 2
    assert [UUID(clip).version for clip in begun.clips] == [4, 4]
    assert begun.settled.cost == SONG_PRICE
    assert studio.first.sung[0].model == "their-chirp"
    assert await studio.house.spent() == SONG_PRICE
    (record,) = await studio.house.records()
    assert (record.endpoint, record.model, record.upstream) == ("suno", "chirp-v3-5", "first")


async def test_it_costs_the_same_in_request_mode(studio: Studio) -> None:
    await studio.house.requests_mode()
    ada = await caller(studio.house, ADA)

    begun = await studio.sing(ada)

    assert ada.mode is Mode.REQUESTS
    assert begun.settled.cost == SONG_PRICE


async def test_its_owner_looks_at_it_for_nothing(studio: Studio) -> None:
    first, second = (await studio.sing(studio.ada)).clips
    studio.first.songs["first-clip-1-a"] = FINISHED
    look = studio.house.inner.songs.look

    told = [await look(studio.ada.member_id, each) for each in (first, second)]

    assert told == [FINISHED, Song("generating", None, None, None)]
    assert studio.first.looked == ["first-clip-1-a", "first-clip-1-b"]
    assert await studio.house.spent() == SONG_PRICE
    assert len(await studio.house.records()) == 1


async def test_nobody_else_can_and_the_upstreams_own_id_opens_nothing(studio: Studio) -> None:
    clip = (await studio.sing(studio.ada)).clips[0]
    look = studio.house.inner.songs.look

    for who, which in (
        (studio.mo, clip),
        (studio.ada, "first-clip-1-a"),
        (studio.ada, "00000000-0000-4000-8000-000000000000"),
        (studio.ada, clip.upper()),
        (studio.ada, "\x00"),
        (studio.ada, "\ud800" + "x" * 100_000),
    ):
        with pytest.raises(NotYours) as refused:
            await look(who.member_id, which)
        assert refused.value.kind is Kind.NOT_FOUND

    assert studio.first.looked == []


async def test_members_who_sing_at_once_get_songs_of_their_own(studio: Studio) -> None:
    studio.first.gate.clear()
    people = [studio.ada, studio.mo, studio.ada, studio.mo]
    singing = asyncio.gather(*(studio.sing(who, f"song {at}") for at, who in enumerate(people)))
    await studio.first.until_asked(4)

    studio.first.gate.set()
    begun = await singing

    assert len({clip for each in begun for clip in each.clips}) == 8
    for who, each in zip(people, begun, strict=True):
        other = studio.mo if who is studio.ada else studio.ada
        for clip in each.clips:
            await studio.house.inner.songs.look(who.member_id, clip)
            with pytest.raises(NotYours):
                await studio.house.inner.songs.look(other.member_id, clip)
    assert await studio.house.spent() == 4 * SONG_PRICE


# Once only


@pytest.mark.parametrize(
    ("fault", "told"),
    [(TimedOut(), UpstreamTimeout), (Broken(502), UpstreamFailed), (Empty(), UpstreamFailed)],
    ids=["timeout", "502", "empty"],
)
async def test_once_sent_it_is_never_asked_for_again(studio: Studio, fault, told) -> None:
    studio.first.faults.append(fault)

    with pytest.raises(told):
        await studio.sing(studio.ada)

    assert len(studio.first.sung) == 1
    assert studio.second.sung == []
    assert await studio.house.spent() == 0
    assert [record.status for record in await studio.house.records()] == [Status.FAILED]
    assert await kept(studio) == 0


@pytest.mark.parametrize("fault", [Refused(400, "no"), RateLimited(3.0)], ids=["refused", "429"])
async def test_an_upstream_that_took_nothing_leads_to_the_next_one(studio: Studio, fault) -> None:
    studio.first.faults.append(fault)

    begun = await studio.sing(studio.ada, model="chirp-v3-0")

    assert begun.upstream == "second"
    assert len(studio.first.sung) == len(studio.second.sung) == 1
    assert await studio.house.spent() == 800


async def test_whoever_leaves_once_it_was_sent_pays_and_it_is_not_sent_again(
    studio: Studio,
) -> None:
    studio.first.gate.clear()
    singing = asyncio.create_task(studio.sing(studio.ada))
    await studio.first.asked.wait()

    singing.cancel()
    await asyncio.wait({singing})

    assert await studio.house.spent() == SONG_PRICE
    (record,) = await studio.house.records()
    assert record.status == Status.LEFT
    assert Flag.LEFT in Flag(record.flags)
    assert len(studio.first.sung) == 1


async def test_nothing_is_kept_for_somebody_who_had_everything_deleted_meanwhile(
    studio: Studio,
) -> None:
    studio.first.gate.clear()
    singing = asyncio.create_task(studio.sing(studio.ada))
    await studio.first.asked.wait()
    async with studio.house.inner.db.begin() as tx:
        gone = delete(PersonRow).where(PersonRow.member_id == studio.ada.member_id)
        await tx.execute(gone)

    studio.first.gate.set()

    with pytest.raises(InvalidKey):
        await singing
    assert await kept(studio) == 0


async def test_a_song_for_discord_waits_to_be_posted(studio: Studio) -> None:
    inner = studio.house.inner
    place = SongPlace(channel_id=3001, message_id=77, language="ru")
    begun = await inner.songs.begin(
        studio.ada,
        SongWish("A shanty"),
        endpoint="discord.song",
        arrived=studio.house.clock.now(),
        place=place,
    )
    await studio.sing(studio.ada)  # over HTTP: nobody waits for it in Discord
    posts = inner.song_posts

    (post,) = await posts.waiting()
    clips = {clip.id for clip in await posts.clips(post)}
    await posts.over(post)

    assert (post.member_id, post.place) == (studio.ada.member_id, place)
    assert clips == set(begun.clips)
    assert await posts.waiting() == []
    async with inner.db.read() as tx:
        assert (await tx.scalars(select(SongPostRow.id))).all() == []


async def test_too_little_left_asks_nobody(studio: Studio) -> None:
    for _ in range(40):
        await studio.sing(studio.ada)

    with pytest.raises(AllowanceSpent):
        await studio.sing(studio.ada)

    assert len(studio.first.sung) == 40


async def test_a_model_that_needs_access_is_closed_without_it(studio: Studio) -> None:
    with pytest.raises(NoAccess):
        await studio.sing(studio.ada, model="claude-sings")

    assert studio.first.sung == []


async def test_a_model_of_another_kind_makes_no_song(studio: Studio) -> None:
    with pytest.raises(WrongKind):
        await studio.sing(studio.ada, model="gpt-4o")


# What was made stays readable, or says that it is gone


async def test_what_the_upstream_no_longer_has_is_gone(studio: Studio) -> None:
    clip = (await studio.sing(studio.ada)).clips[0]
    studio.first.faults.append(Refused(404, "no clip first-clip-1-a"))

    with pytest.raises(NoLongerThere) as gone:
        await studio.house.inner.songs.look(studio.ada.member_id, clip)

    assert gone.value.kind is Kind.NOT_FOUND
    assert "first-clip" not in str(gone.value.params)


async def test_what_an_upstream_made_that_is_no_longer_connected_is_gone(studio: Studio) -> None:
    clip = (await studio.sing(studio.ada)).clips[0]
    del studio.house.inner.router.upstreams["first"]

    with pytest.raises(NoLongerThere):
        await studio.house.inner.songs.look(studio.ada.member_id, clip)


async def test_looking_is_tried_again_where_making_is_not(studio: Studio) -> None:
    clip = (await studio.sing(studio.ada)).clips[0]
    studio.first.faults.append(Broken(503))

    song = await studio.house.inner.songs.look(studio.ada.member_id, clip)

    assert song.status == "generating"
    assert len(studio.first.looked) == 2


# Limits


@pytest.mark.parametrize(
    ("model", "custom", "most"),
    [
        (None, False, 200),
        (None, True, 3_000),
        ("chirp-v3-5", True, 3_000),
        ("chirp-v3-0", True, 1_250),
        ("chirp-v2-xxl-alpha", True, 1_250),
        ("chirp-v2-xxl-alpha", False, 200),
    ],
)
async def test_a_prompt_may_be_as_long_as_its_model_takes(
    studio: Studio, model, custom, most
) -> None:
    await studio.sing(studio.ada, "é" * most, model=model, custom=custom)

    for wrong in ("é" * (most + 1), "", " \n "):
        with pytest.raises(InvalidField) as refused:
            await studio.sing(studio.ada, wrong, model=model, custom=custom)
        assert refused.value.params["param"] == "prompt"

    assert len(studio.first.sung) == 1


async def test_a_style_has_1_to_120_characters(studio: Studio) -> None:
    await studio.sing(studio.ada, style="x" * 120)

    for wrong in ("", "x" * 121):
        with pytest.raises(InvalidField) as refused:
            await studio.sing(studio.ada, style=wrong)
        assert refused.value.params["param"] == "style"

    assert [ask.style for ask in studio.first.sung] == ["x" * 120]


@pytest.mark.parametrize(
    ("flag", "meant"),
    [("true", True), ("false", False), ("True", True), (True, True), (False, False), (None, False)],
)
def test_flags_are_texts_or_booleans(flag, meant) -> None:
    wish = read({"prompt": "x", "instrumental": flag, "custom": flag})

    assert wish == SongWish("x", instrumental=meant, custom=meant)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "prompt"),
        ({"prompt": 7}, "prompt"),
        ({"prompt": "x", "custom": "yes"}, "custom"),
        ({"prompt": "x", "instrumental": 1}, "instrumental"),
        ({"prompt": "x", "style": 5}, "style"),
        ({"prompt": "x", "model": 5}, "model"),
    ],
)
def test_what_a_field_is_not_is_said_by_its_name(body, field) -> None:
    with pytest.raises(InvalidField) as refused:
        read(body)

    assert refused.value.params["param"] == field
