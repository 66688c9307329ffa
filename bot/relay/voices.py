"""Speech: a text that a model says, in pieces of sound as they come."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from bot.catalogue.model import Model, Route
from bot.catalogue.service import Catalogue
from bot.relay import kinds
from bot.relay.caller import Caller
from bot.relay.errors import InvalidField, NoModelFor, TextWanted, UnknownVoice
from bot.relay.flat import FlatAsk, Flats, FlatStream, Opened, heard
from bot.relay.router import Connected
from bot.settings.serving import Capability, Dialect, Kind
from bot.upstreams.goods import SpeechAsk

NEEDS = frozenset({Capability.SPEECH})
MOST_TEXT = 4_096  # characters
FORMATS = ("mp3", "opus", "aac", "flac", "wav", "pcm")
SLOWEST, FASTEST = 0.25, 4.0
USUAL = ("alloy", "echo", "fable", "onyx", "nova", "shimmer")
AIRFORCE = ("alex", "sophia")  # where the usual names are understood too
_OURS = frozenset({"model", "input", "voice", "response_format", "speed"})


class SpeechWish(NamedTuple):
    """A text to say, checked; without a voice the model's first one says it."""

    model: Model
    text: str
    voice: str | None = None
    format: str = FORMATS[0]
    speed: float | None = None
    extra: Mapping[str, Any] = MappingProxyType({})  # the caller's other fields


@dataclass(frozen=True)
class Voices:
    """Says texts, at the flat price of a model."""

    catalogue: Catalogue
    flats: Flats

    def read(self, body: dict[str, Any]) -> SpeechWish:
        """Read OpenAI's speech body, or say which field is not what it has to be."""
        voice, form, speed = body.get("voice"), body.get("response_format"), body.get("speed")
        if not isinstance(voice, str | None):
            raise InvalidField("voice", "the name of a voice")
        if form is not None and form not in FORMATS:
            raise InvalidField("response_format", f"one of: {', '.join(FORMATS)}")
        if body.get("stream_format") not in (None, "audio"):
            raise InvalidField("stream_format", "audio, or left out")
        # Exact types: true is no number.
        if speed is not None and not (type(speed) in (int, float) and SLOWEST <= speed <= FASTEST):
            raise InvalidField("speed", f"a number from {SLOWEST} to {FASTEST:g}")
        return SpeechWish(
            model=kinds.named(self.catalogue, body.get("model"), Kind.SPEECH),
            text=sayable(body.get("input"), "input"),
            voice=voice or None,
            format=form or FORMATS[0],
            speed=speed,
            extra={name: value for name, value in body.items() if name not in _OURS},
        )

    def of(self, model: Model) -> tuple[str, ...]:
        """Return the voices that a model has: those of the settings, else those of its routes."""
        if model.voices:
            return model.voices
        airforce = [self._is_airforce(route) for route in model.routes]
        if all(airforce):
            return AIRFORCE
        return (*USUAL, *AIRFORCE) if any(airforce) else USUAL

    def airforce(self) -> Model:
        """Return the first speech model that is routed to airforce upstreams, by those routes."""
        for model in self.catalogue.visible():
            routes = tuple(filter(self._is_airforce, model.routes))
            if routes and Kind.SPEECH in model.kinds:
                return replace(model, routes=routes)
        raise NoModelFor(Kind.SPEECH)

    def say(
        self, caller: Caller, wish: SpeechWish, endpoint: str, arrived: datetime
    ) -> AbstractAsyncContextManager[FlatStream[bytes]]:
        """Say a text; entered once the first bytes are there, settled on every way out."""
        voice, model = self._spoken(wish)

        async def attempt(connected: Connected, route: Route) -> Opened[bytes]:
            asked = SpeechAsk(
                route.model, wish.text, voice, wish.format, wish.speed, extra=wish.extra
            )
            return await heard(connected.dialect.speak(connected.link, asked))

        return self.flats.stream(caller, FlatAsk(endpoint, model, NEEDS, arrived), attempt)

    def _spoken(self, wish: SpeechWish) -> tuple[str, Model]:
        """Return the voice as its model spells it, and the model with the routes that have it."""
        model, known = wish.model, self.of(wish.model)
        if wish.voice is None:
            voice = known[0]
        else:
            spelled = {name.casefold(): name for name in (*USUAL, *known)}
            found = spelled.get(wish.voice.strip().casefold())
            if found is None or (model.voices and found not in known):
                raise UnknownVoice(model.id, wish.voice, known)
            voice = found
        if model.voices or voice in USUAL:
            return voice, model
        return voice, replace(model, routes=tuple(filter(self._is_airforce, model.routes)))

    def _is_airforce(self, route: Route) -> bool:
        return self.flats.router.upstreams[route.upstream].dialect.name == Dialect.AIRFORCE


def sayable(text: object, param: str) -> str:
    """Return a text that can be said, or say what is wrong with it."""
    if not isinstance(text, str) or not text.strip() or len(text) > MOST_TEXT:
        raise TextWanted(param, MOST_TEXT)
    return text
