"""Pictures are looked at as a whole, and nothing that is none passes."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from bot.relay import raster
from bot.relay.raster import NotAPicture


def picture(form: str, mode: str = "RGB", size: tuple[int, int] = (40, 30), **how: object) -> bytes:
    written = BytesIO()
    Image.effect_noise(size, 80).convert(mode).save(written, form, **how)
    return written.getvalue()


def giant() -> bytes:
    """A PNG of a few bytes that says it is 30,000 pixels wide and high."""
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1_000_000))), (b"IEND", b""))
    parts = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_whole_picture_is_known_by_its_type(form: str) -> None:
    assert raster.checked(picture(form)) == raster.MEDIA[form]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_that_ends_too_early_is_none(form: str) -> None:
    whole = picture(form)

    with pytest.raises(NotAPicture):
        raster.checked(whole[: len(whole) // 2])


@pytest.mark.parametrize("data", [b"", b"<svg/>", picture("BMP"), picture("TIFF"), giant()])
def test_what_is_not_taken_or_unpacks_to_too_much_is_none(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        raster.checked(data)
    with pytest.raises(NotAPicture):
        raster.as_png(data)


@pytest.mark.parametrize(
    ("form", "mode"),
    [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("WEBP", "RGBA"), ("GIF", "P")],
)
def test_every_picture_becomes_a_png_of_the_same_size(form: str, mode: str) -> None:
    made = Image.open(BytesIO(raster.as_png(picture(form, mode))))

    made.load()
    assert (made.format, made.size) == ("PNG", (40, 30))


def test_a_png_stays_as_it_is() -> None:
    whole = picture("PNG", "I;16")

    assert raster.as_png(whole) == whole


def test_a_picture_that_lies_on_its_side_is_set_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    made = Image.open(BytesIO(raster.as_png(picture("JPEG", exif=exif))))

    assert made.size == (30, 40)
