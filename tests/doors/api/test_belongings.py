"""Songs and mailboxes over HTTP: the seeds' own requests, and doors closed to everybody else."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest

from bot.core.clock import HandClock
from bot.sandbox.upstreams.troubles import Fault, Trouble
from tests.doors.api.conftest import Opening
from tests.doors.api.wire import post, wire
from tests.fakes.house import ADA, MO, House
from tests.fakes.studio import GMAIL_PRICE, MAIL_PRICE, SONG_PRICE, Makers, makers

SEED_SONG = {
    "model": "chirp-v3-5",
    "prompt": "A catchy pop song with upbeat rhythm",
    "instrumental": "false",
    "custom": "false",
}


@dataclass
class Shop:
    """Two people with keys, and what serves them."""

    house: House
    makers: Makers
    ada: httpx.AsyncClient
    mo: httpx.AsyncClient
    stranger: httpx.AsyncClient


@pytest.fixture
async def shop(opening: Opening) -> AsyncIterator[Shop]:
    """A house with both upstreams."""
    async with makers() as made, opening(**made.settings) as house:
        ada, mo = [house.client(await house.key(person)) for person in (ADA, MO)]
        yield Shop(house, made, ada, mo, house.client())


def error(answer: httpx.Response) -> tuple[int, str, str | None]:
    told = answer.json()["error"]
    return answer.status_code, told["code"], told["param"]


# Songs


@pytest.mark.parametrize("path", ["/v1/suno", "/suno"])
async def test_the_seeds_song_is_made_and_looked_up(shop: Shop, path: str) -> None:
    begun = await shop.ada.post(path, json=SEED_SONG)

    assert begun.status_code == 200
    assert begun.json()["status"] == "success"
    clips = begun.json()["clips"]
    assert [UUID(clip).version for clip in clips] == [4, 4]
    assert begun.headers["x-latchkey-cost"] == str(SONG_PRICE)
    assert begun.headers["x-latchkey-remaining"] == str(80_000 - SONG_PRICE)
    assert begun.headers["x-latchkey-upstream"] == "air"
    first, then = [await shop.ada.get(f"{path}/{clips[0]}") for _ in range(2)]
    assert first.json() == {
        "status": "generating",
        "image_url": None,
        "audio_url": None,
        "video_url": None,
    }
    assert then.json()["status"] == "finished"
    assert set(then.json()) == set(first.json())
    assert then.json()["audio_url"].endswith(".mp3")
    assert then.headers["x-ratelimit-remaining-tokens"] == str(80_000 - SONG_PRICE)
    assert then.headers["cache-control"] == "no-store"
    assert await shop.house.spent() == SONG_PRICE


async def test_a_song_may_be_as_short_as_its_prompt_and_its_flags_real_booleans(
    shop: Shop,
) -> None:
    plain = await shop.ada.post("/v1/suno", json={"prompt": "x"})
    custom = {"prompt": "la " * 1_000, "style": "polka", "custom": True, "instrumental": True}
    long = await shop.ada.post("/v1/suno", json=custom)

    assert (plain.status_code, long.status_code) == (200, 200)
    assert shop.makers.air.seen[0].body["custom"] == "false"
    assert shop.makers.air.seen[1].body["custom"] == "true"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, (400, "invalid_request", "prompt")),
        ({"prompt": "x" * 201}, (400, "invalid_request", "prompt")),
        ({"prompt": "x" * 3_001, "custom": "true"}, (400, "invalid_request", "prompt")),
        (
            {"prompt": "x" * 1_251, "custom": "true", "model": "chirp-v3-0"},
            (400, "invalid_request", "prompt"),
        ),
        ({"prompt": "x", "style": "y" * 121}, (400, "invalid_request", "style")),
        ({"prompt": "x", "custom": "maybe"}, (400, "invalid_request", "custom")),
        ({"prompt": "x", "model": "chirp-v9"}, (400, "model_not_found", "model")),
        ({"prompt": "x", "model": "gpt-4o"}, (400, "invalid_request", "model")),
    ],
)
async def test_what_is_wrong_with_a_song_is_said_and_costs_nothing(shop: Shop, body, told) -> None:
    answer = await shop.ada.post("/v1/suno", json=body)

    assert error(answer) == told
    assert shop.makers.air.asked == 0
    assert await shop.house.spent() == 0


async def test_an_unknown_model_names_the_closest(shop: Shop) -> None:
    answer = await shop.ada.post("/v1/suno", json={"prompt": "x", "model": "chirp-v3-6"})

    assert "chirp-v3-5" in answer.json()["error"]["message"]


async def test_songs_and_mailboxes_are_closed_to_other_members(shop: Shop) -> None:
    clip = (await shop.ada.post("/v1/suno", json=SEED_SONG)).json()["clips"][0]
    box = (await shop.ada.post("/v1/temp_mail/generate")).json()["identifier"]
    theirs = next(iter(shop.makers.air.songs.clips))
    identifier = next(iter(shop.makers.fresh.mail.kept))
    asked = shop.makers.air.asked, shop.makers.fresh.asked
    paths = [
        (shop.mo, f"/v1/suno/{clip}"),
        (shop.mo, f"/suno/{clip}"),
        (shop.mo, f"/v1/temp_mail/messages/{box}"),
        (shop.ada, f"/v1/suno/{theirs}"),
        (shop.ada, f"/v1/temp_mail/messages/{identifier}"),
        (shop.ada, f"/v1/suno/{box}"),
        (shop.ada, f"/v1/temp_mail/messages/{clip}"),
        (shop.ada, "/v1/suno/never"),
        (shop.ada, "/v1/temp_mail/messages/never"),
        (shop.ada, "/v1/suno/%00"),
    ]

    answers = [await client.get(path) for client, path in paths]

    assert [error(answer) for answer in answers] == [(404, "not_found", None)] * len(paths)
    assert (shop.makers.air.asked, shop.makers.fresh.asked) == asked
    for path in (f"/v1/suno/{clip}", f"/v1/temp_mail/messages/{box}", "/v1/temp_mail/domains"):
        assert (await shop.stranger.get(path)).status_code == 401
    assert (await shop.ada.get(f"/v1/suno/{clip}")).status_code == 200
    assert (await shop.ada.get(f"/v1/temp_mail/messages/{box}")).status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault.BROKEN, 502, "upstream_failed"),
        (Fault.EMPTY, 502, "upstream_failed"),
        (Fault.GARBAGE, 502, "upstream_failed"),
        (Fault.NO_CHOICES, 502, "upstream_failed"),
        (Trouble(Fault.RATE_LIMITED, 7), 503, "no_route"),
        (Fault.BAD_REQUEST, 400, "invalid_request"),
        (Fault.UNAUTHORIZED, 502, "upstream_failed"),
    ],
)
async def test_an_upstreams_failure_costs_nothing_and_is_asked_once(
    shop: Shop, fault, status, code
) -> None:
    shop.makers.air.faults.next(fault)
    shop.makers.fresh.faults.next(fault)

    song = await shop.ada.post("/v1/suno", json=SEED_SONG)
    box = await shop.ada.post("/v1/temp_mail/generate", json={})

    assert [error(answer)[:2] for answer in (song, box)] == [(status, code)] * 2
    assert (shop.makers.air.asked, shop.makers.fresh.asked) == (1, 1)
    assert await shop.house.spent() == 0


async def test_a_slow_upstream_is_a_timeout_and_never_asked_again(opening: Opening) -> None:
    async with makers() as made, opening(router={"total_seconds": 0.2}, **made.settings) as house:
        client = house.client(await house.key())
        made.air.faults.next(Fault.SLOW)

        answer = await client.post("/v1/suno", json=SEED_SONG)

        assert error(answer)[:2] == (504, "upstream_timeout")
        assert made.air.asked == 1
        assert await house.spent() == 0


async def test_a_client_that_leaves_pays_for_the_song_it_had_asked_for(shop: Shop) -> None:
    shop.makers.air.faults.next(Fault.SLOW)
    key = shop.ada.headers["authorization"].removeprefix("Bearer ")
    async with wire(shop.house.url) as line:
        await line.send(post(key, SEED_SONG, path="/v1/suno"))
        await shop.makers.air.until(lambda upstream: upstream.asked == 1)
        line.hang_up()
        await shop.makers.air.until(lambda upstream: upstream.hangups == 1)

    assert [record.status for record in await shop.house.records()] == ["left"]
    assert await shop.house.spent() == SONG_PRICE


# Mailboxes


@pytest.mark.parametrize("body", [None, b"", b"  ", b"{}", b'{"domain": null}'])
async def test_the_seeds_mailbox_is_made_without_a_domain(shop: Shop, body) -> None:
    answer = await shop.ada.post("/v1/temp_mail/generate", content=body)

    assert answer.status_code == 200
    made = answer.json()
    assert set(made) == {"email", "identifier", "cost"}
    assert made["email"].endswith("@1secmail.com")
    assert UUID(made["identifier"]).version == 4
    assert made["cost"] == MAIL_PRICE
    assert answer.headers["x-latchkey-cost"] == str(MAIL_PRICE)
    assert answer.headers["x-latchkey-upstream"] == "fresh"


async def test_its_mail_is_read_for_nothing(shop: Shop, clock: HandClock) -> None:
    made = (await shop.ada.post("/v1/temp_mail/generate", json={"domain": "gmail.com"})).json()
    path = f"/v1/temp_mail/messages/{made['identifier']}"

    first = (await shop.ada.get(path)).json()["messages"]
    shop.makers.fresh.mail.deliver(next(iter(shop.makers.fresh.mail.kept)), "Code", "1234")
    soon = (await shop.ada.get(path)).json()["messages"]
    clock.move(seconds=5)
    later = await shop.ada.get(path)

    assert [each["subject"] for each in first] == ["Welcome to your mailbox"]
    assert soon == first
    assert [each["subject"] for each in later.json()["messages"]][1:] == ["Code"]
    assert shop.makers.fresh.asked == 3
    assert later.headers["x-ratelimit-remaining-tokens"] == str(80_000 - GMAIL_PRICE)
    assert "x-latchkey-cost" not in later.headers
    assert await shop.house.spent() == GMAIL_PRICE


@pytest.mark.parametrize(
    ("body", "param"),
    [(b'{"domain": "example.org"}', "domain"), (b'{"domain": 7}', "domain"), (b"[]", None)],
)
async def test_what_is_wrong_with_a_mailbox_is_said(shop: Shop, body, param) -> None:
    answer = await shop.ada.post("/v1/temp_mail/generate", content=body)

    assert error(answer) == (400, "invalid_request", param)
    assert shop.makers.fresh.asked == 0


async def test_the_domains_are_listed_with_their_prices(shop: Shop) -> None:
    listed = (await shop.ada.get("/v1/temp_mail/domains")).json()["domains"]

    assert len(listed) == 48
    assert {"domain": "gmail.com", "coefficient": 2.0, "price": GMAIL_PRICE} in listed
    assert {"domain": "zlorkun.com", "coefficient": 0.2, "price": MAIL_PRICE} in listed


async def test_where_no_mailboxes_are_made_it_says_so(house: House) -> None:
    client = house.client(await house.key())

    answer = await client.post("/v1/temp_mail/generate", json={})

    assert error(answer) == (400, "invalid_request", None)
    assert "not set up" in answer.json()["error"]["message"]
    assert (await client.get("/v1/temp_mail/domains")).json() == {"domains": []}


async def test_an_expired_mailbox_is_not_found(shop: Shop) -> None:
    made = (await shop.ada.post("/v1/temp_mail/generate")).json()
    shop.makers.fresh.mail.kept.clear()

    answer = await shop.ada.get(f"/v1/temp_mail/messages/{made['identifier']}")

    assert error(answer) == (404, "not_found", None)
    assert "expired" in answer.json()["error"]["message"]


async def test_a_suspended_member_reads_nothing(shop: Shop) -> None:
    made = (await shop.ada.post("/v1/temp_mail/generate")).json()
    await shop.house.inner.members.suspend(await shop.house.member(), "Spam")

    answer = await shop.ada.get(f"/v1/temp_mail/messages/{made['identifier']}")

    assert answer.status_code == 403
