"""Whether something is Russian: what is left of it in Latin letters."""

import re
from typing import Any

from bot.sandbox.discord.components import walk
from tests.doors.bot.stage import text

# Names, and what has no Russian word.
KNOWN = {
    *("Latchkey", "Discord", "OpenAI", "Anthropic", "Claude", "API", "URL", "JSON", "CSV", "UTC"),
    *("Ada", "Bea", "Mo", "id", "latchkey", "toml", "DELETE", "Python", "JavaScript", "curl"),
    *("Ctrl", "PNG", "JPEG", "WEBP", "GIF", "HTTP"),
    *("first", "second"),  # upstreams
}
_QUOTED = re.compile(
    r"```.*?```|`[^`\n]*`"  # code
    r"|<[^>\s]*>"  # mentions, timestamps, commands that can be clicked
    r"|https?://\S+"
    r"|(?<!\w)/[a-z_]+(?: (?:info|list|board|give|revoke|grant))?"  # commands
    r"|GET /[\w/-]+"  # routes of the API
    r"|\*[A-Z][^*\n]*\*"  # names of the menus' commands
    r"|\b[a-z]+\.[a-z_.]+\b",  # names of settings
    re.DOTALL,
)
_LATIN = re.compile(r"[A-Za-z]{2,}")


def latin(shown: str) -> list[str]:
    """Return the words in Latin letters that are neither names, code, mentions nor commands."""
    return [word for word in _LATIN.findall(_QUOTED.sub(" ", shown)) if word not in KNOWN]


def read(message: dict[str, Any]) -> str:
    """Return everything that a person reads in a message: texts, buttons, menus, pictures."""
    shown = [text(message)]
    shown += [str(embed.get("description", "")) for embed in message.get("embeds", ())]
    for each in walk(message["components"]):
        shown += [each.get("label") or "", each.get("placeholder") or ""]
        for option in each.get("options") or ():
            shown += [option["label"], option.get("description") or ""]
        shown += [item.get("description") or "" for item in each.get("items") or ()]
    return "\n".join(filter(None, shown))


def field_labels(modal: dict[str, Any]) -> str:
    """Return everything that a person reads in a modal."""
    shown = [modal["title"]]
    for each in walk(modal["components"]):
        shown += [str(each.get(name) or "") for name in ("label", "content", "placeholder")]
    return "\n".join(filter(None, shown))
