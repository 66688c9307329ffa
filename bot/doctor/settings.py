"""Whether the settings are sound, and what they leave switched off."""

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from bot.settings.community import CommunityFile
from bot.settings.environment import Environment
from bot.settings.load import CONFIG, Survey
from bot.settings.notices import CONSEQUENCES
from bot.words.verdict import Line, Mark

SETTINGS, ADDRESS = "settings", "public URL"
LOCAL_NAMES = ("localhost",)


def settings(found: Survey, cwd: Path) -> Iterator[Line]:
    """Yield a line for each problem, or one that says that there is none."""
    for problem in found.problems:
        yield Line(Mark.FAIL, SETTINGS, problem)
    if not found.problems:
        read = found.environment.config or f"There is no {cwd / CONFIG}: everything"
        sound = "is sound" if found.environment.config else "has its default"
        yield Line(Mark.OK, SETTINGS, f"{read} {sound}.")


def switched_off(file: CommunityFile) -> Iterator[Line]:
    """Yield a line about features that nobody has set up, if there are any."""
    off = [
        f"{name} ({consequence})"
        for name, consequence in CONSEQUENCES.items()
        if not getattr(file.community, name)
    ]
    if off:
        said = f"Not set yet, /settings in Discord sets them: {', '.join(off)}."
        yield Line(Mark.OK, SETTINGS, said)


def address(environment: Environment) -> Iterator[Line]:
    """Yield what is odd about the address that members are told."""
    parts = urlsplit(environment.public_url)
    if _is_local(parts.hostname or ""):
        yield Line(
            Mark.WARN,
            ADDRESS,
            f"{environment.public_url} is reached from this machine alone. Mend: set "
            "LATCHKEY_PUBLIC_URL to the address at which members reach the API.",
        )
    elif parts.scheme != "https":
        yield Line(
            Mark.WARN,
            ADDRESS,
            f"{environment.public_url} carries members' keys unencrypted. Mend: put a proxy with "
            "TLS in front (Caddy, nginx) and set LATCHKEY_PUBLIC_URL to https://...",
        )
    else:
        yield Line(Mark.OK, ADDRESS, f"Members are told {environment.public_url}.")


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() in LOCAL_NAMES
