"""The names that latchkey.toml knows, read off the models."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from bot.settings.community import CommunityFile
from bot.settings.section import Section
from bot.settings.words import closest


def fields(section: type[Section]) -> Mapping[str, FieldInfo]:
    """Return a section's fields by their names in TOML."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def section_in(annotation: Any) -> type[Section] | None:
    """Return the section that a field holds: itself, in a list or by keys."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    held = [found for one in get_args(annotation) if (found := section_in(one))]
    return held[0] if held else None


def by_key(annotation: Any) -> bool:
    """Say whether a field is a table with keys of its author's."""
    return get_origin(annotation) is dict


def section_at(place: Sequence[str | int]) -> type[Section] | None:
    """Return the section a place lies in, such as ("plans", "exchange", "5")."""
    here: type[Section] | None = CommunityFile
    authors_key = False
    for step in place:
        if isinstance(step, int) or here is None:
            continue
        if authors_key:
            authors_key = False
            continue
        field = fields(here).get(step)
        here = section_in(field.annotation) if field else None
        authors_key = field is not None and by_key(field.annotation)
    return here


def settings_in(section: type[Section], path: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Yield the path and field of every single value; [] stands for a list, N for a key."""
    for name, field in fields(section).items():
        inner, here = section_in(field.annotation), f"{path}{name}"
        if inner is None:
            yield here, field
        elif by_key(field.annotation):
            yield from settings_in(inner, f"{here}.N.")
        elif get_origin(field.annotation) is tuple:
            yield from settings_in(inner, f"{here}[].")
        else:
            yield from settings_in(inner, f"{here}.")


def meant(place: Sequence[str | int]) -> str:
    """Say which known name an unknown one was most likely meant to be."""
    *above, last = place
    section = section_at(above) or CommunityFile
    if near := closest(str(last), fields(section)):
        return f"; did you mean {dotted([*above, near])}?"
    everywhere: dict[str, str] = {}
    for path, _ in settings_in(CommunityFile):
        everywhere.setdefault(path.rpartition(".")[2], path)
    if near := closest(str(last), everywhere):
        return f"; did you mean {everywhere[near]}?"
    return f"; known here: {', '.join(fields(section))}"


def dotted(place: Sequence[str | int]) -> str:
    """Return a place as TOML would write it, list entries counted from 0."""
    written = ""
    for step in place:
        if isinstance(step, int):
            written += f"[{step}]"
        else:
            bare = step.replace("-", "").replace("_", "").isalnum()
            written += f".{step}" if bare else f'."{step}"'
    return written.removeprefix(".")
