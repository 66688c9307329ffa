"""Pictures: made and changed at a flat price each, several by several calls where it must be."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from bot.catalogue.model import Model, Route
from bot.catalogue.service import Catalogue
from bot.relay import kinds
from bot.relay.caller import Caller
from bot.relay.errors import InvalidField, TextWanted, Unanswered
from bot.relay.flat import Asking, FlatAsk, Flats, Served
from bot.relay.router import Connected
from bot.relay.studio import Form, Studio
from bot.settings.serving import Capability, Kind
from bot.upstreams.airforce_asks import RATIOS
from bot.upstreams.goods import EditAsk, Picture, PictureAsk

USUAL = "flux"
MOST_PICTURES = 10
MOST_PROMPT = 32_000  # characters
AUTO = "auto"  # as the model likes
LEAST_SIDE, LONGEST_SIDE = 64, 4_096  # pixels
LARGEST_SEED = 2**63 - 1
LONGEST_NUMBER = 20  # digits
AT_ONCE = 3  # calls at a time where an upstream gives fewer than were asked for
IMAGE = frozenset({Capability.IMAGE})
EDIT = frozenset({Capability.EDIT})
_OURS = frozenset({"model", "prompt", "n", "size", "seed", "response_format", "stream"})
_PICTURES = frozenset({"image", "image[]", "images", "mask"})
_SENT = "one picture: a data: URL, a public address, or a file in a form"
_PIXELS = re.compile(r"([1-9][0-9]{1,3})x([1-9][0-9]{1,3})")
_SIZES = (
    f'"{AUTO}", a ratio ({", ".join(RATIOS)}), or width and height such as "1024x1024", '
    f"{LEAST_SIDE} to {LONGEST_SIDE:,} pixels each"
)
NOTHING: dict[str, Any] = {}

Asked = Callable[[Connected, Route, int, int], Awaitable[list[Picture]]]


class PictureWish(NamedTuple):
    """Pictures to make, checked; without a form they stay as the upstream gives them."""

    model: Model
    prompt: str
    n: int = 1
    size: str | None = None
    seed: int | None = None
    form: Form | None = None
    fast: bool = False
    extra: dict[str, Any] = NOTHING  # the caller's other fields; never changed


class EditWish(NamedTuple):
    """A picture to change, checked but for the pictures: bytes, or where they are."""

    wish: PictureWish
    image: bytes | str
    mask: bytes | str | None = None


@dataclass(frozen=True)
class Pictures:
    """Makes and changes pictures, at the flat price of a model for each."""

    catalogue: Catalogue
    flats: Flats
    studio: Studio

    def read(self, body: dict[str, Any], kind: Kind = Kind.IMAGE) -> PictureWish:
        """Read OpenAI's body for pictures, or say which field is not what it has to be."""
        form = body.get("response_format")
        if form not in (None, Form.URL, Form.BASE64):
            raise InvalidField("response_format", "url or b64_json")
        if body.get("stream"):
            raise InvalidField("stream", "false, or left out: pictures come whole")
        return PictureWish(
            model=self.model(body.get("model"), kind),
            prompt=prompt_of(body.get("prompt")),
            n=_count(body.get("n")),
            size=_size(body.get("size")),
            seed=seed_of(body.get("seed")),
            form=None if form is None else Form(form),
            extra={name: value for name, value in body.items() if name not in _OURS},
        )

    def read_edit(self, body: dict[str, Any]) -> EditWish:
        """Read a body for changing a picture; nothing is fetched yet."""
        wish = self.read(body, Kind.EDIT)
        given = next((body[name] for name in ("image", "image[]", "images") if name in body), None)
        mask = body.get("mask")
        extra = {name: value for name, value in wish.extra.items() if name not in _PICTURES}
        return EditWish(
            wish._replace(extra=extra),
            _sent(given, "image"),
            None if mask is None else _sent(mask, "mask"),
        )

    def model(self, name: object, kind: Kind = Kind.IMAGE) -> Model:
        """Return the model that is named, else the usual one of a kind."""
        if name is None:
            return kinds.usual(self.catalogue, kind, USUAL)
        return kinds.named(self.catalogue, name, kind)

    async def paint(
        self, caller: Caller, wish: PictureWish, endpoint: str, arrived: datetime
    ) -> Served[list[Picture]]:
        """Make pictures, settled: those that came are paid, `wish.n` at most."""

        async def asked(connected: Connected, route: Route, many: int, after: int) -> list[Picture]:
            ask = PictureAsk(
                route.model,
                wish.prompt,
                many,
                wish.size,
                # The same seed would make the same picture again.
                None if wish.seed is None else (wish.seed + after) % (LARGEST_SEED + 1),
                wants_url(wish.form),
                wish.fast,
                wish.extra,
            )
            return await connected.dialect.paint(connected.link, ask)

        ask = FlatAsk(endpoint, wish.model, IMAGE, arrived, wish.n)
        return await self.flats.work(
            caller, ask, lambda asking: self._made(asking, wish, asked), len
        )

    async def edit(
        self, caller: Caller, edit: EditWish, endpoint: str, arrived: datetime
    ) -> Served[list[Picture]]:
        """Change a picture, settled; it is fetched and looked at once the price is held."""
        wish = edit.wish

        async def work(asking: Asking) -> tuple[list[Picture], Route]:
            image = await self.studio.source(edit.image, "image")
            mask = None if edit.mask is None else await self.studio.source(edit.mask, "mask")

            async def asked(
                connected: Connected, route: Route, many: int, _after: int
            ) -> list[Picture]:
                ask = EditAsk(
                    route.model,
                    wish.prompt,
                    image.data,
                    image.media,
                    None if mask is None else mask.data,
                    many,
                    wish.size,
                    wants_url(wish.form),
                    wish.extra if wish.seed is None else {**wish.extra, "seed": wish.seed},
                )
                return await connected.dialect.edit(connected.link, ask)

            return await self._made(asking, wish, asked)

        ask = FlatAsk(endpoint, wish.model, EDIT, arrived, wish.n)
        return await self.flats.work(caller, ask, work, len)

    async def _made(
        self, asking: Asking, wish: PictureWish, asked: Asked
    ) -> tuple[list[Picture], Route]:
        """Ask for all of them at once, then one by one for what is missing, where the first was."""

        def attempt(
            many: int, after: int
        ) -> Callable[[Connected, Route], Awaitable[list[Picture]]]:
            async def once(connected: Connected, route: Route) -> list[Picture]:
                given = await asked(connected, route, many, after)
                return await self.studio.shown(connected.link, given[:many], wish.form)

            return once

        found, route = await asking(attempt(wish.n, 0))
        places = asyncio.Semaphore(AT_ONCE)

        async def another(after: int) -> list[Picture]:
            async with places:
                try:
                    more, _ = await asking(attempt(1, after), at=route)
                except Unanswered:
                    return []  # what came is delivered, and nothing else is paid
            return more

        while missing := range(len(found), wish.n):
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(another(after)) for after in missing]
            more = [picture for task in tasks for picture in task.result()]
            if not more:
                break
            found = [*found, *more]
        return found[: wish.n], route


