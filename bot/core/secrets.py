"""Sealing: authenticated encryption under secrets that rotate, and the key's own form.

A sealed value is: 4 bytes naming the secret, 12 bytes of nonce, AES-256-GCM ciphertext with tag.
"""

import hashlib
import secrets
import zlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NAME_BYTES = 4
NONCE_BYTES = 12
KEY_BYTES = 32
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM_LENGTH = 30
CHECK_LENGTH = 6
LONGEST_KEY = 40 + RANDOM_LENGTH + CHECK_LENGTH  # longer ones are not looked at
_DIGITS = frozenset(BASE62)


class Unsealable(Exception):
    """No secret at hand opens this: it was lost, or the value belongs elsewhere."""


def derive(secret: str, purpose: str) -> bytes:
    """Return 32 bytes derived by HKDF-SHA256 from any text."""
    info = f"latchkey {purpose}".encode()
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=info).derive(secret.encode())


class Sealer:
    """Seals under the newest secret, opens under any that is known."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take 32-byte keys, newest first."""
        if not keys:
            raise ValueError("sealing needs a key")
        self._ciphers = {hashlib.sha256(key).digest()[:NAME_BYTES]: AESGCM(key) for key in keys}
        self.newest = next(iter(self._ciphers))

    @classmethod
    def from_secrets(cls, texts: Sequence[str]) -> "Sealer":
        """Build from the texts of LATCHKEY_SECRET_KEY, newest first."""
        return cls([derive(text, "seal") for text in texts])

    @property
    def fingerprint(self) -> str:
        """Return what the database remembers of the newest secret, hex."""
        return self.newest.hex()

    def knows(self, fingerprint: str) -> bool:
        """Say whether one of our secrets has this fingerprint."""
        return fingerprint in {name.hex() for name in self._ciphers}

    def seal(self, plain: bytes, bound_to: str) -> bytes:
        """Encrypt; `bound_to` must be given again to open, so rows cannot be swapped."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        cipher = self._ciphers[self.newest]
        return self.newest + nonce + cipher.encrypt(nonce, plain, bound_to.encode())

    def open(self, sealed: bytes, bound_to: str) -> bytes:
        """Decrypt, or raise Unsealable."""
        name, rest = sealed[:NAME_BYTES], sealed[NAME_BYTES:]
        if (cipher := self._ciphers.get(name)) is None:
            raise Unsealable
        try:
            return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], bound_to.encode())
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce
            raise Unsealable from None

    def is_current(self, sealed: bytes) -> bool:
        """Say whether the value is sealed under the newest secret."""
        return sealed[:NAME_BYTES] == self.newest


def checksum(body: str) -> str:
    """Return the 6 base62 characters of the CRC-32 of everything before them."""
    number, digits = zlib.crc32(body.encode()), []
    for _ in range(CHECK_LENGTH):
        number, digit = divmod(number, 62)
        digits.append(BASE62[digit])
    return "".join(reversed(digits))


def mint(prefix: str) -> str:
    """Return a new key: prefix, 30 random base62 characters, 6 of checksum."""
    body = prefix + "".join(secrets.choice(BASE62) for _ in range(RANDOM_LENGTH))
    return body + checksum(body)


def well_formed(key: str) -> bool:
    """Say whether a text can be a key, whatever its prefix; no database needed."""
    if not RANDOM_LENGTH + CHECK_LENGTH <= len(key) <= LONGEST_KEY or not key.isascii():
        return False
    body, check = key[:-CHECK_LENGTH], key[-CHECK_LENGTH:]
    return _DIGITS.issuperset(body[-RANDOM_LENGTH:]) and checksum(body) == check


def masked(prefix: str, last4: str) -> str:
    """Return the key as logs, cards and audit rows may show it."""
    return f"{prefix}…{last4}"
