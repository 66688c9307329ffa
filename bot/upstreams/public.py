"""Which addresses and names are public: what a stranger may make us connect to; pure."""

import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address

PORTS = (80, 443)
FIRST_FREE_PORT = 1024  # below it live services that are no web servers

# Written out, because what `ipaddress` takes for global differs from one Python to the next.
_CLOSED_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, and one cloud's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # another cloud's metadata
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # the way into 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_OPEN_6 = IPv6Network("2000::/3")  # mapped, NAT64, local and multicast addresses lie outside
_CLOSED_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo and other protocols' own
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "3fff::/20",
    )
)
_LOCAL = ("localhost", "local", "internal", "lan", "home", "corp", "intranet", "arpa")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")


def is_public(address: str) -> bool:
    """Say whether an IP address is reached over the internet, and by nothing else."""
    found = ip_address(address)
    if isinstance(found, IPv4Address):
        return not any(found in network for network in _CLOSED_4)
    return found in _OPEN_6 and not any(found in network for network in _CLOSED_6)


def is_public_name(host: str) -> bool:
    """Say whether a host may be looked up at all: no local name, no number in a strange form."""
    labels = host.rstrip(".").split(".")
    if ":" in host or _NUMBER.fullmatch(labels[-1]):
        return _canonical(host)
    return len(labels) > 1 and labels[-1] not in _LOCAL


def may_be_public(host: str, public: Callable[[str], bool] = is_public) -> bool:
    """Say whether a host is public, as far as it shows without being looked up."""
    if not is_public_name(host):
        return False
    try:
        return public(host)
    except ValueError:  # a name
        return True


def is_sane_port(port: int) -> bool:
    """Say whether a web server may be expected at a port."""
    return port in PORTS or FIRST_FREE_PORT <= port <= 65_535


def _canonical(host: str) -> bool:
    """Say whether a host is an IP address as everybody writes it."""
    try:
        return str(ip_address(host)) == host or ":" in host
    except ValueError:
        return False
