"""Pictures made to fit: no larger than asked, upright, and see-through where they were."""

import random
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.cogs.media.fitting import fitted
from bot.relay.raster import NotAPicture


def noise(mode: str, size: tuple[int, int], form: str = "PNG", **options: object) -> bytes:
    bands = {"1": 1, "L": 1, "P": 1, "RGB": 3, "RGBA": 4, "CMYK": 4}[mode]
    data = random.Random(1).randbytes(size[0] * size[1] * bands)
    if mode in ("1", "P"):
        image = Image.frombytes("L", size, data).convert(mode)
    else:
        image = Image.frombytes(mode, size, data)
    written = BytesIO()
    image.save(written, form, **options)
    return written.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def test_what_fits_is_left_alone_whatever_it_is() -> None:
    assert fitted(b"no picture at all", 100) == b"no picture at all"


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["1", "L", "P", "RGB", "RGBA"]),
    st.integers(65, 300),
    st.integers(65, 300),
    st.integers(3_000, 60_000),
)
def test_any_picture_fits(mode: str, wide: int, high: int, most: int) -> None:
    before = noise(mode, (wide, high))

    after = fitted(before, most)

    assert len(after) <= max(most, 0) or max(opened(after).size) <= 64
    assert opened(after).width / opened(after).height == pytest.approx(wide / high, rel=0.1)


def test_what_shows_through_a_picture_still_does() -> None:
    image = opened(fitted(noise("RGBA", (200, 200)), 50_000))

    assert image.format == "WEBP"
    assert image.mode == "RGBA"


def test_a_photograph_that_lies_on_its_side_is_put_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    before = noise("RGB", (300, 100), "JPEG", quality=95, exif=exif)

    assert opened(fitted(before, 20_000)).size[0] < opened(fitted(before, 20_000)).size[1]


def test_what_is_too_large_and_no_picture_is_told() -> None:
    with pytest.raises(NotAPicture):
        fitted(b"no picture at all", 5)
