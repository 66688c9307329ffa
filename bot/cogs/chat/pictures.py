"""Pictures that members attach, as the parts of a prompt."""

import asyncio
import base64
from typing import Any

import discord

from bot.cogs.chat.errors import NotAPicture, PictureTooBig

TYPES = ("image/png", "image/jpeg", "image/webp", "image/gif")
LARGEST = 10 * 1024 * 1024  # bytes


async def picture_part(image: discord.Attachment) -> dict[str, Any]:
    """Read an attachment into an image part; raises NotAPicture or PictureTooBig."""
    kind = (image.content_type or "").partition(";")[0].lower()
    if kind not in TYPES:
        raise NotAPicture
    if image.size > LARGEST:
        raise PictureTooBig(megabytes=LARGEST // 1024**2)
    data = await image.read()
    text = await asyncio.to_thread(lambda: base64.b64encode(data).decode())
    return {"type": "image_url", "image_url": {"url": f"data:{kind};base64,{text}"}}
