"""What each variable's text must look like; no complaint repeats what may be a secret."""

import ipaddress
import re
from urllib.parse import urlsplit

from bot.settings import addresses
from bot.settings.environment import LogForm, Shards
from bot.settings.words import Unfit, listed, shown

SHORTEST_SECRET = 32
MOST_SHARDS = 16_384
_SQLITE = "sqlite+aiosqlite"
_POSTGRES = ("postgresql+asyncpg", "postgresql+psycopg")
_SHARDS = re.compile(r"([0-9]{1,5}(?:-[0-9]{1,5})?(?:,[0-9]{1,5}(?:-[0-9]{1,5})?)*)/([0-9]{1,5})")


def token(text: str) -> str:
    """Accept what can stand in an Authorization header."""
    if not text.isascii() or not text.isprintable() or " " in text:
        raise Unfit("must be the token alone: plain ASCII, without spaces")
    return text


def public_url(text: str) -> str:
    """Accept the API's public base address."""
    checked = addresses.base_url(text)
    if checked.endswith("/v1"):
        raise Unfit("must be given without /v1, which Latchkey adds where it belongs")
    return checked


def database_url(text: str) -> str:
    """Accept the three async URLs that Latchkey speaks."""
    scheme, found, rest = text.partition("://")
    if not found or scheme not in (_SQLITE, *_POSTGRES):
        known = listed([f"{_SQLITE}:///", *(f"{name}://" for name in _POSTGRES)])
        raise Unfit(f"must begin with {known}")
    if scheme == _SQLITE:
        path = rest.partition("?")[0]
        if not path.startswith("/") or path in ("/", "/:memory:"):
            raise Unfit(f"must name a file: {_SQLITE}:///folder/latchkey.db")
        return text
    try:
        port = urlsplit(text).port
    except ValueError:
        port = 0
    if port == 0:
        raise Unfit("has no sound port; in its password write @ as %40, / as %2F and : as %3A")
    return text


def secrets(text: str) -> tuple[str, ...]:
    """Accept one or more secrets, comma-separated, newest first."""
    given = [one.strip() for one in text.split(",") if one.strip()]
    if not given:
        raise Unfit("holds no secret, only commas")
    for number, one in enumerate(given, start=1):
        if len(one) < SHORTEST_SECRET:
            which = f"secret {number} of {len(given)}" if len(given) > 1 else "the secret"
            raise Unfit(
                f"{which} has {len(one)} characters and must have at least {SHORTEST_SECRET}; "
                "`openssl rand -hex 32` makes one"
            )
        if not _utf8(one):
            raise Unfit("must be UTF-8 text")
    return tuple(dict.fromkeys(given))


def _utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # bytes of the environment that are no text
        return False
    return True


def host(text: str) -> str:
    """Accept a host name or IP address to listen on."""
    if not addresses.is_host(text):
        raise Unfit(f"must be a host name or an IP address without brackets, not {shown(text)}")
    return text


def is_everywhere(text: str) -> bool:
    """Say whether listening there means every address of the machine."""
    return addresses.is_address(text) and ipaddress.ip_address(text).is_unspecified


def port(text: str) -> int:
    """Accept a port; 0 is any that is free."""
    if text.startswith("tcp://"):
        raise Unfit(
            "must be a port from 0 to 65535; Kubernetes overwrites it for a Service named "
            "latchkey: set enableServiceLinks: false"
        )
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65_535):
        raise Unfit(f"must be a port from 0 to 65535, not {shown(text)}")
    return int(text)


def log(text: str) -> LogForm:
    """Accept a form of the log."""
    if text not in tuple(LogForm):
        raise Unfit(f"must be {listed(LogForm)}, not {shown(text)}")
    return LogForm(text)


def shards(text: str) -> Shards | None:
    """Accept "all", or shard ids and how many there are: "0-1/4"."""
    if text == "all":
        return None
    if (found := _SHARDS.fullmatch(text.replace(" ", ""))) is None:
        raise Unfit(f'must be shard ids and their number, such as "0-1/4", not {shown(text)}')
    count, ids = int(found[2]), [one for part in found[1].split(",") for one in _span(part)]
    if not 1 <= count <= MOST_SHARDS or len(set(ids)) < len(ids):
        raise Unfit(f"must name each shard once, of at most {MOST_SHARDS}")
    if not ids or max(ids) >= count:
        raise Unfit(f"must name shards from 0 to {count - 1}, lower first, not {shown(found[1])}")
    return Shards(tuple(sorted(ids)), count)


def _span(part: str) -> range:
    first, _, last = part.partition("-")
    return range(int(first), int(last or first) + 1)
