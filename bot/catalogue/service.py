"""Looks models up by what callers name."""

from collections.abc import Mapping
from dataclasses import replace
from heapq import nlargest

from bot.catalogue.likeness import LONGEST_NAME, Likeness
from bot.catalogue.model import Model
from bot.core.errors import Failure, Kind
from bot.settings.community import CommunityFile
from bot.words.phrase import Phrase

CREATED = 1_735_689_600  # 2025-01-01; upstreams disagree or do not say
CLOSEST = 3


class UnknownModel(Failure):
    """No model has this name; `closest` holds up to three that come near."""

    kind = Kind.UNKNOWN_MODEL
    message_id = "unknown_model"

    def __init__(self, model: str, closest: list[str]) -> None:
        """Name the unknown model, cut to a length fit for a sentence, and what comes near."""
        hint = Phrase("model.hint", {"names": _either(closest)}) if closest else ""
        super().__init__(model=model[:LONGEST_NAME], closest=closest, hint=hint)


class Catalogue:
    """Every model of latchkey.toml, by id and by alias, in the file's order."""

    def __init__(self, file: CommunityFile) -> None:
        """Build from the settings."""
        self._written = [Model.of(entry, CREATED) for entry in file.models]
        self._models = self._written
        self._by_name = _named(self._models)

    def get(self, name: str) -> Model:
        """Return the model that a caller names, or say which come closest."""
        if (model := self._by_name.get(name)) is None:
            raise UnknownModel(name, self.closest(name))
        return model

    def visible(self) -> list[Model]:
        """Return every model, as listed to anybody."""
        return list(self._models)

    def written(self) -> list[Model]:
        """Return every model as latchkey.toml has it, whatever price is in force."""
        return list(self._written)

    def reprice(self, prices: Mapping[str, int]) -> None:
        """Let these coefficients be in force, in thousandths by id; latchkey.toml's elsewhere."""
        self._models = [
            replace(model, coefficient=prices[model.id]) if model.id in prices else model
            for model in self._written
        ]
        self._by_name = _named(self._models)

    def first_of(self, kind: str) -> Model | None:
        """Return the first model of a kind in the settings' order, if any."""
        return next((model for model in self._models if kind in model.kinds), None)

    def closest(self, name: str) -> list[str]:
        """Return up to three ids that look most like a name, best first."""
        likeness = Likeness(name)
        names = ((max(map(likeness, (model.id, *model.aliases))), model) for model in self._models)
        return [model.id for _, model in nlargest(CLOSEST, names, key=lambda one: one[0])]


def _named(models: list[Model]) -> dict[str, Model]:
    names = {alias: model for model in models for alias in model.aliases}
    return names | {model.id: model for model in models}


def _either(names: list[str]) -> str | Phrase:
    *most, last = [f"`{name}`" for name in names]
    return Phrase("list.or", {"most": most, "last": last}) if most else last
