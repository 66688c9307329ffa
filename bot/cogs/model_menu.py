"""The models of a kind: which one a command asks, and which are offered while a member types."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.catalogue.model import Model
from bot.catalogue.service import Catalogue, UnknownModel
from bot.community.service import Community
from bot.core.errors import Failure
from bot.core.errors import Kind as FailureKind
from bot.core.units import THOUSAND, metered
from bot.settings.serving import Kind
from bot.words.names import kinds
from bot.words.say import say

MOST_CHOICES = 25  # Discord's limit of an autocompletion
LONGEST_CHOICE = 100  # characters, Discord's limit of a choice's name and of its value
LONGEST_NAME = 60  # characters of a model's id in it: the price still fits
STARTS, STARTS_A_WORD, HOLDS = range(3)


class NoSuchModel(Failure):
    """No model is called `model`; `hint` names what comes close."""

    kind = FailureKind.UNKNOWN_MODEL
    message_id = "model.no_such"


class NotForThis(Failure):
    """The model is for `kinds`, and not for `wanted`."""

    kind = FailureKind.INVALID
    message_id = "model.not_for_this"


class NoneForThis(Failure):
    """Nothing here is for `wanted`."""

    kind = FailureKind.NO_ROUTE
    message_id = "model.none_for_this"


@dataclass(frozen=True)
class ModelMenu:
    """The models of one kind, at a flat price each."""

    catalogue: Catalogue
    community: Community
    kind: Kind

    def chosen(self, wanted: str | None) -> Model:
        """Return the model that is wanted, else the first of the kind in the settings."""
        if wanted is not None:
            return self._named(wanted)
        if (model := self.catalogue.first_of(self.kind)) is None:
            raise NoneForThis(wanted=purpose(self.kind))
        return model

    def choices(self, typed: str) -> list[tuple[str, str]]:
        """Return names with prices, and ids, of what fits what is typed so far, best first."""
        models = (model for model in self.catalogue.visible() if self.kind in model.kinds)
        return [(self._label(model), model.id) for model in ranked(models, typed)]

    def price(self, model: Model, times: int = 1) -> int:
        """Return what `times` pieces cost, metered tokens."""
        return metered(self.community.limits.request_unit, model.coefficient) * times

    def _named(self, name: str) -> Model:
        model = known(self.catalogue, name)
        if self.kind not in model.kinds:
            wanted = purpose(self.kind)
            raise NotForThis(model=model.id, wanted=wanted, kinds=kinds(model.kinds))
        return model

    def _label(self, model: Model) -> str:
        return label(model, say("model.price", n=self.price(model)))


def known(catalogue: Catalogue, name: str) -> Model:
    """Return the model of a name or alias; raise NoSuchModel."""
    try:
        return catalogue.get(name.strip())
    except UnknownModel as unknown:
        raise NoSuchModel(model=unknown.params["model"], hint=unknown.params["hint"]) from None


def purpose(kind: str) -> str:
    """Say what a kind of models is for."""
    return say(f"model.purpose.{kind}")


def multiple(model: Model) -> str:
    """Say how often a model counts each token."""
    return say("model.multiple", multiple=model.coefficient / THOUSAND)


def label(model: Model, price: str) -> str:
    """Name a model in a list, with its price and the access it needs."""
    parts = [model.id[:LONGEST_NAME], price]
    if not model.free:
        parts.append(say("model.access", access=model.access))
    return " · ".join(parts)[:LONGEST_CHOICE]


def ranked(models: Iterable[Model], typed: str) -> list[Model]:
    """Return the models that fit what is typed so far, best first, as many as may be offered."""
    found = [(rank, model) for model in models if (rank := _rank(model, typed)) is not None]
    found.sort(key=lambda one: one[0])
    return [model for _, model in found[:MOST_CHOICES]]


def _rank(model: Model, typed: str) -> int | None:
    """Say how well a model fits what is typed, 0 best; None if it does not."""
    wanted, names = typed.strip().lower(), [name.lower() for name in (model.id, *model.aliases)]
    if any(name.startswith(wanted) for name in names):
        return STARTS
    if any(f"{mark}{wanted}" in name for name in names for mark in "/-_. :"):
        return STARTS_A_WORD
    return HOLDS if any(wanted in name for name in names) else None
