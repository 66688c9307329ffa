"""Embeds and components as they come back: with ids, and with uploads at their addresses."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.sandbox.discord.components import SELECTS, Part, walk
from bot.sandbox.discord.refusals import Form, Path

UPLOADED = "attachment://"
PICKS = {"min_values": 1, "max_values": 1}
SHOWN = {"description": None, "spoiler": False}
DEFAULTS: Mapping[int, dict[str, Any]] = {
    **dict.fromkeys(SELECTS, PICKS),
    Part.THUMBNAIL: SHOWN,
    Part.FILE: {"spoiler": False, "name": None, "size": None},
    Part.SEPARATOR: {"spacing": 1, "divider": True},
    Part.CONTAINER: {"accent_color": None, "spoiler": False},
}
EMBED_MEDIA = ("image", "thumbnail", "video")


def resolved(
    message: dict[str, Any], body: dict[str, Any], path: Path, make_id: Callable[[], int]
) -> None:
    """Put a body's embeds and components into the message, or refuse a missing upload."""
    form = Form()
    by_name = {each["filename"]: each for each in message["attachments"]}
    if "embeds" in body:
        message["embeds"] = [_embed(each, by_name) for each in body["embeds"] or []]
    if "components" in body:
        message["components"] = numbered(body["components"] or [])
        for each in walk(message["components"]):
            _complete(each)
        for holder, item in _media(message["components"]):
            item["id"] = str(make_id())
            file = _address(item, by_name, form, (*path, "components"))
            if holder["type"] == Part.FILE and file is not None:
                holder |= {"name": file["filename"], "size": file["size"]}
    form.done()


def _embed(embed: dict[str, Any], by_name: dict[str, dict[str, Any]]) -> dict[str, Any]:
    made = {key: value for key, value in embed.items() if value is not None} | {"type": "rich"}
    for name in EMBED_MEDIA:
        if isinstance(made.get(name), dict):
            made[name] = dict(made[name])
            url = str(made[name].get("url", ""))
            if url.startswith(UPLOADED) and (file := by_name.get(url.removeprefix(UPLOADED))):
                made[name] |= {key: file[key] for key in ("url", "proxy_url")}
                made[name] |= {key: file[key] for key in ("width", "height") if key in file}
    return made


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items() if each is not None}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def numbered(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Copy components as Discord gives them back: each with an id, what is picked as text.

    Ids are counted up past those given.
    """
    made: list[dict[str, Any]] = _copied(components)
    given = {each["id"] for each in walk(made) if each.get("id")}
    fresh = 0
    for each in walk(made):
        if not each.get("id"):
            fresh += 1
            while fresh in given:
                fresh += 1
            each["id"] = fresh
        for chosen in each.get("default_values") or []:
            chosen["id"] = str(chosen["id"])
    return made


def _complete(component: dict[str, Any]) -> None:
    """Add what Discord says even where the bot left it out."""
    for name, value in DEFAULTS.get(component["type"], {}).items():
        component.setdefault(name, value)
    if component["type"] == Part.GALLERY:
        component["items"] = [SHOWN | each for each in component["items"]]


def _media(
    components: list[dict[str, Any]],
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for each in walk(components):
        for holder in (each, *each.get("items", [])):
            for name in ("media", "file"):
                if isinstance(holder.get(name), dict):
                    yield each, holder[name]


def _address(
    item: dict[str, Any], by_name: dict[str, dict[str, Any]], form: Form, path: Path
) -> dict[str, Any] | None:
    url = item["url"]
    if not url.startswith(UPLOADED):
        item |= {"proxy_url": url}
        return next((each for each in by_name.values() if each["url"] == url), None)
    file = by_name.get(url.removeprefix(UPLOADED))
    if file is None:
        code = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
        form.wrong(path, code, f"The referenced attachment was not found: {url}")
        return None
    for name in ("url", "proxy_url", "content_type", "width", "height"):
        if name in file:
            item[name] = file[name]
    item["attachment_id"] = file["id"]
    return file
