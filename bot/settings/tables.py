"""The README's tables of settings, made from the models: one row a variable, one a TOML value."""

from collections.abc import Iterator, Mapping

from bot.settings.community import CommunityFile
from bot.settings.environment import VARIABLES
from bot.settings.literals import default, literal, price
from bot.settings.mail import DOMAINS, USUAL
from bot.settings.names import settings_in
from bot.settings.plans import DEFAULTS, PlanEntry, Plans

_INSTEAD = {
    "temp_mail.domains": f'{{ "gmail.com" = 2.0 }} and {len(DOMAINS)} others at {price(USUAL)}'
}


def environment_table() -> str:
    """Return the table of environment variables in Markdown."""
    rows = (_row(f"`{one.name}`", one.default, one.meaning) for one in VARIABLES)
    return "\n".join([_row("variable", "default", "meaning"), "|---|---|---|", *rows])


def toml_table() -> str:
    """Return the table of latchkey.toml's values in Markdown."""
    return "\n".join([_row("value", "default", "meaning"), "|---|---|---|", *_values()])


def _values() -> Iterator[str]:
    plans_told = False
    for path, field in settings_in(CommunityFile):
        if not path.startswith("plans."):
            shown = _INSTEAD.get(path, default(field))
            yield _row(f"`{path}`", f"`{shown}`", field.description or "")
        elif not plans_told:
            plans_told = True
            yield from _plans()


def _plans() -> Iterator[str]:
    for name, field in Plans.model_fields.items():
        given = DEFAULTS[name]
        single = given.keys() <= PlanEntry.model_fields.keys()
        table: Mapping[str, Mapping[str, object]] = {"": given} if single else given
        for number, plan in table.items():
            path = f"plans.{name}.{number}" if number else f"plans.{name}"
            yield _row(f"`{path}`", f"`{literal(plan)}`", field.description or "")
    for key, field in PlanEntry.model_fields.items():
        yield _row(f"`plans. ... .{key}`", f"`{default(field)}`", field.description or "")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
