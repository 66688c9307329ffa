"""Discord's limits on what a message may hold."""

from typing import Any

from bot.sandbox.discord import components
from bot.sandbox.discord.refusals import Code, Form, Path, Refusal

MOST_FILE_BYTES = 10 * 1024 * 1024
MOST_REQUEST_BYTES = 25 * 1024 * 1024
COMPONENTS_V2 = 1 << 15
SUPPRESS_EMBEDS, EPHEMERAL, LOADING = 1 << 2, 1 << 6, 1 << 7
SETTABLE_FLAGS = SUPPRESS_EMBEDS | EPHEMERAL | COMPONENTS_V2 | 1 << 12 | 1 << 13
CLASSIC_FIELDS = ("content", "embeds", "poll", "sticker_ids")
EMBED_TEXTS = (("title", 256), ("description", 4096), ("url", 2048))


def check(body: dict[str, Any], *, v2: bool, path: Path = ()) -> None:
    """Refuse a message's body that Discord would refuse."""
    form = Form()
    form.text((*path, "content"), body.get("content"), 0, 2000)
    if body.get("embeds"):
        _embeds(body["embeds"], form, (*path, "embeds"))
    if body.get("components"):
        components.check(body["components"], form, (*path, "components"), v2=v2)
    if v2:
        _no_classic_fields(body, form, path)
    _mentions(body.get("allowed_mentions"), form, (*path, "allowed_mentions"))
    form.text((*path, "nonce"), body.get("nonce"), 0, 25)
    if body.get("attachments"):
        form.items((*path, "attachments"), body["attachments"], 0, 10)
    form.done()


def check_sizes(sizes: list[int]) -> None:
    """Refuse files that are larger than a bot may upload, in bytes."""
    if any(size > MOST_FILE_BYTES for size in sizes) or sum(sizes) > MOST_REQUEST_BYTES:
        raise Refusal(Code.FILE_TOO_LARGE)


def _no_classic_fields(body: dict[str, Any], form: Form, path: Path) -> None:
    for name in CLASSIC_FIELDS:
        if body.get(name):
            message = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
            form.wrong((*path, name), code, message)


def _mentions(allowed: Any, form: Form, path: Path) -> None:
    if not isinstance(allowed, dict):
        return
    for index, kind in enumerate(allowed.get("parse") or []):
        form.choice((*path, "parse", index), kind, ("users", "roles", "everyone"))
    for kind in ("users", "roles"):
        if allowed.get(kind):
            form.items((*path, kind), allowed[kind], 0, 100)
            if kind in (allowed.get("parse") or []):
                message = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
                form.wrong(path, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)


def _embeds(embeds: Any, form: Form, path: Path) -> None:
    total = 0
    for index, embed in enumerate(form.items(path, embeds, 0, 10)):
        if isinstance(embed, dict):
            total += _embed(embed, form, (*path, index))
    if total > 6000:
        message = "Embed size exceeds maximum size of 6000"
        form.wrong(path, "MAX_EMBED_SIZE_EXCEEDED", message)


def _embed(embed: dict[str, Any], form: Form, path: Path) -> int:
    for name, most in EMBED_TEXTS:
        form.text((*path, name), embed.get(name), 0, most)
    footer, author = embed.get("footer") or {}, embed.get("author") or {}
    form.text((*path, "footer", "text"), footer.get("text"), 0, 2048)
    form.text((*path, "author", "name"), author.get("name"), 0, 256)
    texts = [embed.get("title"), embed.get("description"), footer.get("text"), author.get("name")]
    fields = form.items((*path, "fields"), embed.get("fields") or [], 0, 25)
    for index, field in enumerate(fields):
        at = (*path, "fields", index)
        form.text((*at, "name"), field.get("name"), 1, 256, required=True)
        form.text((*at, "value"), field.get("value"), 1, 1024, required=True)
        texts += [field.get("name"), field.get("value")]
    for name in ("image", "thumbnail"):
        if embed.get(name):
            components.media(embed[name], form, (*path, name))
    if not any(texts) and not embed.get("image") and not embed.get("thumbnail"):
        form.required((*path, "description"))
    return sum(len(text) for text in texts if isinstance(text, str))
