"""Discord's rules for the components of a message, classic and V2."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from bot.sandbox.discord.refusals import Form, Path

MOST_COMPONENTS = 40
MOST_TEXT = 4_000


class Part(IntEnum):
    """The types of component."""

    ROW = 1
    BUTTON = 2
    SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT = 10
    THUMBNAIL = 11
    GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


SELECTS = (3, 5, 6, 7, 8)
IN_CONTAINER = (1, 9, 10, 12, 13, 14)
TOP_LEVEL = (*IN_CONTAINER, 17)
LINK, PREMIUM = 5, 6


@dataclass(slots=True)
class Survey:
    """What was met on the way through a tree of components."""

    form: Form
    v2: bool
    count: int = 0
    text: int = 0
    custom_ids: set[str] = field(default_factory=set)

    def meet(self, component: dict[str, Any], path: Path) -> None:
        """Count one component and refuse a custom_id that came before."""
        self.count += 1
        custom_id = component.get("custom_id")
        if isinstance(custom_id, str) and custom_id:
            if custom_id in self.custom_ids:
                message = "Component custom id cannot be duplicated"
                self.form.wrong((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message)
            self.custom_ids.add(custom_id)


def walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Meet every component, parents before what they hold."""
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        for single in ("accessory", "component"):
            if isinstance(inner := component.get(single), dict):
                yield from walk([inner])


def check(components: Any, form: Form, path: Path, *, v2: bool) -> None:
    """Note everything Discord would refuse in a message's components."""
    survey = Survey(form, v2)
    allowed = TOP_LEVEL if v2 else (1,)
    for index, each in enumerate(form.items(path, components, 0, MOST_COMPONENTS if v2 else 5)):
        _one(each, survey, (*path, index), allowed)
    if v2 and survey.count > MOST_COMPONENTS:
        message = f"Total number of components must be {MOST_COMPONENTS} or fewer."
        form.wrong(path, "COMPONENT_MAX_TOTAL_COMPONENTS", message)
    if survey.text > MOST_TEXT:
        message = f"The total text of all components must be {MOST_TEXT} or fewer in length."
        form.wrong(path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message)


