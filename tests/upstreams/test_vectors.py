"""Vectors that are left as upstreams wrote them."""

from typing import Any

import orjson
import pytest

from bot.upstreams.vectors import read_vectors


def listed(*vectors: str, **more: Any) -> bytes:
    """Return an answer with these texts in the places of its vectors."""
    entries = ", ".join(
        f'{{"index": {n}, "embedding" : {vector}}}' for n, vector in enumerate(vectors)
    )
    return f'{{"object": "list", "data": [{entries}], "x": {orjson.dumps(more).decode()}}}'.encode()


@pytest.mark.parametrize(
    "raw",
    [
        listed("[0.1, -2e-7, 3]", "[1]", "[ 0.25 ,\n 1E5 ]"),
        listed("[" + ",".join(["-0.0123456789"] * 3_072) + "]"),
        listed('"AAAA"', '"vector 0"', "[1, 2]", '"vector 2"'),
        listed("[1]", says='"embedding": [1, 2]', embedding=[7]),
        listed("[]", "null", '["a"]', "[[1]]", '{"embedding": [1.5]}', "[true]", "[1, null]"),
        b'{"data": [{"embedding": 3}, 4, null]}',
        b'{"data": {"embedding": [1, 2]}}',
        b'{"embedding": [1.0, 2.0]}',
        b"[]",
        b"null",
    ],
)
def test_what_is_read_and_written_again_is_what_came(raw: bytes) -> None:
    assert orjson.loads(orjson.dumps(read_vectors(raw))) == orjson.loads(raw)


def test_numbers_are_never_made_objects() -> None:
    read = read_vectors(listed("[0.10000000000000000001, 1]", '"AAAA"', '["a"]'))

    kinds = [type(entry["embedding"]) for entry in read["data"]]
    assert kinds == [orjson.Fragment, str, list]
    assert b"0.10000000000000000001" in orjson.dumps(read)


@pytest.mark.parametrize(
    "raw",
    [b'{"data": [{"embedding": [1, 2', b'{"data": [{"embedding": [1 2]}]}', b"", b"<html>"],
)
def test_what_is_no_json_is_none(raw: bytes) -> None:
    with pytest.raises(orjson.JSONDecodeError):
        read_vectors(raw)
