"""What a base URL, a host and an origin must look like; complaints end a sentence."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from bot.settings.words import Unfit

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")


def base_url(text: str) -> str:
    """Return a base address without its last slash, or raise Unfit with what is wrong."""
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise Unfit("must be one address in plain ASCII, without spaces")
    parts = _split(text)
    if parts.scheme not in ("http", "https"):
        raise Unfit("must begin with http:// or https://")
    if "@" in parts.netloc:
        raise Unfit("must not hold a user name or password")
    if "?" in text or "#" in text:
        raise Unfit("must end with its path: leave out everything from ? or # on")
    if not is_host(parts.hostname or ""):
        raise Unfit("must name a host after http:// or https://")
    return text.rstrip("/")


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
    except ValueError:
        raise Unfit("is not an address: look at the [ and ] of its host") from None
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0 or parts.netloc.endswith(":"):
        raise Unfit("must have a port from 1 to 65535, or none")
    return parts


def is_host(text: str) -> bool:
    """Say whether a text is a host name or an IP address (without brackets)."""
    return is_address(text) or _HOST.fullmatch(text) is not None


def is_address(text: str) -> bool:
    """Say whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def origin(text: str) -> str:
    """Return a browser origin ("*" is every one), or raise Unfit with what is wrong."""
    if text == "*":
        return text
    checked = base_url(text)
    if checked.count("/") != 2:
        raise Unfit('must be an origin such as "https://example.org", without a path')
    return checked.lower()


def network(text: str) -> str:
    """Return an IP address or network as written by its rules, or raise Unfit."""
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise Unfit('must be an IP address or a network such as "10.0.0.0/8"') from None