def _one(component: Any, survey: Survey, path: Path, allowed: tuple[int, ...]) -> None:
    form = survey.form
    if not isinstance(component, dict):
        form.wrong(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        return
    if not form.choice((*path, "type"), component.get("type"), allowed):
        return
    survey.meet(component, path)
    CHECKS[component["type"]](component, survey, path)


def _text(component: dict[str, Any], survey: Survey, path: Path) -> None:
    content = component.get("content")
    survey.form.text((*path, "content"), content, 1, MOST_TEXT, required=True)
    survey.text += len(content) if isinstance(content, str) else 0


def _thumbnail(component: dict[str, Any], survey: Survey, path: Path) -> None:
    media(component.get("media"), survey.form, (*path, "media"))
    survey.form.text((*path, "description"), component.get("description"), 0, 1024)


def _file(component: dict[str, Any], survey: Survey, path: Path) -> None:
    media(component.get("file"), survey.form, (*path, "file"), uploaded=True)


def _separator(component: dict[str, Any], survey: Survey, path: Path) -> None:
    if component.get("spacing") is not None:
        survey.form.choice((*path, "spacing"), component["spacing"], (1, 2))


def _container(component: dict[str, Any], survey: Survey, path: Path) -> None:
    inside = (*path, "components")
    for index, each in enumerate(survey.form.items(inside, component.get("components"), 1, 40)):
        _one(each, survey, (*inside, index), IN_CONTAINER)
    survey.form.number((*path, "accent_color"), component.get("accent_color"), 0, 0xFFFFFF)


def _select(component: dict[str, Any], survey: Survey, path: Path) -> None:
    select(component, survey.form, path)


def _row(row: dict[str, Any], survey: Survey, path: Path) -> None:
    form, inside = survey.form, (*path, "components")
    held = form.items(inside, row.get("components"), 1, 5)
    for index, each in enumerate(held):
        _one(each, survey, (*inside, index), (2, *SELECTS))
    kinds = [each.get("type") for each in held if isinstance(each, dict)]
    if len(kinds) > 1 and any(kind in SELECTS for kind in kinds):
        message = "The specified component exceeds the maximum width"
        form.wrong(path, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message)


def _section(section: dict[str, Any], survey: Survey, path: Path) -> None:
    inside = (*path, "components")
    for index, each in enumerate(survey.form.items(inside, section.get("components"), 1, 3)):
        _one(each, survey, (*inside, index), (10,))
    if section.get("accessory") is None:
        survey.form.required((*path, "accessory"))
    else:
        _one(section["accessory"], survey, (*path, "accessory"), (2, 11))


def _gallery(gallery: dict[str, Any], survey: Survey, path: Path) -> None:
    form, inside = survey.form, (*path, "items")
    for index, each in enumerate(form.items(inside, gallery.get("items"), 1, 10)):
        media(each.get("media"), form, (*inside, index, "media"))
        form.text((*inside, index, "description"), each.get("description"), 0, 1024)


def media(item: Any, form: Form, path: Path, *, uploaded: bool = False) -> None:
    """Check the address of a picture or file: http(s), or an upload named by attachment://."""
    url = item.get("url") if isinstance(item, dict) else None
    schemes = ("attachment://",) if uploaded else ("attachment://", "http://", "https://")
    if not url:
        form.required((*path, "url"))
    elif not str(url).startswith(schemes):
        words = ", ".join(f"'{scheme[:-3]}'" for scheme in schemes)
        message = f"Scheme must be one of ({words})."
        form.wrong((*path, "url"), "URL_TYPE_INVALID_SCHEME", message)


def _button(button: dict[str, Any], survey: Survey, path: Path) -> None:
    form = survey.form
    if not form.choice((*path, "style"), button.get("style"), (1, 2, 3, 4, LINK, PREMIUM)):
        return
    form.text((*path, "label"), button.get("label"), 0, 80)
    if button["style"] == LINK:
        form.text((*path, "url"), button.get("url"), 1, 512, required=True)
    elif button["style"] != PREMIUM:
        form.text((*path, "custom_id"), button.get("custom_id"), 1, 100, required=True)
    if button["style"] == PREMIUM:
        return
    if bool(button.get("custom_id")) and bool(button.get("url")):
        message = "A custom id and url cannot both be specified"
        form.wrong(path, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", message)
    if not button.get("label") and not button.get("emoji"):
        message = "A button must have a label or an emoji."
        form.wrong((*path, "label"), "BUTTON_COMPONENT_INVALID", message)


def select(menu: dict[str, Any], form: Form, path: Path) -> None:
    """Check a select menu of any type, in a message or in a modal."""
    form.text((*path, "custom_id"), menu.get("custom_id"), 1, 100, required=True)
    form.text((*path, "placeholder"), menu.get("placeholder"), 0, 150)
    form.number((*path, "min_values"), menu.get("min_values"), 0, 25)
    form.number((*path, "max_values"), menu.get("max_values"), 1, 25)
    least, most = menu.get("min_values"), menu.get("max_values")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        form.wrong((*path, "min_values"), "BASE_TYPE_MAX", "min_values exceeds max_values.")
    if menu.get("type") == Part.SELECT:
        options(menu, form, path, least=1, most=25)


def options(menu: dict[str, Any], form: Form, path: Path, *, least: int, most: int) -> None:
    """Check the options one can pick: label and value, each value once."""
    inside = (*path, "options")
    values: set[str] = set()
    listed = form.items(inside, menu.get("options"), least, most)
    for index, each in enumerate(listed):
        at = (*inside, index)
        form.text((*at, "label"), each.get("label"), 1, 100, required=True)
        form.text((*at, "value"), each.get("value"), 1, 100, required=True)
        form.text((*at, "description"), each.get("description"), 0, 100)
        if each.get("value") in values:
            message = "The specified option value is already used"
            form.wrong((*at, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)
        values.add(str(each.get("value")))
    if isinstance(top := menu.get("max_values"), int) and top > len(listed):
        message = "max_values exceeds the number of options."
        form.wrong((*path, "max_values"), "BASE_TYPE_MAX", message)


CHECKS: Mapping[int, Callable[[dict[str, Any], Survey, Path], None]] = {
    Part.ROW: _row,
    Part.BUTTON: _button,
    Part.SECTION: _section,
    Part.TEXT: _text,
    Part.THUMBNAIL: _thumbnail,
    Part.GALLERY: _gallery,
    Part.FILE: _file,
    Part.SEPARATOR: _separator,
    Part.CONTAINER: _container,
    **dict.fromkeys(SELECTS, _select),
}
