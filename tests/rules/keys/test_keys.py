"""A key's parts."""

import hashlib

from bot.core.secrets import well_formed
from bot.keys.rules import digest_of, new_key, place


def test_a_new_key_is_found_by_the_hash_of_all_of_it() -> None:
    key = new_key("fresed-")

    assert well_formed(key.plain)
    assert key.digest == hashlib.sha256(key.plain.encode()).digest() == digest_of(key.plain)
    assert (key.prefix, key.last4) == ("fresed-", key.plain[-4:])


def test_a_new_key_cannot_be_read_from_its_repr() -> None:
    key = new_key("lk_")

    assert key.plain not in repr(key)
    assert key.plain not in str(key)


def test_a_sealed_key_belongs_to_one_row_of_one_member() -> None:
    assert len({place(1, 2), place(2, 1), place(12, 3), place(1, 23)}) == 4
