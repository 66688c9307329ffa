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
from bot.settings.serving import ModelEntry, UpstreamEntry

HEAD = """\
# Latchkey's settings for a community: copy this file to latchkey.toml and put your own ids in.
# Every value is the default, except ids, upstreams and models; what you leave out keeps it.
# In [community] to [staff], channels, roles and what stands behind "# " can be changed with
# /settings in Discord while Latchkey runs, as long as this file does not name them.
"""
OFF = "# "
INSTEAD = {  # what has no default, or one that shows nothing
    "community.home_guilds": "[1001]",
    "community.moderator_roles": "[2001]",
    "community.chat_channels": "[3001]",
    "community.log_channel": "3002",
    "community.staff_channel": "3002",
    "community.announce_channel": "3004",
    "community.level_roles": "{ 1 = 2101, 2 = 2102, 3 = 2103 }",
    "temp_mail.upstream": '# "openai"',
    "temp_mail.domains": '{ "gmail.com" = 2.0 }',
}
UPSTREAM = {
    "name": '"openai"',
    "dialect": '"openai"',
    "base_url": '"http://127.0.0.1:9001/v1"',
    "api_key": '# "env:OPENAI_API_KEY"',
    "connect_seconds": "# 5",
    "idle_seconds": "# 60",
}
ROUTES = '[{ upstream = "openai" }]'
EVERY_FIELD = '[{ upstream = "openai", model = "gpt-4o", weight = 1, priority = 0 }]'
MODELS: tuple[Mapping[str, str], ...] = (
    {"id": '"gpt-4o"', "kind": '["chat", "vision"]'},
    {"id": '"gpt-4o-mini"', "kind": '["chat", "vision"]', "coefficient": "0.25"},
    {
        "id": '"o1-preview"',
        "coefficient": "4.0",
        "cap_field": '"max_completion_tokens"',
        "max_output": "8192",
    },
    {"id": '"claude-3-opus"', "coefficient": "5.0", "access": '"claude"', "context": "200000"},
    {"id": '"llama-3.1-8b"', "coefficient": "0.125"},
)


def example() -> str:
    """Return the whole file."""
    return "\n".join([HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for name, field in fields(CommunityFile).items():
        section = section_in(field.annotation)
        if name == "plans":
            yield _plans()
        elif name == "upstreams":
            yield _block(f"[[{name}]]", UpstreamEntry, UPSTREAM)
        elif name == "models":
            yield _block(f"[[{name}]]", ModelEntry, {**MODELS[0], "routes": EVERY_FIELD})
            yield from (_short(model) for model in MODELS[1:])
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


def _short(model: Mapping[str, str]) -> str:
    rows = [f"{name} = {value}" for name, value in {**model, "routes": ROUTES}.items()]
    return "\n".join(["[[models]]", *rows, ""])


if __name__ == "__main__":
    sys.stdout.write(example())
