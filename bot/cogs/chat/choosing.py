"""Which model answers, and which of them are offered while a member types."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.catalogue.model import Model
from bot.catalogue.service import Catalogue, UnknownModel
from bot.cogs.chat.errors import CannotTalk, NoModels, NoSight, NoSuchModel, NoWeb

MOST_CHOICES = 25  # Discord's limit of an autocompletion
LONGEST_CHOICE = 100  # characters, Discord's limit of a choice's name
LONGEST_NAME = 60  # characters of a model's id in it: the price still fits
WEB = "+web"
SIGHT = "vision"
STARTS, STARTS_A_WORD, HOLDS = range(3)


@dataclass(frozen=True)
class Choosing:
    """Chooses among the catalogue's models."""

    catalogue: Catalogue

    def model(self, wanted: str | None, *, web: bool, sees: bool) -> Model:
        """Return the model that answers, the first that can where none is wanted."""
        model = self._named(wanted) if wanted else self._default(sees=sees)
        if web and not model.id.endswith(WEB):
            model = self._with_web(model)
        if sees and SIGHT not in model.kinds:
            raise NoSight(model=model.id)
        return model

    def offered(self, typed: str) -> list[Model]:
        """Return the models that fit what is typed so far, best first."""
        ranked = [
            (rank, model) for model in self._plain() if (rank := _rank(model, typed)) is not None
        ]
        ranked.sort(key=lambda found: found[0])
        return [model for _, model in ranked[:MOST_CHOICES]]

    def _named(self, name: str) -> Model:
        try:
            model = self.catalogue.get(name.strip())
        except UnknownModel as unknown:
            raise NoSuchModel(model=unknown.params["model"], hint=unknown.params["hint"]) from None
        if not model.talks:
            raise CannotTalk(model=model.id, kinds=", ".join(model.kinds))
        return model

    def _default(self, *, sees: bool) -> Model:
        kind = SIGHT if sees else "chat"
        model = next((model for model in self._plain() if kind in model.kinds), None)
        if model is None:
            raise NoModels
        return model

    def _with_web(self, model: Model) -> Model:
        try:
            return self.catalogue.get(f"{model.id}{WEB}")
        except UnknownModel:
            raise NoWeb(model=model.id) from None

    def _plain(self) -> Iterable[Model]:
        """Yield what can be talked to; an entry with network access is asked for by `web`."""
        for model in self.catalogue.visible():
            if model.talks and not model.id.endswith(WEB):
                yield model


def label(model: Model) -> str:
    """Name a model in a list, with its price."""
    price = f"{model.coefficient / 1000:g}"
    access = "" if model.free else f" · {model.access} access"
    return f"{model.id[:LONGEST_NAME]} · x{price}{access}"[:LONGEST_CHOICE]


def _rank(model: Model, typed: str) -> int | None:
    """Say how well a model fits what is typed, 0 best; None if it does not."""
    wanted, names = typed.strip().lower(), [name.lower() for name in (model.id, *model.aliases)]
    if any(name.startswith(wanted) for name in names):
        return STARTS
    if any(f"{mark}{wanted}" in name for name in names for mark in "/-_. :"):
        return STARTS_A_WORD
    return HOLDS if any(wanted in name for name in names) else None
