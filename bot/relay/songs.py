"""Songs: asked for once, paid once, then looked at by their owner until they are finished."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import insert

from bot.catalogue.model import Model, Route
from bot.catalogue.service import Catalogue
from bot.core.ids import Ids
from bot.core.units import metered
from bot.ledger.calls import Settled
from bot.relay.belongings import Belonging, Belongings, Sort
from bot.relay.caller import Caller
from bot.relay.errors import InvalidField, InvalidKey, TextWanted
from bot.relay.flat import FlatAsk, Flats
from bot.relay.kinds import named, usual
from bot.relay.router import Connected
from bot.settings.serving import Capability, Kind
from bot.storage.tables.belongings import SongPostRow
from bot.upstreams.goods import Song, SongAsk

USUAL = "chirp-v3-5"
LONGEST, LONGEST_CUSTOM, LONGEST_STYLE = 200, 1_250, 120  # characters
ROOMIER: Mapping[str, int] = MappingProxyType({"chirp-v3-5": 3_000})  # custom prompts, by model
SINGS = frozenset({Capability.SONG})
_FLAGS: Mapping[Any, bool] = MappingProxyType({"true": True, "false": False})


class SongWish(NamedTuple):
    """A song as its caller wants it; None: the usual model."""

    prompt: str
    style: str | None = None
    instrumental: bool = False
    custom: bool = False
    model: str | None = None


class SongPlace(NamedTuple):
    """Where in Discord a song is awaited: the card it goes below, and its reader's language."""

    channel_id: int
    message_id: int
    language: str


class Begun(NamedTuple):
    """A song that is being made: the ids its owner may look its clips up by."""

    model: str
    clips: tuple[str, ...]
    upstream: str
    settled: Settled


@dataclass(frozen=True)
class Songs:
    """Has songs made, and gives each to its owner alone."""

    ids: Ids
    catalogue: Catalogue
    flats: Flats
    belongings: Belongings

    def model(self, name: str | None = None) -> Model:
        """Return the model of a name that makes songs, or the usual one."""
        if name is None:
            return usual(self.catalogue, Kind.SONG, USUAL)
        return named(self.catalogue, name, Kind.SONG)

    def price(self, model: Model) -> int:
        """Return what a song costs, metered tokens."""
        return metered(self.flats.community.limits.request_unit, model.coefficient)

    async def begin(
        self,
        caller: Caller,
        wish: SongWish,
        *,
        endpoint: str,
        arrived: datetime,
        place: SongPlace | None = None,
    ) -> Begun:
        """Have a song made; once an upstream has been asked, it is never asked again."""
        model = self.model(wish.model)
        _check(wish, model)

        async def attempt(connected: Connected, route: Route) -> tuple[str, ...]:
            asked = SongAsk(route.model, wish.prompt, wish.style, wish.instrumental, wish.custom)
            clips = await connected.dialect.sing(connected.link, asked)
            # It was made and is paid for: whoever stops waiting now, it is kept.
            return await self.flats.desk.chores.finish(
                self._keep(caller.member_id, model, route, clips, place)
            )

        ask = FlatAsk(endpoint, model, SINGS, arrived, once=True)
        served = await self.flats.serve(caller, ask, attempt)
        if not served.value:
            raise InvalidKey
        return Begun(model.id, served.value, served.upstream, served.settled)

    async def look(self, member_id: int, which: str) -> Song:
        """Return a clip of the member's as its upstream has it now."""
        return await self.clip(await self.belongings.find(member_id, Sort.SONG, which))

    async def clip(self, owned: Belonging) -> Song:
        """Return a clip as its upstream has it now."""
        return await self.belongings.read(
            owned,
            SINGS,
            lambda connected: connected.dialect.song(connected.link, owned.identifier),
        )

    async def _keep(
        self,
        member_id: int,
        model: Model,
        route: Route,
        clips: tuple[str, ...],
        place: SongPlace | None,
    ) -> tuple[str, ...]:
        """Keep the clips, and that they are awaited; none where their owner is gone."""
        song, belongings = self.ids.next(), self.belongings
        kept = []
        async with belongings.db.begin() as tx:
            await belongings.members.lock(tx, member_id)
            for clip in clips:
                made = await belongings.keep(
                    tx, member_id, Sort.SONG, route, clip, model=model.id, song=song
                )
                if made is None:
                    return ()
                kept.append(made)
            if place is not None:
                waits = {"id": song, "member_id": member_id, "begun_at": belongings.clock.now()}
                await tx.execute(insert(SongPostRow).values(waits | place._asdict()))
        return tuple(kept)


def read(body: Mapping[str, Any]) -> SongWish:
    """Read a body, or say which of its fields is not what it has to be."""
    return SongWish(
        prompt=_text(body, "prompt"),
        style=None if body.get("style") is None else _text(body, "style"),
        instrumental=_flag(body, "instrumental"),
        custom=_flag(body, "custom"),
        model=None if body.get("model") is None else _text(body, "model"),
    )


def longest(model: str, *, custom: bool) -> int:
    """Return how many characters a prompt for a model may have."""
    return ROOMIER.get(model, LONGEST_CUSTOM) if custom else LONGEST


def _check(wish: SongWish, model: Model) -> None:
    most = longest(model.id, custom=wish.custom)
    if not (wish.prompt.strip() and len(wish.prompt) <= most):
        raise TextWanted("prompt", most)
    if wish.style is not None and not (wish.style.strip() and len(wish.style) <= LONGEST_STYLE):
        raise TextWanted("style", LONGEST_STYLE)


def _text(body: Mapping[str, Any], field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str):
        raise InvalidField(field, "a text")
    return value


def _flag(body: Mapping[str, Any], field: str) -> bool:
    """Read a flag, given as a boolean or as the seed has it: "true" or "false"."""
    value = body.get(field)
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, str) and (found := _FLAGS.get(value.strip().lower())) is not None:
        return found
    raise InvalidField(field, '"true" or "false"')
