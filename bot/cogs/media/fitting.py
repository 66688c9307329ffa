"""Makes pictures fit into what Discord takes, by as little as it needs. Pure, and slow."""

from io import BytesIO

from PIL import Image, ImageOps

from bot.relay import raster

LONGEST_SIDE = 8_192  # pixels: what the formats below and every Discord client can show
SHORTEST_SIDE = 64  # pixels, below which a picture is none any more
QUALITIES = (92, 85, 75)
STEP = 0.75  # from one size to the next


def fitted(data: bytes, most: int) -> bytes:
    """Return a picture in at most `most` bytes: as it is, in fewer bytes, or smaller.

    Raises raster.NotAPicture.
    """
    if len(data) <= most:
        return data
    picture, form = _plain(raster.looked_at(data))
    while True:
        for quality in QUALITIES:
            written = BytesIO()
            picture.save(written, form, quality=quality)
            if written.tell() <= most or max(picture.size) <= SHORTEST_SIDE:
                return written.getvalue()
        smaller = (max(1, int(side * STEP)) for side in picture.size)
        picture = picture.resize(tuple(smaller), Image.Resampling.LANCZOS)


def _plain(image: Image.Image) -> tuple[Image.Image, str]:
    """Return the picture upright, and the form that keeps what shows through it."""
    upright = ImageOps.exif_transpose(image)
    form, mode = ("WEBP", "RGBA") if upright.has_transparency_data else ("JPEG", "RGB")
    plain = upright.convert(mode)
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return plain, form
