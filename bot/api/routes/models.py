"""The models: the public list, one of them, and the list with tier and health."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.account.service import Account
from bot.api.auth import Auth
from bot.api.errors import NoSuchModel
from bot.api.headers import limits
from bot.api.operation import Answer, Operation, Parameter, Place
from bot.api.parts import ApiParts
from bot.api.replies import Json, personal
from bot.api.views import FullModelList, FullModelView, ModelList, ModelView, RouteView
from bot.catalogue.model import Model, Route
from bot.catalogue.service import Catalogue, UnknownModel
from bot.core.clock import Clock
from bot.core.errors import Kind
from bot.core.units import THOUSAND
from bot.relay.router import Router

OWNER = "latchkey"
SCHEMAS = {"ModelView": ModelView, "ModelList": ModelList, "FullModelList": FullModelList}


@dataclass(frozen=True)
class Models:
    """Lists what can be called."""

    auth: Auth
    catalogue: Catalogue
    router: Router
    account: Account
    clock: Clock

    async def every(self, _request: Request) -> Response:
        """Answer with all models; public."""
        views = [ModelView(**seen(model)) for model in self.catalogue.visible()]
        first, last = (views[0].id, views[-1].id) if views else (None, None)
        return Json(ModelList("list", views, first, last, has_more=False))

    async def one(self, request: Request) -> Response:
        """Answer with one model, whose id may hold slashes; without an id with all of them."""
        if not (name := request.path_params["id"]):
            return await self.every(request)
        try:
            model = self.catalogue.get(name)
        except UnknownModel as unknown:
            said = unknown.params
            raise NoSuchModel(model=said["model"], hint=said["hint"]) from None
        return Json(ModelView(**seen(model, name)))

    async def full(self, request: Request) -> Response:
        """Answer with all models, who may call them and how their routes are."""
        standing = await self.account.standing(await self.auth.caller(request.scope))
        views = [
            FullModelView(
                **seen(model),
                tier=model.access,
                health=self.router.health_of(model),
                routes=[self._route(route) for route in model.routes],
            )
            for model in self.catalogue.visible()
        ]
        headers = list(limits(standing, self.clock.now()))
        return personal(FullModelList("list", views), headers)

    def _route(self, route: Route) -> RouteView:
        conditions, key = self.router.conditions, (route.upstream, route.model)
        tier = conditions.tiers.get(key)
        return RouteView(route.upstream, route.priority, conditions.route(key), tier)


def seen(model: Model, name: str | None = None) -> dict[str, Any]:
    """Return what everybody may know of a model, under the name it was asked for by."""
    return {
        "id": name or model.id,
        "object": "model",
        "created": model.created,
        "owned_by": OWNER,
        "coefficient": model.coefficient / THOUSAND,
        "kind": model.kinds[0] if len(model.kinds) == 1 else list(model.kinds),
        "access": model.access,
        "type": "model",
        "display_name": name or model.id,
        "created_at": datetime.fromtimestamp(model.created, UTC).isoformat(),
    }


def operations(parts: ApiParts, auth: Auth) -> tuple[Operation, ...]:
    """Describe the lists of models, and serve them."""
    models = Models(auth, parts.catalogue, parts.router, parts.account, parts.clock)
    return (
        Operation(
            name="models",
            method="GET",
            path="/v1/models",
            aliases=("/models",),
            endpoint=models.every,
            summary="List the models",
            answer=Answer("Every model with its price, kind and access.", "ModelList"),
        ),
        Operation(
            name="models_full",
            method="GET",
            path="/v1/models/full",
            endpoint=models.full,
            summary="List the models with tier and health",
            answer=Answer("Every model, who may call it and how it is.", "FullModelList"),
            keyed=True,
        ),
        Operation(
            name="model",
            method="GET",
            path="/v1/models/{id:path}",
            endpoint=models.one,
            summary="Look one model up",
            words="Ids with slashes work as they are.",
            answer=Answer("The model.", "ModelView"),
            parameters=(Parameter("id", Place.PATH, "the model's id", required=True),),
            example={"id": "MODEL"},
            fails=frozenset({Kind.NO_SUCH_MODEL}),
        ),
    )
