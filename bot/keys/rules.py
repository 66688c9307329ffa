"""A key's parts, on top of its form in `core.secrets`."""

import hashlib
from dataclasses import dataclass, field

from bot.core.secrets import mint

SHOWN = 4  # last characters that cards, logs and audit rows may show


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made, in its parts."""

    plain: str = field(repr=False)
    digest: bytes = field(repr=False)
    prefix: str
    last4: str


def new_key(prefix: str) -> NewKey:
    """Make a key."""
    plain = mint(prefix)
    return NewKey(plain, digest_of(plain), prefix, plain[-SHOWN:])


def digest_of(plain: str) -> bytes:
    """Return what a key is found by; 178 random bits need no slow hash."""
    return hashlib.sha256(plain.encode()).digest()


def place(member_id: int, key_id: int) -> str:
    """Return what a sealed key is bound to, so that rows cannot be swapped."""
    return f"key:{member_id}:{key_id}"
