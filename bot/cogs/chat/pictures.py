"""Pictures that members attach, as the parts of a prompt."""

import asyncio
import base64
from typing import Any

import aiohttp
import discord

from bot.cogs.chat.errors import NotAPicture, PictureGone, PictureTooBig
from bot.relay.studio import Source
from bot.upstreams.pictures import media_of

TYPES = ("image/png", "image/jpeg", "image/webp", "image/gif")
LARGEST = 10 * 1024 * 1024  # bytes
PATIENCE = 30.0  # seconds to fetch one


def check(image: discord.Attachment) -> None:
    """Raise NotAPicture or PictureTooBig."""
    if not is_picture(image):
        raise NotAPicture
    if image.size > LARGEST:
        raise PictureTooBig(megabytes=LARGEST // 1024**2)


async def fetched(image: discord.Attachment) -> Source:
    """Fetch an attachment; raises PictureGone, PictureTooBig, or NotAPicture by its bytes."""
    try:
        async with asyncio.timeout(PATIENCE):
            data = await image.read()
    except (discord.HTTPException, aiohttp.ClientError, OSError):
        raise PictureGone from None
    if len(data) > LARGEST:
        raise PictureTooBig(megabytes=LARGEST // 1024**2)
    if (media := media_of(data)) not in TYPES:
        raise NotAPicture
    return Source(data, media)


async def picture_part(image: discord.Attachment) -> dict[str, Any]:
    """Fetch an attachment into an image part; raises what `fetched` raises."""
    source = await fetched(image)
    text = await asyncio.to_thread(lambda: base64.b64encode(source.data).decode())
    return {"type": "image_url", "image_url": {"url": f"data:{source.media};base64,{text}"}}


def is_picture(image: discord.Attachment) -> bool:
    """Say whether an attachment is said to be a picture that is taken."""
    return _type(image) in TYPES


def _type(image: discord.Attachment) -> str:
    return (image.content_type or "").partition(";")[0].lower()
