"""Which model a call is for: the one its caller names, or the first that is made for such calls."""

from bot.catalogue.model import Model
from bot.catalogue.service import Catalogue
from bot.relay.errors import InvalidField, NoModelFor, WrongKind
from bot.settings.serving import Kind


def named(catalogue: Catalogue, name: object, kind: Kind) -> Model:
    """Return the model that a caller names, or say why it is not for such a call."""
    if not isinstance(name, str) or not name:
        raise InvalidField("model", "the id of a model, as GET /v1/models lists them")
    model = catalogue.get(name)
    if kind not in model.kinds:
        raise WrongKind(model.id, kind, model.kinds)
    return model


def usual(catalogue: Catalogue, kind: Kind, preferred: str | None = None) -> Model:
    """Return the preferred model where it exists and is of the kind, else the first that is."""
    found = [model for model in catalogue.visible() if kind in model.kinds]
    if not found:
        raise NoModelFor(kind)
    return next((model for model in found if model.id == preferred), found[0])
