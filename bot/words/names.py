"""Names of what Discord and the settings know by a word of the machine, as people read them."""

from bot.words.phrase import Phrase
from bot.words.say import known, say

CODED = "`{}`"


def plan(source: str, number: str | None) -> str:
    """Return what a grant is called by its source and the number of its plan."""
    message_id = f"plan.name.{source}"
    if known(message_id):
        return say(message_id, plan=number or "").rstrip()
    return " ".join(filter(None, [source.capitalize(), number]))


def plan_of(kept: str) -> str:
    """Return what a grant is called that a record keeps as "level 2"."""
    source, _, number = kept.partition(" ")
    return plan(source.lower(), number)


def power(permission: str) -> Phrase:
    """Return what Discord calls a permission that its library names like "manage_roles"."""
    named = Phrase(f"power.{permission.lower().replace(' ', '_')}")
    return named if known(named.message_id) else Phrase("power", {"name": permission})


def kind(what: str) -> str:
    """Return what a model is for, in a word."""
    return _either(f"kind.{what}", what)


def kinds(what: tuple[str, ...]) -> str:
    """Return what a model is for, in a list of words."""
    return ", ".join(map(kind, what))


def _either(message_id: str, otherwise: str) -> str:
    return say(message_id) if known(message_id) else otherwise
