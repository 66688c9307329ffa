"""Why a value of latchkey.toml or of /settings will not do, where both may say it.

What only the file can hold is said in English alone, by `settings` itself.
"""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "unfit.whole": "must be a whole number from {low} to {high}, not {value}",
    "unfit.key": "has a name that is not a whole number",
    "unfit.ascending": "must ascend: each level needs more points than the one before",
    "unfit.level_role": "there is no level {level}: levels.thresholds has {n}",
    "unfit.level_plan": Plural(
        "is missing: levels.thresholds has {n} level, and it needs a plan",
        "is missing: levels.thresholds has {n} levels, and each needs a plan",
    ),
}
