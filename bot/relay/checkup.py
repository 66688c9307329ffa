"""Whether every upstream answers and serves what routes name: for `latchkey doctor`, /settings."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.catalogue.model import Model
from bot.catalogue.service import Catalogue
from bot.community.service import Community
from bot.core.clock import Clock
from bot.relay.news import Known, routes_to
from bot.relay.router import Connected
from bot.settings.serving import Capability
from bot.upstreams.failures import (
    Broken,
    Empty,
    Misconfigured,
    NoModelsList,
    RateLimited,
    Refused,
    TimedOut,
    UpstreamFailure,
)
from bot.words.say import say
from bot.words.verdict import Mark, Verdict

UPSTREAM, MODELS, MAIL = "upstreams", "models", "temp mail"
MOST_NAMED = 5
ENDINGS = {  # of base URLs, as the dialects' documents give them
    "openai": "/v1",
    "fresed": "/v1",
    "freetheai": "/v1",
    "spafe": "/api/v1",
    "devsdocode": "the host's name",
    "airforce": "the host's name",
}
UNAUTHORIZED, UNPAID, FORBIDDEN = 401, 402, 403
WORKING = (Refused, Empty, RateLimited)  # it answers, which is all that calls need


@dataclass(frozen=True, slots=True)
class Answer:
    """What asking an upstream for its models came to."""

    milliseconds: int
    listed: frozenset[str] = frozenset()
    failure: UpstreamFailure | None = None

    @property
    def works(self) -> bool:
        """Say whether calls may well be answered there."""
        return self.failure is None or isinstance(self.failure, WORKING)


@dataclass(frozen=True)
class UpstreamCheckup:
    """Asks every upstream for its list of models, which costs nothing, and compares the routes."""

    upstreams: Mapping[str, Connected]
    catalogue: Catalogue
    community: Community
    clock: Clock

    async def look(self, patience: float) -> list[Verdict]:
        """Judge the upstreams, each given so many seconds, the models and the mailboxes."""
        names = list(self.upstreams)
        asked = await asyncio.gather(*(self._ask(self.upstreams[n], patience) for n in names))
        answers = dict(zip(names, asked, strict=True))
        found = [self._upstream(name, answer, patience) for name, answer in answers.items()]
        found += self._unlisted(answers)
        return [*found, *self._models(answers), *self._mail(answers)]

    async def _ask(self, connected: Connected, patience: float) -> Answer:
        begun, listed = self.clock.monotonic(), frozenset[str]()
        failure: UpstreamFailure | None = None
        try:
            async with asyncio.timeout(patience):
                seen = await connected.dialect.models(connected.link)
            listed = frozenset(model.id for model in seen)
            failure = None if listed else Empty()
        except UpstreamFailure as fault:
            failure = fault
        except TimeoutError:
            failure = TimedOut()
        return Answer(round((self.clock.monotonic() - begun) * 1000), listed, failure)

    def _upstream(self, name: str, answer: Answer, patience: float) -> Verdict:
        connected = self.upstreams[name]
        dialect, failure = connected.dialect.name, answer.failure
        params: dict[str, Any] = {"name": name, "ms": answer.milliseconds, "dialect": dialect}
        params |= {"ending": ENDINGS[dialect], "n": len(answer.listed), "seconds": patience}
        params["status"] = getattr(failure, "status", None)
        if failure is None:
            return Verdict(Mark.OK, UPSTREAM, "checkup.upstream", params)
        mark, what = _judged(failure, keyed=connected.link.api_key is not None)
        return Verdict(mark, UPSTREAM, f"checkup.upstream.{what}", params)

    def _unlisted(self, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
        for name, answer in answers.items():
            if answer.failure is None and (missing := self._strays(name, answer)):
                params = {"name": name, "n": len(missing), "models": _named(missing)}
                yield Verdict(Mark.WARN, UPSTREAM, "checkup.unlisted", params)

    def _strays(self, upstream: str, answer: Answer) -> list[str]:
        listed = {name: Known() for name in answer.listed}
        return routes_to(self.catalogue.written(), upstream).expects(listed)

    def _models(self, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
        models = self.catalogue.written()
        unserved = [model.id for model in models if not _served(model, answers)]
        if not models or not answers:
            yield Verdict(Mark.WARN, MODELS, "checkup.models.none")
        elif unserved:
            params = {"n": len(unserved), "models": _named(unserved)}
            yield Verdict(Mark.FAIL, MODELS, "checkup.models.unserved", params)
        else:
            yield Verdict(Mark.OK, MODELS, "checkup.models", {"n": len(models)})

    def _mail(self, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
        if (name := self.community.temp_mail.upstream) is None or name not in answers:
            return
        connected = self.upstreams[name]
        params = {"name": name, "dialect": connected.dialect.name}
        if Capability.TEMP_MAIL not in connected.offers:
            yield Verdict(Mark.FAIL, MAIL, "checkup.mail.unable", params)
        elif not answers[name].works:
            yield Verdict(Mark.FAIL, MAIL, "checkup.mail.fails", params)
        else:
            yield Verdict(Mark.OK, MAIL, "checkup.mail", params)


def _judged(failure: UpstreamFailure, *, keyed: bool) -> tuple[Mark, str]:
    """Return how bad a failure is, and which sentence tells of it."""
    match failure:
        case Misconfigured(status=status) if status in (UNAUTHORIZED, FORBIDDEN):
            return Mark.FAIL, "key" if keyed else "no_key"
        case Misconfigured(status=status):
            return Mark.FAIL, "unpaid" if status == UNPAID else "moved"
        case Refused():
            by_document = isinstance(failure, NoModelsList)
            return (Mark.OK, "no_list") if by_document else (Mark.WARN, "listless")
        case Empty():
            return Mark.WARN, "empty"
        case RateLimited():
            return Mark.WARN, "limited"
        case TimedOut():
            return Mark.FAIL, "silent"
        case Broken(status=None):
            return Mark.FAIL, "unreachable"
        case _:
            return Mark.FAIL, "failed"


def _served(model: Model, answers: Mapping[str, Answer]) -> bool:
    return any(answers[route.upstream].works for route in model.routes)


def _named(models: Sequence[str]) -> str:
    """Name models, the first few of many."""
    names = ", ".join(_quoted(models[:MOST_NAMED]))
    more = len(models) - MOST_NAMED
    return say("checkup.models.more", names=names, more=more) if more > 0 else names


def _quoted(names: Iterable[str]) -> Iterator[str]:
    return (f"`{name}`" for name in names)
