"""How this process is, what it is, and what it counts."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from bot.api.auth import bearer
from bot.api.drain import Drain
from bot.api.errors import MetricsHidden
from bot.api.measures import CONTENT_TYPE, Measures
from bot.api.operation import Answer, Key, Operation
from bot.api.parts import ApiParts
from bot.api.proxies import from_this_machine
from bot.api.replies import Json
from bot.api.views import AboutView, HealthView
from bot.community.service import Community
from bot.core.errors import Kind
from bot.core.health import Vitals
from bot.relay.router import Router
from bot.words.say import say

SCHEMAS = {"HealthView": HealthView, "AboutView": AboutView}


@dataclass(frozen=True)
class HealthPages:
    """Answers /v1/health, /about and /metrics."""

    vitals: Vitals
    drain: Drain
    measures: Measures
    open_holds: Callable[[], int]
    router: Router
    community: Community
    public_url: Callable[[], str]
    metrics_token: str | None
    version: str

    async def health(self, _request: Request) -> Response:
        """Answer 200 once everything this process runs is ready, else 503."""
        vitals = await self.vitals()
        status: Literal["ok", "starting", "draining"] = "ok" if vitals.ready else "starting"
        if self.drain.begun:
            status = "draining"
        view = HealthView(
            status=status,
            version=self.version,
            database=vitals.database,
            discord=vitals.discord,
            jobs=vitals.jobs,
            upstreams=dict(vitals.upstreams),
            models=vitals.models,
        )
        extra = [(b"cache-control", b"no-store")]
        if status == "ok":
            return Json(view, extra=extra)
        return Json(view, status=503, extra=[*extra, (b"retry-after", b"5")])

    async def about(self, _request: Request) -> Response:
        """Answer what this is and where to read on."""
        base, name = self.public_url(), self.community.community.name
        return Json(
            AboutView(
                name="Latchkey",
                version=self.version,
                community=name,
                api=f"{base}/v1",
                docs=f"{base}/docs",
                models=f"{base}/v1/models",
                contact=say("api.contact", community=name),
            )
        )

    async def metrics(self, request: Request) -> Response:
        """Answer this machine, or whoever has the token."""
        if not (self._has_token(request) or from_this_machine(request.scope)):
            raise MetricsHidden
        vitals = await self.vitals()
        text = self.measures.text(self.version, self.open_holds(), vitals, self.router)
        return Response(text, media_type=CONTENT_TYPE)

    def _has_token(self, request: Request) -> bool:
        given = (bearer(request.scope["headers"]) or "").encode()
        known = (self.metrics_token or "").encode()
        return bool(known) and hmac.compare_digest(given, known)


def operations(parts: ApiParts, drain: Drain, measures: Measures) -> tuple[Operation, ...]:
    """Describe the pages that tell of the process itself, and serve them."""
    pages = HealthPages(
        parts.vitals,
        drain,
        measures,
        parts.open_holds,
        parts.router,
        parts.community,
        parts.public_url,
        parts.metrics_token,
        parts.version,
    )
    return (
        Operation(
            name="health",
            method="GET",
            path="/v1/health",
            endpoint=pages.health,
            summary="See whether this process is ready",
            words="200 when it is, 503 before that and while it shuts down.",
            answer=Answer("The state of every part.", "HealthView", statuses=(200, 503)),
        ),
        Operation(
            name="about",
            method="GET",
            path="/about",
            endpoint=pages.about,
            summary="What this is",
            answer=Answer("Name, version, addresses.", "AboutView"),
        ),
        Operation(
            name="metrics",
            method="GET",
            path="/metrics",
            endpoint=pages.metrics,
            summary="Numbers for Prometheus",
            words="For this machine itself, or with LATCHKEY_METRICS_TOKEN as bearer token.",
            answer=Answer("Prometheus' text form.", media=("text/plain",)),
            keys=(Key.METRICS,),
            fails=frozenset({Kind.NOT_ALLOWED}),
        ),
    )
