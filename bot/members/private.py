"""Free text about a person, sealed with that person's own key, which deletion destroys."""

from bot.core.redaction import without_keys
from bot.core.secrets import Sealer, Unsealable

LOST = "(lost)"  # what a text reads once its key is gone


def own_key_place(member_id: int) -> str:
    """Return what a member's own key is bound to when the secret seals it."""
    return f"person:{member_id}"


def sealed_text(own_key: bytes | None, text: str, about: str) -> bytes | None:
    """Seal a text about `about`, pasted keys taken out; without a key there is nothing to keep."""
    if own_key is None:
        return None
    return Sealer([own_key]).seal(without_keys(text).encode(), about)


def read_text(own_key: bytes | None, sealed: bytes | None, about: str) -> str:
    """Return a sealed text, or that it is lost."""
    if own_key is None or sealed is None:
        return LOST
    try:
        return Sealer([own_key]).open(sealed, about).decode()
    except Unsealable:
        return LOST
