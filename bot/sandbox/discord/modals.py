"""Discord's rules for modals: what may be shown, and what a person may send back."""

from typing import Any

from bot.sandbox.discord.components import SELECTS, Part, Survey, options, select
from bot.sandbox.discord.refusals import Form, Path

IN_LABEL = (3, 4, 5, 6, 7, 8, 19, 21, 22, 23)


def check(modal: Any, form: Form, path: Path) -> None:
    """Note everything Discord would refuse in a modal."""
    if not isinstance(modal, dict):
        form.required(path)
        return
    form.text((*path, "title"), modal.get("title"), 1, 45, required=True)
    form.text((*path, "custom_id"), modal.get("custom_id"), 1, 100, required=True)
    survey = Survey(form, v2=False)
    inside = (*path, "components")
    for index, each in enumerate(form.items(inside, modal.get("components"), 1, 5)):
        _top(each, survey, (*inside, index))


def _top(component: dict[str, Any], survey: Survey, path: Path) -> None:
    form = survey.form
    if not form.choice((*path, "type"), component.get("type"), (1, 10, 18)):
        return
    survey.meet(component, path)
    match Part(component["type"]):
        case Part.ROW:
            inside = (*path, "components")
            for index, each in enumerate(form.items(inside, component.get("components"), 1, 1)):
                if form.choice((*inside, index, "type"), each.get("type"), (4,)):
                    text = (*inside, index)
                    form.text((*text, "label"), each.get("label"), 1, 45, required=True)
                    _field(each, survey, text)
        case Part.TEXT:
            form.text((*path, "content"), component.get("content"), 1, 4000, required=True)
        case _:
            form.text((*path, "label"), component.get("label"), 1, 45, required=True)
            form.text((*path, "description"), component.get("description"), 0, 100)
            inner = component.get("component") or {}
            if form.choice((*path, "component", "type"), inner.get("type"), IN_LABEL):
                _field(inner, survey, (*path, "component"))


def _field(component: dict[str, Any], survey: Survey, path: Path) -> None:
    form = survey.form
    survey.meet(component, path)
    kind = component["type"]
    if kind in SELECTS:
        select(component, form, path)
        return
    form.text((*path, "custom_id"), component.get("custom_id"), 1, 100, required=True)
    if kind == Part.TEXT_INPUT:
        _text_input(component, form, path)
    elif kind == Part.FILE_UPLOAD:
        form.number((*path, "min_values"), component.get("min_values"), 0, 10)
        form.number((*path, "max_values"), component.get("max_values"), 1, 10)
    elif kind == Part.RADIO_GROUP:
        options(component, form, path, least=2, most=10)
    elif kind == Part.CHECKBOX_GROUP:
        options(component, form, path, least=1, most=10)


def _text_input(component: dict[str, Any], form: Form, path: Path) -> None:
    form.choice((*path, "style"), component.get("style"), (1, 2))
    form.number((*path, "min_length"), component.get("min_length"), 0, 4000)
    form.number((*path, "max_length"), component.get("max_length"), 1, 4000)
    form.text((*path, "value"), component.get("value"), 0, component.get("max_length") or 4000)
    form.text((*path, "placeholder"), component.get("placeholder"), 0, 100)
