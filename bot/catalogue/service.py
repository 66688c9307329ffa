"""Looks models up by what callers name."""

from collections.abc import Iterable
from difflib import SequenceMatcher
from heapq import nlargest

from bot.catalogue.model import Model
from bot.core.errors import Failure, Kind
from bot.settings.community import CommunityFile

CREATED = 1_735_689_600  # 2025-01-01; upstreams disagree or do not say
CLOSEST = 3
LONGEST_NAME = 100  # of a model; what is longer is compared no further


class UnknownModel(Failure):
    """No model has this name; `closest` holds up to three that come near."""

    kind = Kind.UNKNOWN_MODEL
    message_id = "unknown_model"

    def __init__(self, model: str, closest: list[str]) -> None:
        """Name the unknown model, cut to a length fit for a sentence, and what comes near."""
        hint = f" Did you mean {_either(closest)}?" if closest else ""
        super().__init__(model=model[:LONGEST_NAME], closest=closest, hint=hint)


class Catalogue:
    """Every model of latchkey.toml, by id and by alias, in the file's order."""

    def __init__(self, file: CommunityFile) -> None:
        """Build from the settings."""
        self._models = [Model.of(entry, CREATED) for entry in file.models]
        self._by_name = {alias: model for model in self._models for alias in model.aliases}
        self._by_name |= {model.id: model for model in self._models}

    def get(self, name: str) -> Model:
        """Return the model that a caller names, or say which come closest."""
        if (model := self._by_name.get(name)) is None:
            raise UnknownModel(name, self.closest(name))
        return model

    def visible(self) -> list[Model]:
        """Return every model, as listed to anybody."""
        return list(self._models)

    def first_of(self, kind: str) -> Model | None:
        """Return the first model of a kind in the settings' order, if any."""
        return next((model for model in self._models if kind in model.kinds), None)

    def closest(self, name: str) -> list[str]:
        """Return up to three ids that look most like a name, best first."""
        wanted = name[:LONGEST_NAME].lower()
        matcher = SequenceMatcher(b=wanted, autojunk=False)
        return nlargest(CLOSEST, self._ids(), key=lambda known: _likeness(matcher, known))

    def _ids(self) -> Iterable[str]:
        return (model.id for model in self._models)


def _likeness(matcher: "SequenceMatcher[str]", known: str) -> float:
    matcher.set_seq1(known.lower())
    return matcher.ratio()


def _either(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
