"""What a key's owner spent and has left."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from bot.account.service import Account, Overview
from bot.api.auth import Auth
from bot.api.headers import limits
from bot.api.operation import Answer, Key, Operation
from bot.api.parts import ApiParts
from bot.api.replies import personal
from bot.api.views import DayUseView, ModelUseView, UsageView
from bot.core.clock import Clock
from bot.relay.caller import Caller

SCHEMAS = {"UsageView": UsageView}
_WORDS = "Spent, held and left today, when it resets, by model and by day."


@dataclass(frozen=True)
class Usage:
    """Answers GET /v1/usage and GET /check."""

    auth: Auth
    account: Account
    clock: Clock

    async def usage(self, request: Request) -> Response:
        """Answer the owner of the bearer token."""
        return await self._of(await self.auth.caller(request.scope))

    async def check(self, request: Request) -> Response:
        """Answer the owner of `?key=`, or of the bearer token."""
        return await self._of(await self.auth.caller_by_query(request.scope))

    async def _of(self, caller: Caller) -> Response:
        overview = await self.account.overview(caller)
        headers = list(limits(overview.standing, self.clock.now()))
        return personal(view(overview), headers)


def view(overview: Overview) -> UsageView:
    """Return an overview as JSON has it."""
    standing = overview.standing
    return UsageView(
        mode=standing.mode,
        limit=standing.allowance,
        spent=standing.spent,
        held=standing.held,
        remaining=standing.remaining,
        resets_at=f"{standing.resets_at:%Y-%m-%dT%H:%M:%SZ}",
        unlimited=standing.allowance is None,
        requests_remaining=standing.requests_remaining,
        models=[
            ModelUseView(use.model, use.calls, use.tokens, use.cost) for use in overview.models
        ],
        days=[DayUseView(f"{use.day}", use.spent, use.calls) for use in overview.days],
    )


def operations(parts: ApiParts, auth: Auth) -> tuple[Operation, ...]:
    """Describe where a key's owner stands, and serve it."""
    usage = Usage(auth, parts.account, parts.clock)
    return (
        Operation(
            name="usage",
            method="GET",
            path="/v1/usage",
            endpoint=usage.usage,
            summary="See what you spent",
            words=_WORDS,
            answer=Answer("Where you stand.", "UsageView"),
            keyed=True,
        ),
        Operation(
            name="check",
            method="GET",
            path="/check",
            endpoint=usage.check,
            summary="See what a key spent",
            words=f"{_WORDS} The bearer token works too, and stays out of other people's logs.",
            answer=Answer("Where the key's owner stands.", "UsageView"),
            keyed=True,
            keys=(Key.QUERY, Key.BEARER),
        ),
    )
