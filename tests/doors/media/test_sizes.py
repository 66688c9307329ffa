"""Pictures that are larger than Discord takes are made to fit, and none is dropped."""

import random
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from bot.cogs.media import bench
from tests.doors.media.hall import Hall

SIDE = 256


def noisy(mode: str = "RGB") -> Callable[..., bytes]:
    """Return what draws a picture that no form makes much smaller without losing anything."""
    noise = random.Random(1).randbytes(SIDE * SIDE * len(mode))

    def drawn(*_: object) -> bytes:
        written = BytesIO()
        Image.frombytes(mode, (SIDE, SIDE), noise).save(written, "PNG")
        return written.getvalue()

    return drawn


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the upstream draw 200 KB a picture."""
    monkeypatch.setattr("bot.sandbox.upstreams.media.drawn", noisy())


def limit(monkeypatch: pytest.MonkeyPatch, ours: int, discords: int) -> None:
    """Set what we hold for Discord's limit of a file, and what Discord does, in bytes."""
    monkeypatch.setattr(bench, "LARGEST_FILE", ours)
    monkeypatch.setattr("bot.sandbox.discord.limits.MOST_FILE_BYTES", discords)


async def test_a_picture_that_fits_is_left_as_it_is(hall: Hall) -> None:
    message = await hall.make("imagine", prompt="Noise")

    assert hall.files(message) == [noisy()()]


async def test_a_large_picture_is_written_anew_in_its_full_size(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, 100_000, 100_000)

    message = await hall.make("imagine", prompt="Noise", n=2)

    assert [each["filename"] for each in message["attachments"]] == [
        "picture-1.jpeg",
        "picture-2.jpeg",
    ]
    assert [(each["width"], each["height"]) for each in message["attachments"]] == [(256, 256)] * 2
    assert all(each["description"] == "Noise" for each in message["attachments"])


async def test_a_far_too_large_one_gets_smaller(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, 15_000, 15_000)

    message = await hall.make("imagine", prompt="Noise")

    [file] = message["attachments"]
    assert file["size"] <= 15_000
    assert 64 < file["width"] < 256


async def test_the_interactions_own_limit_counts_too(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sandbox.discord.payloads.MOST_FILE_BYTES", 50_000)

    message = await hall.make("imagine", prompt="Noise")

    assert message["attachments"][0]["size"] <= 50_000


async def test_a_limit_that_discord_keeps_to_itself_is_found(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, 1_000_000, 100_000 * 3)
    monkeypatch.setattr("bot.sandbox.discord.limits.MOST_REQUEST_BYTES", 300_000)

    message = await hall.make("imagine", prompt="Noise", n=4)

    assert len(message["attachments"]) == 4
    refused = [each for each in hall.calls("PATCH", "@original") if each.status == 413]
    assert refused
    assert await hall.house.spent() == 3_200
