"""Keys are found in any text, whatever stands around them; what only looks like one is not."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.secrets import checksum, mint, well_formed
from bot.core.spotting import MOST, keys_in

BODY = "lk_0fYt5xQ2bN7mLkR3sVzWc8HdJ1pGu4"
KEY = BODY + checksum(BODY)
AROUND = st.text(alphabet=" \n`|*,.:;=\"'()<>/äß漢", max_size=8)


@given(AROUND, AROUND, st.sampled_from(["lk_", "fresed-", "A", "my-own_prefix-of-20c"]))
def test_a_key_is_found_whatever_stands_around_it(before: str, after: str, prefix: str) -> None:
    key = mint(prefix)

    assert keys_in(f"{before}{key}{after}") == [key]


@pytest.mark.parametrize(
    "text",
    [
        f"my key is {KEY}, use it",
        f"https://api.example/check?key={KEY}&x=1",
        f"Authorization: Bearer {KEY}",
        f'api_key="{KEY}"',
        f"||{KEY}||",
        f"xx{KEY}",
        f"-{KEY}-{KEY}_",
    ],
)
def test_keys_are_found_in_what_people_paste(text: str) -> None:
    assert keys_in(text) == [KEY]


def test_several_keys_are_found_in_order_and_no_endless_number() -> None:
    keys = [mint("lk_") for _ in range(MOST + 5)]

    assert keys_in(" ".join(keys)) == keys[:MOST]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        KEY[:-1],
        KEY[:-1] + ("a" if KEY[-1] != "a" else "b"),
        KEY.lower(),
        "x" * 4_000,
        base64.b64encode(bytes(range(256)) * 12).decode(),
        KEY[:20] + " " + KEY[20:],
    ],
)
def test_what_is_no_key_is_none(text: str) -> None:
    assert keys_in(text) == []


@given(st.text(max_size=300))
def test_whatever_is_found_is_well_formed(text: str) -> None:
    assert all(well_formed(key) for key in keys_in(text))
