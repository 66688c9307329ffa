"""Pictures that members attach, as the parts of a prompt."""

import asyncio
import base64
from typing import Any

import aiohttp
import discord

from bot.cogs.chat.errors import NotAPicture, PictureGone, PictureTooBig

TYPES = ("image/png", "image/jpeg", "image/webp", "image/gif")
LARGEST = 10 * 1024 * 1024  # bytes
PATIENCE = 30.0  # seconds to fetch one


def check(image: discord.Attachment) -> None:
    """Raise NotAPicture or PictureTooBig."""
    if _type(image) not in TYPES:
        raise NotAPicture
    if image.size > LARGEST:
        raise PictureTooBig(megabytes=LARGEST // 1024**2)


async def picture_part(image: discord.Attachment) -> dict[str, Any]:
    """Fetch an attachment into an image part; raises PictureGone."""
    try:
        async with asyncio.timeout(PATIENCE):
            data = await image.read()
    except (discord.HTTPException, aiohttp.ClientError, OSError):
        raise PictureGone from None
    text = await asyncio.to_thread(lambda: base64.b64encode(data).decode())
    return {"type": "image_url", "image_url": {"url": f"data:{_type(image)};base64,{text}"}}


def _type(image: discord.Attachment) -> str:
    return (image.content_type or "").partition(";")[0].lower()
