"""POST /v1/suno makes a song, GET /v1/suno/{id} tells how a clip of it is."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.account.service import Account
from bot.api.counter import Counter
from bot.api.headers import limits
from bot.api.operation import Answer, Body, Operation, Parameter, Place
from bot.api.parts import ApiParts
from bot.api.replies import personal
from bot.api.schema import FLAG, Schema, choice, either, many, maybe, record, text
from bot.core.errors import Kind
from bot.relay import songs
from bot.relay.songs import LONGEST, LONGEST_CUSTOM, LONGEST_STYLE, ROOMIER, USUAL, Songs

ENDPOINT = "suno"
_FLAG = maybe(either(choice("true", "false"), FLAG))
_LINK = maybe(text("where the upstream keeps it, once there is one"))
READING = frozenset({Kind.NOT_FOUND, Kind.UPSTREAM_FAILED, Kind.NO_ROUTE, Kind.UPSTREAM_TIMEOUT})
SCHEMAS: dict[str, Schema] = {
    "SongRequest": record(
        "prompt",
        has={
            "model": maybe(text(f"a model of the kind song; left out: {USUAL}", least=1)),
            "prompt": text(
                f"1 to {LONGEST} characters; with `custom` up to {LONGEST_CUSTOM:,}, on {USUAL} up "
                f"to {ROOMIER[USUAL]:,}",
                least=1,
                most=max(LONGEST_CUSTOM, *ROOMIER.values()),
            ),
            "style": maybe(text("genre or style", least=1, most=LONGEST_STYLE)),
            "instrumental": _FLAG,
            "custom": _FLAG,
        },
    ),
    "SongBegun": record(
        "status",
        "clips",
        has={
            "status": choice("success"),
            "clips": many(text("the id of a clip, which only you may look up"), least=1),
        },
    ),
    "SongClip": record(
        "status",
        "image_url",
        "audio_url",
        "video_url",
        has={
            "status": choice("generating", "finished"),
            "image_url": _LINK,
            "audio_url": _LINK,
            "video_url": _LINK,
        },
    ),
}


@dataclass(frozen=True)
class NewSong:
    """Has a song made."""

    counter: Counter
    songs: Songs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        counter = self.counter
        caller = await counter.caller(scope)
        wish = songs.read(await counter.json(scope, receive))
        arrived = counter.visit(scope).arrived
        with counter.present(scope):
            begun = await self.songs.begin(caller, wish, endpoint=ENDPOINT, arrived=arrived)
            made = {"status": "success", "clips": begun.clips}
            await counter.answer(send, made, begun.settled, begun.upstream)


@dataclass(frozen=True)
class Clips:
    """Tells owners how their clips are."""

    counter: Counter
    songs: Songs
    account: Account

    async def look(self, request: Request) -> Response:
        """Answer with one clip: free, and for its owner alone."""
        caller = await self.counter.caller(request.scope)
        song = await self.songs.look(caller.member_id, request.path_params["id"])
        standing = await self.account.standing(caller)
        told = {
            "status": song.status,
            "image_url": song.image_url,
            "audio_url": song.audio_url,
            "video_url": song.video_url,
        }
        return personal(told, list(limits(standing, self.counter.clock.now())))


def operations(parts: ApiParts, counter: Counter) -> tuple[Operation, ...]:
    """Describe songs, and serve them."""
    return (
        Operation(
            name="song",
            method="POST",
            path="/v1/suno",
            aliases=("/suno",),
            endpoint=NewSong(counter, parts.songs),
            summary="Have a song made",
            words=(
                "Answers at once with the ids of its clips; they are ready some minutes later. "
                "Costs 800 tokens times the coefficient. Never tried again once it was sent."
            ),
            answer=Answer("The clips to look up.", "SongBegun"),
            keyed=True,
            metered=True,
            takes=Body("SongRequest"),
            example={"prompt": "A catchy pop song with upbeat rhythm"},
            kind="song",
        ),
        Operation(
            name="song_clip",
            method="GET",
            path="/v1/suno/{id}",
            aliases=("/suno/{id}",),
            endpoint=Clips(counter, parts.songs, parts.account).look,
            summary="See how a clip of a song is",
            words="Free, and only for whoever had the song made.",
            answer=Answer("The clip.", "SongClip"),
            keyed=True,
            parameters=(Parameter("id", Place.PATH, "a clip's id", required=True),),
            fails=READING,
        ),
    )
