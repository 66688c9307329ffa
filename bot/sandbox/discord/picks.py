"""What a person picks in a message's component or fills into a modal, checked as Discord does."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.sandbox.discord.components import SELECTS, Part, walk
from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.payloads import Resolver
from bot.sandbox.discord.refusals import Refused

LONGEST_TEXT = 4000


def picked(menu: dict[str, Any], values: Sequence[str], resolver: Resolver) -> list[str]:
    """Check what was picked from a select of any type."""
    least, most = menu.get("min_values"), menu.get("max_values")
    low, high = 1 if least is None else least, 1 if most is None else most
    if len(values) > high or (values and len(values) < low):
        raise Refused(f"Between {low} and {high} can be picked.")
    if not values and low and menu.get("required", True):
        raise Refused(f"At least {low} must be picked.")
    if menu["type"] in (Part.SELECT, Part.RADIO_GROUP, Part.CHECKBOX_GROUP):
        known = {each["value"] for each in menu["options"]}
        if unknown := [each for each in values if each not in known]:
            raise Refused(f"{', '.join(unknown)} cannot be picked.")
        return list(values)
    types = tuple(menu.get("channel_types") or ())
    match Part(menu["type"]):
        case Part.USER_SELECT:
            return [resolver.user(int(each)) for each in values]
        case Part.ROLE_SELECT:
            return [resolver.role(int(each)) for each in values]
        case Part.CHANNEL_SELECT:
            return [resolver.channel(int(each), types) for each in values]
        case _:
            return [resolver.mentionable(int(each)) for each in values]


def submitted(
    modal: dict[str, Any], fields: Mapping[str, Any], resolver: Resolver
) -> list[dict[str, Any]]:
    """Write a modal's components as they are sent, with what the person filled in."""
    known = {each["custom_id"] for each in walk(modal["components"]) if each.get("custom_id")}
    if unknown := set(fields) - known:
        raise Refused(f"The modal has no field {', '.join(sorted(unknown))}.")
    return [_sent(each, fields, resolver) for each in modal["components"]]


def _sent(
    component: dict[str, Any], fields: Mapping[str, Any], resolver: Resolver
) -> dict[str, Any]:
    made: dict[str, Any] = {"type": component["type"], "id": component["id"]}
    if component["type"] == Part.ROW:
        made["components"] = [_sent(each, fields, resolver) for each in component["components"]]
    elif component["type"] == Part.LABEL:
        made["component"] = _sent(component["component"], fields, resolver)
    elif component["type"] != Part.TEXT:
        made["custom_id"] = component["custom_id"]
        kind = component["type"]
        reader = picks if kind in SELECTS else READERS[kind]
        made |= reader(component, fields.get(component["custom_id"]), resolver)
    return made


def picks(component: dict[str, Any], given: Any, resolver: Resolver) -> dict[str, Any]:
    """Read a select or a group of boxes."""
    if given is None:
        given = [each["value"] for each in component.get("options", []) if each.get("default")]
        given += [each["id"] for each in component.get("default_values") or []]
    values = [given] if isinstance(given, str | int) else list(given)
    return {"values": picked(component, [str(each) for each in values], resolver)}


def _text(component: dict[str, Any], given: Any, _: Resolver) -> dict[str, Any]:
    text = str(component.get("value", "") if given is None else given)
    if not text and component.get("required", True):
        raise Refused(f"The field {component['custom_id']} is required.")
    low, high = component.get("min_length") or 0, component.get("max_length") or LONGEST_TEXT
    if text and not low <= len(text) <= high:
        raise Refused(f"The text must have between {low} and {high} characters.")
    return {"value": text}


def _files(component: dict[str, Any], given: Any, resolver: Resolver) -> dict[str, Any]:
    files: list[Upload] = list(given or [])
    least, most = component.get("min_values"), component.get("max_values")
    low, high = 1 if least is None else least, 1 if most is None else most
    if not component.get("required", True) and not files:
        return {"values": []}
    if not low <= len(files) <= high:
        raise Refused(f"Between {low} and {high} files can be sent.")
    return {"values": [resolver.upload(each) for each in files]}


def _radio(component: dict[str, Any], given: Any, _: Resolver) -> dict[str, Any]:
    known = {each["value"] for each in component["options"]}
    if given is None and not component.get("required", True):
        return {"value": None}
    if given not in known:
        raise Refused("One of the options must be picked.")
    return {"value": given}


def _boxes(component: dict[str, Any], given: Any, resolver: Resolver) -> dict[str, Any]:
    most = component.get("max_values") or len(component["options"])
    return picks(component | {"max_values": most}, given, resolver)


def _box(_: dict[str, Any], given: Any, __: Resolver) -> dict[str, Any]:
    return {"value": bool(given)}


READERS: Mapping[int, Callable[[dict[str, Any], Any, Resolver], dict[str, Any]]] = {
    Part.TEXT_INPUT: _text,
    Part.FILE_UPLOAD: _files,
    Part.RADIO_GROUP: _radio,
    Part.CHECKBOX_GROUP: _boxes,
    Part.CHECKBOX: _box,
}
