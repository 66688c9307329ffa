"""latchkey.example.toml, made from the models: `python -m bot.settings.example` prints it."""

import sys
from collections.abc import Iterator, Mapping

from pydantic.fields import FieldInfo

from bot.settings.community import CommunityFile
from bot.settings.literals import default, literal
from bot.settings.names import fields, section_in
from bot.settings.overrides import CHANGEABLE
from bot.settings.plans import DEFAULTS, Plans
from bot.settings.section import Section
from bot.settings.seeded import SECTIONS, UPSTREAMS, Group
from bot.settings.serving import ModelEntry, UpstreamEntry

HEAD = """\
# Latchkey's settings for a community: copy this file to latchkey.toml and put your own ids in.
# Every value is the default, except ids, upstreams and models; what you leave out keeps it.
# In [community] to [staff], channels, roles and what stands behind "# " can be changed with
# /settings in Discord while Latchkey runs, as long as this file does not name them.
# The upstreams are examples: put their real addresses in, and their keys into the environment. One
# that you do not have: delete its [[upstreams]], its routes, and the models that it alone serves.
"""
OFF = "# "
BRIEF = '{ upstream = "fresed" }'
IN_FULL = '{ upstream = "fresed", model = "gpt-4o", weight = 1, priority = 0 }'
INSTEAD = {  # what has no default, or one that shows nothing
    "community.home_guilds": "[1001]",
    "community.moderator_roles": "[2001]",
    "community.chat_channels": "[3001]",
    "community.log_channel": "3002",
    "community.staff_channel": "3002",
    "community.announce_channel": "3004",
    "community.level_roles": "{ 1 = 2101, 2 = 2102, 3 = 2103 }",
    "temp_mail.upstream": '"fresed"',
    "temp_mail.domains": '{ "gmail.com" = 2.0 }',
}


def example() -> str:
    """Return the whole file."""
    return "\n".join([HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for name, field in fields(CommunityFile).items():
        section = section_in(field.annotation)
        if name == "plans":
            yield _plans()
        elif name == "upstreams":
            first, *rest = UPSTREAMS
            yield _block(f"[[{name}]]", UpstreamEntry, first)
            yield from (_short(name, upstream) for upstream in rest)
        elif name == "models":
            yield from _models(name)
        elif section:
            given = {
                key.removeprefix(f"{name}."): value
                for key, value in INSTEAD.items()
                if key.startswith(f"{name}.")
            }
            open_ = {key: field for key, field in fields(section).items() if key not in given}
            given |= {
                key: f"{OFF}{default(field)}"
                for key, field in open_.items()
                if f"{name}.{key}" in CHANGEABLE
            }
            yield _block(f"[{name}]", section, given)


def _block(header: str, section: type[Section], given: Mapping[str, str]) -> str:
    """Return one section: a line each of value and meaning."""
    lines = [
        (_line(name, field, given), field.description) for name, field in fields(section).items()
    ]
    width = min(48, max(len(line) for line, _ in lines))
    rows = [f"{line:{width}}  # {meaning}" for line, meaning in lines]
    return "\n".join([f"# {section.__doc__}", header, *rows, ""])


def _line(name: str, field: FieldInfo, given: Mapping[str, str]) -> str:
    value = given.get(name, default(field))
    if value.startswith(OFF):
        return f"{OFF}{name} = {value.removeprefix(OFF)}"
    return f"{name} = {value}"


def _plans() -> str:
    """Return the plans: what is given once, then each kind by its number."""
    single = [f"{name} = {literal(plan)}" for name, plan in DEFAULTS.items() if "claude" in plan]
    lines = [f"# {Plans.__doc__} Each may also stand as a table of its own.", "[plans]", *single]
    for name, plans in DEFAULTS.items():
        if "claude" not in plans:
            lines += ["", f"[plans.{name}]  # {fields(Plans)[name].description}"]
            lines += [f"{number} = {literal(plan)}" for number, plan in plans.items()]
    return "\n".join([*lines, ""])


def _models(name: str) -> Iterator[str]:
    """Return the models: the first with every field and its meaning, the others briefly."""
    explained = False
    for title, groups in SECTIONS.items():
        yield f"# {title}.\n"
        for group in groups:
            for model in _alike(group):
                if explained:
                    yield _short(name, model)
                else:
                    routes = model["routes"].replace(BRIEF, IN_FULL)
                    yield _block(f"[[{name}]]", ModelEntry, {**model, "routes": routes})
                    explained = True


def _alike(group: Group) -> Iterator[Mapping[str, str]]:
    """Yield the TOML values of each model of a group."""
    for model, price in group.prices.items():
        named = {"id": f'"{model}"', "coefficient": price}
        yield {**named, **group.fields, "routes": _routes(group.routes)}


def _routes(words: str) -> str:
    """Write routes as TOML; the first word is asked first."""
    listed = []
    for priority, word in enumerate(words.split()):
        upstream, _, model = word.partition("=")
        given = f'{{ upstream = "{upstream}"'
        given += f', model = "{model}"' if model else ""
        given += f", priority = {priority}" if priority else ""
        listed.append(f"{given} }}")
    if len(listed) < 3:
        return f"[{', '.join(listed)}]"
    return "\n".join(["[", *(f"    {route}," for route in listed), "]"])


def _short(name: str, values: Mapping[str, str]) -> str:
    rows = []
    for field, value in values.items():
        off = OFF if value.startswith(OFF) else ""
        rows.append(f"{off}{field} = {value.removeprefix(OFF)}")
    return "\n".join([f"[[{name}]]", *rows, ""])


if __name__ == "__main__":
    sys.stdout.write(example())
