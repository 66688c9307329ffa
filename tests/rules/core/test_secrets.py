"""The form of keys, and sealing under secrets that rotate."""

import zlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.core.secrets import BASE62, Sealer, Unsealable, checksum, masked, mint, well_formed

PREFIXES = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,19}", fullmatch=True)
KEYS = PREFIXES.map(mint)
OLD, NEW, OTHER = "old" * 12, "new" * 12, "other" * 8


@given(PREFIXES)
def test_every_key_is_well_formed_whatever_its_prefix(prefix: str) -> None:
    key = mint(prefix)

    assert well_formed(key)
    assert key.startswith(prefix)
    assert len(key) == len(prefix) + 36
    assert set(key[len(prefix) :]) <= set(BASE62)


@given(KEYS, st.data())
def test_every_one_character_corruption_is_refused(key: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(key) - 1))
    letter = data.draw(st.sampled_from(BASE62 + "_-") | st.characters())
    assume(letter != key[at])

    assert not well_formed(key[:at] + letter + key[at + 1 :])


def test_every_corruption_of_one_key_is_refused() -> None:
    key = mint("lk_")

    wrong = [
        key[:at] + letter + key[at + 1 :]
        for at in range(len(key))
        for letter in BASE62 + "_- \n"
        if letter != key[at]
    ]

    assert not any(map(well_formed, wrong))


@given(KEYS, st.data())
def test_neighbours_swapped_are_refused(key: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(key) - 2))
    assume(key[at] != key[at + 1])

    assert not well_formed(key[:at] + key[at + 1] + key[at] + key[at + 2 :])


@given(st.text(max_size=120))
def test_an_invented_key_is_refused(text: str) -> None:
    assert not well_formed(text)


def test_a_key_of_endless_length_is_not_even_looked_at() -> None:
    body = "a" * 100_000

    assert not well_formed(body + checksum(body))


@given(st.text(BASE62, max_size=60))
def test_the_checksum_is_the_crc_of_everything_before_it_in_base62(body: str) -> None:
    number = 0
    for digit in checksum(body):
        number = number * 62 + BASE62.index(digit)

    assert number == zlib.crc32(body.encode())
    assert len(checksum(body)) == 6


def test_a_small_checksum_is_padded_on_the_left() -> None:
    assert checksum("") == "000000"


def test_no_two_keys_are_alike() -> None:
    assert len({mint("lk_") for _ in range(1_000)}) == 1_000


def test_a_masked_key_shows_prefix_and_last_four() -> None:
    assert masked("fresed-", "aB3z") == "fresed-…aB3z"


@given(st.binary(max_size=200), st.text(max_size=30))
def test_what_is_sealed_opens_where_it_belongs_and_nowhere_else(plain: bytes, place: str) -> None:
    sealer = Sealer.from_secrets([NEW])
    sealed = sealer.seal(plain, place)

    assert sealer.open(sealed, place) == plain
    with pytest.raises(Unsealable):
        sealer.open(sealed, place + "x")


@given(st.binary(min_size=1, max_size=60), st.data())
def test_a_sealed_value_that_was_touched_does_not_open(plain: bytes, data: st.DataObject) -> None:
    sealer = Sealer.from_secrets([NEW])
    sealed = bytearray(sealer.seal(plain, "here"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))

    with pytest.raises(Unsealable):
        sealer.open(bytes(sealed), "here")


@given(st.integers(0, 31))
def test_a_sealed_value_that_was_cut_does_not_open(length: int) -> None:
    sealer = Sealer.from_secrets([NEW])

    with pytest.raises(Unsealable):
        sealer.open(sealer.seal(b"", "here")[:length], "here")


def test_the_same_text_is_never_sealed_alike() -> None:
    sealer = Sealer.from_secrets([NEW])

    assert sealer.seal(b"text", "here") != sealer.seal(b"text", "here")


def test_the_newest_secret_seals_and_older_ones_still_open() -> None:
    before, after = Sealer.from_secrets([OLD]), Sealer.from_secrets([NEW, OLD])
    old, new = before.seal(b"text", "here"), after.seal(b"text", "here")

    assert after.open(old, "here") == b"text"
    assert not after.is_current(old)
    assert after.is_current(new)
    with pytest.raises(Unsealable):
        before.open(new, "here")


def test_a_fingerprint_is_known_by_whoever_has_its_secret() -> None:
    fingerprint = Sealer.from_secrets([OLD]).fingerprint

    assert Sealer.from_secrets([NEW, OLD]).knows(fingerprint)
    assert not Sealer.from_secrets([NEW, OTHER]).knows(fingerprint)
    assert not Sealer.from_secrets([NEW]).knows("no fingerprint")
    assert OLD not in fingerprint


def test_nothing_is_sealed_without_a_key() -> None:
    with pytest.raises(ValueError, match="needs a key"):
        Sealer([])
