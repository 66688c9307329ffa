"""Looks into pictures with Pillow: whether they are what they seem, and small enough to look at."""

from io import BytesIO

from PIL import Image, ImageOps

MOST_PIXELS = 40_000_000  # a bomb of few bytes would unpack to more
MEDIA = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
PNG = MEDIA["PNG"]
_PLAIN = ("1", "L", "LA", "P", "RGB", "RGBA")  # what a PNG holds and everybody shows


class NotAPicture(Exception):
    """These bytes are no whole picture of a type that is taken, or a picture too large."""


def checked(data: bytes) -> str:
    """Return a picture's type after looking at every pixel; slow, for a thread."""
    return MEDIA[str(looked_at(data).format)]


def as_png(data: bytes) -> bytes:
    """Return a picture as PNG, as it is where it is one; slow, for a thread."""
    image = looked_at(data)
    if image.format == "PNG":
        return data
    upright = ImageOps.exif_transpose(image)
    if upright.mode not in _PLAIN:
        upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    written = BytesIO()
    upright.save(written, "PNG")
    return written.getvalue()


def looked_at(data: bytes) -> Image.Image:
    """Return a picture, unpacked, or raise NotAPicture; slow, for a thread."""
    try:
        image = Image.open(BytesIO(data), formats=tuple(MEDIA))
        small = image.width * image.height <= MOST_PIXELS
        if small:
            image.load()
    except Exception as fault:  # Pillow's decoders fail in as many ways as there are formats
        raise NotAPicture from fault
    if not small:
        raise NotAPicture
    return image
