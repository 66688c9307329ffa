"""Whatever shape stands anywhere in latchkey.toml, the answer is a file or a list of problems."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.settings import api_keys, crosses, reading
from bot.settings.community import CommunityFile
from bot.settings.names import settings_in
from bot.settings.variables import Variables

NOTHING_SET = Variables((), Path())
KEYS = st.sampled_from(["1", "5", "name", "id", "upstream", "routes", "aliases", "odd"])
SCALARS = st.one_of(
    st.booleans(),
    st.integers(),
    st.sampled_from([Decimal("NaN"), Decimal("-Infinity"), Decimal("0.5"), Decimal("1e400")]),
    st.sampled_from(["", "a", "env:", "env:X", "http://[", "http://a:99999", "\ud800", "é"]),
    st.just(date(2026, 11, 20)),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
PATHS = [path for path, _ in settings_in(CommunityFile)]
SECTIONS = list(CommunityFile.model_fields)


def file_with(path: str, value: Any) -> Any:
    """Return tables that hold a value at a path."""
    first, _, rest = path.partition(".")
    if not first:
        return value
    held = file_with(rest, value)
    return {first.removesuffix("[]"): [held] if first.endswith("[]") else held}


@given(path=st.sampled_from(PATHS + SECTIONS), value=VALUES)
def test_a_value_of_any_shape_is_read_or_refused_in_our_words(path: str, value: Any) -> None:
    raw, absent = api_keys.filled_in(file_with(path.replace(".N.", ".5."), value), NOTHING_SET)

    file, unfit = reading.check(raw)
    lines = [*unfit, *absent, *crosses.problems(raw, bot=True)]

    assert (file is None) == bool(unfit)
    assert not [line for line in lines if "will not do" in line or "\n" in line]
