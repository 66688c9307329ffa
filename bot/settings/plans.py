"""What members can earn, buy or win; a table in latchkey.toml is laid over its plan's defaults."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from bot.settings import scalars as of
from bot.settings.section import Section
from bot.settings.words import Unfit

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "activation": {"daily_tokens": 160_000, "claude": True, "days": 3},
    "exchange": {
        "5": {"daily_tokens": 85_000, "claude": True, "days": 30},
        "10": {"daily_tokens": 160_000, "claude": True, "days": 30},
        "20": {"daily_tokens": 320_000, "claude": True, "days": 30},
        "40": {"daily_tokens": 960_000, "claude": True, "days": 30},
        "60": {"daily_tokens": 1_600_000, "claude": True, "days": 30},
    },
    "level": {
        "1": {"daily_tokens": 88_000},
        "2": {"daily_tokens": 128_000},
        "3": {"daily_tokens": 160_000},
    },
    "donation": {
        "3": {"claude": True, "days": 30},
        "5": {"daily_tokens": 320_000, "days": 30},
        "10": {"daily_tokens": 960_000, "days": 30},
        "15": {"daily_tokens": 1_600_000, "days": 30},
        "100": {"unlimited": True, "claude": True, "days": 30},
    },
    "contest": {"daily_tokens": 320_000, "claude": True, "days": 30},
}


class PlanEntry(Section):
    """What one plan gives, and for how many days."""

    daily_tokens: of.Tokens | None = Field(None, description="tokens a day; 0: none")
    claude: of.Flag = Field(False, description="opens models with access claude")
    unlimited: of.Flag = Field(False, description="lifts the daily limit")
    days: of.Span = Field(30, description="how long; a level's lasts its calendar month")

    @field_validator("daily_tokens")
    @classmethod
    def _none_for_nought(cls, value: int | None) -> int | None:
        return value or None

    @model_validator(mode="after")
    def _gives_something(self) -> Self:
        if not (self.daily_tokens or self.claude or self.unlimited):
            raise Unfit("gives nothing: set daily_tokens, claude or unlimited")
        return self


class Plans(Section):
    """Every plan, by what it is given for."""

    activation: PlanEntry = Field(description="for activating a referral code")
    exchange: dict[of.NumberKey, PlanEntry] = Field(description="for so many referrals")
    level: dict[of.NumberKey, PlanEntry] = Field(description="for a level, the month after")
    donation: dict[of.NumberKey, PlanEntry] = Field(description="for so many dollars")
    contest: PlanEntry = Field(description="for the winners of a month's contest")

    @model_validator(mode="before")
    @classmethod
    def _over_the_defaults(cls, given: Any) -> Any:
        return _laid_over(DEFAULTS, given)


def _laid_over(default: Any, given: Any) -> Any:
    """Return the given table with the default's values wherever it is silent."""
    if not isinstance(default, dict) or not isinstance(given, dict):
        return given
    merged = dict(default)
    for key, value in given.items():
        merged[str(key)] = _laid_over(default.get(str(key), {}), value)
    return merged
