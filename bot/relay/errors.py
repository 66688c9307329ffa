"""What a call can fail with, in words for whoever made it.

Failure
├── Invalid
│   ├── InvalidField       a field we use is not what it has to be
│   │   └── TextWanted     a text of a certain length
│   ├── CannotChat         the model is for something else
│   ├── Unable             no route of the model offers what the call needs
│   ├── PaintsOnly         a model for pictures is asked for more than a picture of a text
│   ├── WrongKind          the model is not of the kind that the route is for
│   ├── NoModelFor         no model here is of that kind
│   ├── UnknownVoice       the model has no such voice
│   ├── PromptTooLong      the model's context cannot hold the prompt
│   └── RefusedUpstream    every route refused the request itself
├── InvalidKey, NoAccess, SuspendedMeanwhile   who calls, and what they may call
├── RouteFailed            no route gave an answer; the last one asked decides
│   ├── UpstreamFailed     502
│   ├── NoRoute            503
│   └── UpstreamTimeout    504
└── StreamIncomplete       an answer that had begun was cut
"""

from typing import Self

from bot.core.errors import Failure, Invalid, Kind
from bot.ledger.calls import Standing
from bot.relay.running import Stop
from bot.settings.serving import Capability
from bot.words.phrase import Phrase
from bot.words.say import listed, say

MOMENT = 10.0  # seconds
PARAMS = {
    Capability.TOOLS: "tools",
    Capability.VISION: "messages",
    Capability.AUDIO: "messages",
    Capability.STREAM: "stream",
}
LONGEST_NAME = 100  # of a voice that is unknown, as far as it is repeated


class InvalidField(Invalid):
    """A field is not `expected`; `param` names it."""

    message_id = "invalid_field"

    def __init__(self, param: str, expected: str | Phrase) -> None:
        """Name the field and what it must be: in English where only the API says it."""
        super().__init__(param=param, expected=expected)


class TextWanted(InvalidField):
    """A field is no text, a blank one or one of more than `most` characters."""

    def __init__(self, param: str, most: int) -> None:
        """Name the field and how long the text may be."""
        super().__init__(param, Phrase("expected.text", {"n": most}))


class CannotChat(Invalid):
    """The model is for something else than chat."""

    message_id = "cannot_chat"

    def __init__(self, model: str, kinds: tuple[str, ...]) -> None:
        """Name the model and what it is for."""
        super().__init__(param="model", model=model, kinds=_named(kinds))


class WrongKind(Invalid):
    """The model is not of the kind that such a call is for."""

    message_id = "wrong_kind"

    def __init__(self, model: str, kind: str, kinds: tuple[str, ...]) -> None:
        """Name the model, the kind it would have to be of, and those it is."""
        super().__init__(
            param="model", model=model, kind=Phrase(f"kind.{kind}"), kinds=_named(kinds)
        )


class NoModelFor(Invalid):
    """This community has no model of a kind."""

    message_id = "no_model_for"

    def __init__(self, kind: str) -> None:
        """Name the kind."""
        super().__init__(kind=Phrase(f"kind.{kind}"))


class UnknownVoice(Invalid):
    """A model does not speak with this voice."""

    message_id = "unknown_voice"

    def __init__(self, model: str, voice: str, voices: tuple[str, ...]) -> None:
        """Name the model, the voice that was asked for, and those it has."""
        super().__init__(
            param="voice", model=model, voice=voice[:LONGEST_NAME], voices=", ".join(voices)
        )


class Unable(Invalid):
    """No route of the model offers all that a call needs."""

    message_id = "unable"

    def __init__(self, model: str, missing: frozenset[Capability]) -> None:
        """Name the model and what it cannot do."""
        super().__init__(param=_param(missing), model=model, what=_abilities(missing))


class PaintsOnly(Invalid):
    """A chat with a model for pictures holds more than a text to make one of."""

    message_id = "paints_only"

    def __init__(self, model: str, beyond: frozenset[Capability]) -> None:
        """Name the model and what it cannot take."""
        super().__init__(param=_param(beyond), model=model, what=_abilities(beyond))


class PromptTooLong(Invalid):
    """The prompt alone is more than the model's context holds, as we count it."""

    kind = Kind.TOO_LONG
    message_id = "prompt_too_long"

    def __init__(self, model: str, prompt: int, context: int, param: str = "messages") -> None:
        """Name the model; `prompt` and `context` in tokens."""
        super().__init__(param=param, model=model, prompt=prompt, context=context)


class InvalidKey(Failure):
    """The key that came is mistyped, unknown or revoked."""

    kind = Kind.UNAUTHENTICATED
    message_id = "invalid_key"


class NoAccess(Failure):
    """The model is not in what the member may call."""

    kind = Kind.NO_ACCESS
    message_id = "no_access"

    def __init__(self, model: str, access: str) -> None:
        """Name the model and the access it asks for."""
        super().__init__(param="model", model=model, access=access.capitalize())


class SuspendedMeanwhile(Failure):
    """The member was suspended while the call ran, before anything was answered."""

    kind = Kind.SUSPENDED
    message_id = "suspended_meanwhile"


class Unanswered(Failure):
    """A call that held and was sent, but came to nothing; `standing` is the member's afterwards."""

    standing: Standing | None = None


class RefusedUpstream(Unanswered, Invalid):
    """Every route refused the request itself, the last one for this reason."""

    kind = Kind.INVALID
    message_id = "refused_upstream"


class RouteFailed(Unanswered):
    """No route gave an answer."""

    def unchosen(self) -> Self:
        """Advise no other model where nobody chose one: of a mailbox, or of a song's clip."""
        self.message_id = self.message_id.replace("model_", "service_")
        return self


class UpstreamFailed(RouteFailed):
    """The last route asked failed or gave nothing that is an answer."""

    kind = Kind.UPSTREAM_FAILED
    message_id = "model_failed"


class NoRoute(RouteFailed):
    """Every route rests, is busy, or the last one asked wants a rest."""

    kind = Kind.NO_ROUTE
    message_id = "model_rests"

    def __init__(self, model: str, retry_after: float, *, busy: bool = False) -> None:
        """Name the model; a wait of more than a moment is told, `retry_after` in seconds."""
        super().__init__(retry_after=retry_after, model=model)
        if busy:
            self.message_id = "model_busy"
        elif retry_after > MOMENT:
            self.message_id = "model_rests_long"


class UpstreamTimeout(RouteFailed):
    """The last route asked did not answer in time, or the call's whole time was up."""

    kind = Kind.UPSTREAM_TIMEOUT
    message_id = "model_late"


class StreamIncomplete(Failure):
    """An answer that had begun was cut, by its upstream or by us."""

    kind = Kind.STREAM_INCOMPLETE
    message_id = "answer_cut"

    def __init__(self, reason: Stop | None = None, *, flat: bool = False) -> None:
        """Say why Latchkey itself cut it; None: the upstream did. `flat`: it is paid whole."""
        super().__init__(charged=Phrase("charged.whole" if flat else "charged.delivered"))
        if reason is not None:
            self.kind, self.message_id = Kind.STREAM_STOPPED, f"answer_stopped.{reason}"


def _param(missing: frozenset[Capability]) -> str:
    return PARAMS.get(next(iter(missing)), "model") if len(missing) == 1 else "model"


def _abilities(missing: frozenset[Capability]) -> str:
    return listed([say(f"ability.{ability}") for ability in Capability if ability in missing])


def _named(kinds: tuple[str, ...]) -> list[Phrase]:
    return [Phrase(f"kind.{kind}") for kind in kinds]
