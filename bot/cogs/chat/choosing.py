"""Which model answers, and which of them are offered while a member types."""

from collections.abc import Iterable
from dataclasses import dataclass

import discord

from bot.catalogue.model import Model
from bot.catalogue.service import Catalogue, UnknownModel
from bot.cogs.chat.errors import CannotTalk, NoModels, NoSight, NoWeb
from bot.cogs.model_menu import (
    LONGEST_CHOICE,
    MOST_CHOICES,
    NoSuchModel,
    known,
    label,
    multiple,
    ranked,
)
from bot.words.names import kinds

WEB = "+web"
SIGHT = "vision"
MOST_NAMED = 3


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
            raise NoSight(model.id, self._sighted())
        return model

    def going_on(self, before: str | None, *, sees: bool) -> Model:
        """Return the model of a conversation, the first that can where that one is gone."""
        try:
            return self.model(before, web=False, sees=sees)
        except (NoSuchModel, CannotTalk):
            return self._default(sees=sees)

    def menu(self, current: str, *, sees: bool) -> list[discord.SelectOption]:
        """Offer the models that may answer again, the current one marked."""
        models = [each for each in self._plain() if not sees or SIGHT in each.kinds]
        try:
            now = self.catalogue.get(current)
        except UnknownModel:
            return []
        others = [each for each in models if each.id != now.id]
        return [
            discord.SelectOption(
                label=label(each, multiple(each)), value=each.id, default=each.id == now.id
            )
            for each in [now, *others[: MOST_CHOICES - 1]]
            if len(each.id) <= LONGEST_CHOICE
        ]

    def choices(self, typed: str) -> list[tuple[str, str]]:
        """Return names with prices, and ids, of what fits what is typed so far, best first."""
        return [(label(model, multiple(model)), model.id) for model in ranked(self._plain(), typed)]

    def _named(self, name: str) -> Model:
        model = known(self.catalogue, name)
        if not model.talks:
            raise CannotTalk(model=model.id, kinds=kinds(model.kinds))
        return model

    def _sighted(self) -> str | None:
        """Name some models that see pictures."""
        seeing = [f"`{each.id}`" for each in self._plain() if SIGHT in each.kinds]
        return ", ".join(seeing[:MOST_NAMED]) or None

    def _default(self, *, sees: bool) -> Model:
        models = list(self._plain())
        kind = SIGHT if sees else "chat"
        if (model := next((each for each in models if kind in each.kinds), None)) is not None:
            return model
        if models:
            raise NoSight(models[0].id, None)
        raise NoModels

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
