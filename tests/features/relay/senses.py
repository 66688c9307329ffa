"""What besides chat a test may ask a relaying process for: speech and embeddings."""

from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from bot.core.clock import HandClock
from bot.relay.caller import Caller
from bot.relay.embeddings import Embeddings, Vectors
from bot.relay.flat import Flats, FlatStream
from bot.relay.voices import SpeechWish, Voices
from bot.storage.database import Database
from tests.features.relay.house import CLAUDE, MODEL, House, opened_house

SPEAKER = MODEL | {"id": "tts-1", "kind": "speech"}
DEAR = CLAUDE | {"id": "tts-hd", "kind": "speech"}
EMBEDDER = MODEL | {"id": "embedder", "kind": "embedding", "context": 30}
MODELS = [MODEL, SPEAKER, DEAR, EMBEDDER, EMBEDDER | {"id": "embed-hd", "access": "claude"}]
FLAT = 1_600  # a request unit at a coefficient of 2
TEXT = "Say these five words slowly"


@asynccontextmanager
async def opened_senses(db: Database, clock: HandClock, **sections: Any):
    """Open a house that has models for speech and embeddings."""
    async with opened_house(db, clock, **({"models": MODELS} | sections)) as house:
        yield house


def flats(house: House) -> Flats:
    """Return what meters the house's flat-priced calls."""
    relay = house.relay
    return Flats(relay.router, relay.callers, relay.community, relay.desk)


def voices(house: House) -> Voices:
    """Return the house's speech."""
    return Voices(house.relay.catalogue, flats(house))


def say(
    house: House, caller: Caller, text: str = TEXT, *, model: str = "tts-1", **wish: Any
) -> AbstractAsyncContextManager[FlatStream[bytes]]:
    """Let a model say a text."""
    speech = voices(house)
    asked = SpeechWish(house.relay.catalogue.get(model), text, **wish)
    return speech.say(caller, asked, "audio.speech", house.clock.now())


async def heard(house: House, caller: Caller, text: str = TEXT, **wish: Any) -> bytes:
    """Let a model say a text and return the sound."""
    async with say(house, caller, text, **wish) as sound:
        return b"".join([piece async for piece in sound])


async def embedded(
    house: House, caller: Caller, given: Any = "One two three", **fields: Any
) -> Vectors:
    """Ask for embeddings of an input."""
    relay = house.relay
    made = Embeddings(relay.catalogue, relay.router, relay.callers, relay.community, relay.desk)
    body = {"model": "embedder", "input": given} | fields
    return await made.answer(caller, body, "embeddings", house.clock.now())
