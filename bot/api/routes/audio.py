"""Speech: POST /v1/audio/speech as OpenAI has it, GET /get-audio as airforce has it."""

from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from bot.api.connection import connection_of
from bot.api.counter import Counter
from bot.api.flow import Flow
from bot.api.headers import Header
from bot.api.operation import Answer, Body, Operation, Parameter, Place
from bot.api.parts import ApiParts
from bot.api.schema import Schema, choice, maybe, number, record, text
from bot.relay.caller import Caller
from bot.relay.flat import FlatStream
from bot.relay.voices import (
    AIRFORCE,
    FASTEST,
    FORMATS,
    MOST_TEXT,
    SLOWEST,
    SpeechWish,
    Voices,
    sayable,
)

SPEECH, GET_AUDIO = "audio.speech", "get-audio"
MEDIA = ("audio/mpeg", "audio/ogg", "audio/aac", "audio/flac", "audio/wav", "audio/pcm")
SCHEMAS: dict[str, Schema] = {
    "SpeechRequest": record(
        "model",
        "input",
        words="OpenAI's speech body; every field that is not named here passes through.",
        has={
            "model": text("an id of GET /v1/models of the kind speech", least=1),
            "input": text("what is to be said", least=1, most=MOST_TEXT),
            "voice": maybe(text("one of the model's voices; left out: its first")),
            "response_format": maybe(choice(*FORMATS, default=FORMATS[0])),
            "speed": maybe(number(SLOWEST, FASTEST)),
            "stream_format": maybe(choice("audio")),
        },
    )
}


@dataclass(frozen=True)
class Speech:
    """Says the text of OpenAI's speech body."""

    counter: Counter
    voices: Voices

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call with the sound's bytes as they come."""
        caller = await self.counter.caller(scope)
        wish = self.voices.read(await self.counter.json(scope, receive))
        await say(self, caller, wish, SPEECH, scope, send)


@dataclass(frozen=True)
class GetAudio:
    """Says the text of `?text=` in the voice of `?voice=`, as MP3."""

    counter: Counter
    voices: Voices

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call with the sound's bytes as they come."""
        caller, query = await self.counter.caller(scope), self.counter.query(scope)
        said = sayable(query.get("text"), "text")
        wish = SpeechWish(self.voices.airforce(), said, query.get("voice"))
        await say(self, caller, wish, GET_AUDIO, scope, send)


async def say(
    route: Speech | GetAudio,
    caller: Caller,
    wish: SpeechWish,
    endpoint: str,
    scope: Scope,
    send: Send,
) -> None:
    """Answer with a text said; sound that is cut ends with its connection, not as if whole."""
    counter = route.counter
    visit = counter.visit(scope)
    with counter.present(scope):
        flow = Flow[bytes](send, connection_of(scope), visit, counter.clock, said=bytes)
        await flow.answer(route.voices.say(caller, wish, endpoint, visit.arrived), _head)


def _head(sound: FlatStream[bytes]) -> tuple[Header, ...]:
    return (b"content-type", sound.media.encode()), (b"cache-control", b"no-store")


def operations(parts: ApiParts, counter: Counter) -> tuple[Operation, ...]:
    """Describe speech, and serve it."""
    return (
        Operation(
            name="speech",
            method="POST",
            path="/v1/audio/speech",
            aliases=("/audio/speech",),
            endpoint=Speech(counter, parts.voices),
            summary="Say a text",
            words=(
                "The sound comes as the model makes it. If it breaks off, the connection closes "
                "without the last chunk. Costs one request unit times the coefficient."
            ),
            answer=Answer("The sound, MP3 by default.", media=MEDIA),
            keyed=True,
            metered=True,
            takes=Body("SpeechRequest"),
            example={"model": "MODEL", "input": "Hello!", "voice": "alloy"},
            kind="speech",
        ),
        Operation(
            name="get_audio",
            method="GET",
            path="/get-audio",
            aliases=("/v1/get-audio",),
            endpoint=GetAudio(counter, parts.voices),
            summary="Say a short text by its address",
            words="The first speech model of an airforce upstream says it, as MP3.",
            answer=Answer("The sound.", media=("audio/mpeg",)),
            keyed=True,
            metered=True,
            example={"text": "Hello!", "voice": AIRFORCE[0]},
            kind="speech",
            parameters=(
                Parameter(
                    "text",
                    Place.QUERY,
                    "what is to be said",
                    required=True,
                    schema=text(least=1, most=MOST_TEXT),
                ),
                Parameter(
                    "voice",
                    Place.QUERY,
                    f"{' or '.join(AIRFORCE)}, where the settings name no others",
                ),
            ),
        ),
    )
