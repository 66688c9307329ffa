"""Where a request came from, behind the proxies that are trusted to say so."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

FORWARDING = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"via")
Address = IPv4Address | IPv6Address


def client(scope: Any, trusted: Sequence[str]) -> Address | None:
    """Return the nearest address that is no trusted proxy's."""
    address = _read(scope["client"][0]) if scope["client"] else None
    hops = [
        hop
        for name, value in scope["headers"]
        if name == b"x-forwarded-for"
        for hop in value.decode("latin-1").split(",")
    ]
    while hops and address is not None and _among(address, trusted):
        if (before := _read(hops.pop())) is None:
            break
        address = before
    return address


def from_this_machine(scope: Any) -> bool:
    """Say whether a request came from loopback, and straight from there."""
    address = _read(scope["client"][0]) if scope["client"] else None
    forwarded = any(name in FORWARDING for name, _ in scope["headers"])
    return address is not None and address.is_loopback and not forwarded


def _read(text: str) -> Address | None:
    try:
        address = ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _among(address: Address, networks: Sequence[str]) -> bool:
    return any(address in ip_network(network, strict=False) for network in networks)
