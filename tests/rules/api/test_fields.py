"""What the page says of a schema: every field by its path, in words."""

from typing import Any

import pytest

from bot.api.page.fields import kind, rows
from bot.api.schema import (
    TEXT,
    choice,
    either,
    flag,
    many,
    maybe,
    number,
    record,
    ref,
    text,
    whole,
)

KNOWN = {"Point": record("x", has={"x": whole(0), "y": maybe(number(words="upwards"))})}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (TEXT, "text"),
        (text(least=1), "text"),
        (text(least=1, most=2_000), "text from 1 to 2,000 characters"),
        (text(most=9), "text up to 9 characters"),
        (whole(1, 8), "whole number from 1 to 8"),
        (whole(0), "whole number"),
        (whole(0, 10**18), "whole number"),
        (number(), "number"),
        (flag(), "true or false"),
        (maybe(flag()), "true or false or null"),
        (choice("a", "b"), '"a" or "b"'),
        (choice(False), "false"),
        (many(TEXT), "list of text"),
        (many(TEXT, most=4), "list of text, up to 4"),
        (many(ref("Point"), most=1), "list of object"),
        (either(TEXT, many(TEXT), TEXT), "text or list of text"),
        ({"type": ["string", "array", "null"]}, "text or list or null"),
        ({"type": "string", "format": "binary"}, "file"),
        ({"const": None}, "null"),
        ({}, "anything"),
    ],
)
def test_what_a_value_may_be_is_said_in_words(schema: dict[str, Any], words: str) -> None:
    assert kind(schema, KNOWN) == words


def test_fields_within_fields_are_named_from_the_top() -> None:
    schema = record("at", has={"at": ref("Point"), "path": many(ref("Point"))})

    found = {row.path: row for row in rows(schema, KNOWN)}

    assert list(found) == ["at", "at.x", "at.y", "path", "path[].x", "path[].y"]
    assert found["at"].required
    assert found["path[].x"].required
    assert not found["path"].required
    assert found["at.y"].words == "upwards"


def test_variants_share_rows_and_need_only_what_all_of_them_need() -> None:
    schema = either(
        record("type", "name", has={"type": choice("a"), "name": TEXT}),
        record("type", has={"type": choice("b"), "name": whole()}),
    )

    kinds, names = rows(schema, KNOWN)

    assert (kinds.path, kinds.kind, kinds.required) == ("type", '"a" or "b"', True)
    assert (names.kind, names.required) == ("text or whole number", False)


def test_a_default_is_told() -> None:
    [row] = rows(record(has={"size": choice("1:1", words="width to height", default="1:1")}), {})

    assert row.words == "width to height; 1:1 unless named"


def test_nothing_is_shown_deeper_than_anybody_reads() -> None:
    schema: dict[str, Any] = TEXT
    for _ in range(6):
        schema = record(has={"in": schema})

    assert [row.path for row in rows(schema, {})] == ["in", "in.in", "in.in.in"]