def wants_url(form: Form | None) -> bool | None:
    """Say what an upstream is asked for; None: whatever it likes to give."""
    return None if form is None else form is Form.URL


def prompt_of(value: object, param: str = "prompt") -> str:
    """Return a prompt, or say what is wrong with it."""
    if not isinstance(value, str) or not value.strip() or len(value) > MOST_PROMPT:
        raise TextWanted(param, MOST_PROMPT)
    return value


def number_in(text: str) -> int | str:
    """Return the number that a form or a query writes out, or the text where it is none."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else text


def seed_of(value: object) -> int | None:
    """Return a seed, or say what is wrong with it."""
    # Exact types: true is no number.
    if value is None or (type(value) is int and 0 <= value <= LARGEST_SEED):
        return value
    raise InvalidField("seed", "a whole number, 0 or more")


def _count(value: object) -> int:
    if value is None:
        return 1
    if type(value) is int and 1 <= value <= MOST_PICTURES:
        return value
    raise InvalidField("n", f"a whole number from 1 to {MOST_PICTURES}")


def _size(value: object) -> str | None:
    if value is None or (isinstance(value, str) and (value in (AUTO, *RATIOS) or _sides(value))):
        return value
    raise InvalidField("size", _SIZES)


def _sides(size: str) -> bool:
    """Say whether a size is two numbers of pixels within bounds."""
    found = _PIXELS.fullmatch(size)
    return found is not None and all(LEAST_SIDE <= int(n) <= LONGEST_SIDE for n in found.groups())


def _sent(value: object, param: str) -> bytes | str:
    """Return a picture as it was sent, also as the only one of a list or inside an object."""
    if isinstance(value, list) and len(value) > 1:
        raise InvalidField(
            param, f"one picture, not {len(value)}: each is edited by a call of its own"
        )
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("image_url") or value.get("url")
    if isinstance(value, dict):  # {"image_url": {"url": ...}}, as in chats
        value = value.get("url")
    if isinstance(value, str | bytes) and value:
        return value
    raise InvalidField(param, _SENT)
