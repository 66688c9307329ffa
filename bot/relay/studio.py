"""What is done to pictures that an upstream gave: fetched, looked at, put into the asked form."""

import asyncio
import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import TypeVar

from bot.relay import raster
from bot.relay.errors import InvalidField
from bot.relay.raster import MOST_PIXELS, NotAPicture
from bot.upstreams.dialect import Link
from bot.upstreams.failures import Empty, TimedOut, UpstreamFailure
from bot.upstreams.fetch import Fetcher, NotFetched, Why
from bot.upstreams.goods import Picture
from bot.upstreams.pictures import linked

T = TypeVar("T")
AT_ONCE = 2  # pictures unpacked at one time; each may take a hundred megabytes and more
_PIXELS = f"a whole PNG, JPEG, WebP or GIF picture of at most {MOST_PIXELS // 10**6} megapixels"


class Form(StrEnum):
    """The form in which a caller wants pictures."""

    URL = "url"
    BASE64 = "b64_json"
    PNG = "png"


@dataclass(frozen=True, slots=True)
class Source:
    """A caller's picture: its bytes, and their type."""

    data: bytes = field(repr=False)
    media: str


@dataclass(frozen=True)
class Studio:
    """Makes pictures presentable, and looks at those that callers send."""

    fetcher: Fetcher = field(default_factory=Fetcher)
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def shown(
        self, link: Link, pictures: Sequence[Picture], form: Form | None
    ) -> list[Picture]:
        """Return those that are pictures, as a link or as bytes; Empty where none of them is.

        Without a form each stays as the upstream gave it.
        """
        faults: list[UpstreamFailure] = []

        async def one(picture: Picture) -> Picture | None:
            try:
                return await self._one(link, picture, form)
            except UpstreamFailure as fault:
                faults.append(fault)
                return None

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(picture)) for picture in pictures]
        found = [picture for task in tasks if (picture := task.result()) is not None]
        if not found:
            raise faults[0] if faults else Empty
        return found

    async def source(self, given: bytes | str, param: str) -> Source:
        """Return a caller's picture: bytes, a data URL, or what is at a public address."""
        if isinstance(given, str):
            given = await self._sent(given, param)
        try:
            return Source(given, await self._aside(raster.checked, given))
        except NotAPicture:
            raise InvalidField(param, _PIXELS) from None

    async def _sent(self, given: str, param: str) -> bytes:
        if given[:5].lower() != "data:":
            return (await self.fetcher.picture(given, param=param)).data
        picture = linked(given)
        if picture is None or picture.data is None:
            raise InvalidField(param, _PIXELS)
        return picture.data

    async def _one(self, link: Link, picture: Picture, form: Form | None) -> Picture:
        data = picture.data
        if data is None:
            address = picture.url or ""
            if form not in (Form.URL, None):
                data = await self._followed(link, address)
            elif self.fetcher.answers(address, own=link.base_url):
                return picture  # an upstream's own links may be answered
            else:
                raise Empty
        try:
            if form is Form.PNG:
                return Picture(await self._aside(raster.as_png, data))
            media = await self._aside(raster.checked, data)
        except NotAPicture:
            raise Empty from None
        if form is Form.URL:
            url = await self._aside(partial(data_url, media), data)
            return Picture(url=url, revised_prompt=picture.revised_prompt)
        return Picture(data, revised_prompt=picture.revised_prompt)

    async def _followed(self, link: Link, address: str) -> bytes:
        """Fetch an upstream's picture; what cannot be had counts as no answer."""
        try:
            return (await self.fetcher.picture(address, own=link.base_url)).data
        except NotFetched as fault:
            raise (TimedOut() if fault.why is Why.LATE else Empty()) from None

    async def _aside(self, work: Callable[[bytes], T], data: bytes) -> T:
        """Do what is slow in a thread, a few at a time."""
        async with self._places:
            return await asyncio.to_thread(work, data)


def data_url(media: str, data: bytes) -> str:
    """Return a data URL."""
    return f"data:{media};base64,{base64.b64encode(data).decode()}"
