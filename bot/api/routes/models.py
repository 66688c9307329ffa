"""The models: the public list, one of them, and the list with tier and health."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.account.service import Account
from bot.api.auth import Auth
from bot.api.errors import NoSuchModel
from bot.api.headers import limits
from bot.api.replies import Json, personal
from bot.api.views import FullModelList, FullModelView, ModelList, ModelView
from bot.catalogue.model import Model
from bot.catalogue.service import Catalogue, UnknownModel
from bot.core.clock import Clock
from bot.core.units import THOUSAND
from bot.relay.router import Router

OWNER = "latchkey"


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
        return Json(ModelList("list", [ModelView(**seen(m)) for m in self.catalogue.visible()]))

    async def one(self, request: Request) -> Response:
        """Answer with one model, whose id may hold slashes."""
        try:
            model = self.catalogue.get(name := request.path_params["id"])
        except UnknownModel as unknown:
            raise NoSuchModel(model=unknown.params["model"]) from None
        return Json(ModelView(**seen(model, name)))

    async def full(self, request: Request) -> Response:
        """Answer with all models, who may call them and how their routes are."""
        standing = await self.account.standing(await self.auth.caller(request.scope))
        views = [
            FullModelView(**seen(model), tier=model.access, health=self.router.health_of(model))
            for model in self.catalogue.visible()
        ]
        headers = list(limits(standing, self.clock.now()))
        return personal(FullModelList("list", views), headers)


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
    }
