"""Lists of embeddings whose vectors are left as the text they came as.

Two thousand vectors are three million numbers: to make objects of them and text again takes ten
times as long as to see that they are numbers, and a hundred megabytes meanwhile.
"""

import re
from typing import Any

import orjson

_BEGIN = re.compile(rb'"embedding"\s*:\s*\[')
_NUMBERS = b"0123456789+-.eE, \t\r\n"
_HEAD = 256  # bytes of a vector that are read as JSON


def read_vectors(raw: bytes) -> Any:
    """Parse JSON, but for the vectors in its list `data`: these become fragments of JSON."""
    vectors: dict[object, orjson.Fragment] = {}
    parts: list[bytes] = []
    at = 0
    while (begin := _BEGIN.search(raw, at)) and (end := raw.find(b"]", begin.end())) >= 0:
        written = raw[begin.end() : end]
        if _is_numbers(written):
            name = f"vector {len(vectors)}"  # stands in its place; no base64 has a space
            vectors[name] = orjson.Fragment(b"[%b]" % written)
            parts += raw[at : begin.end() - 1], b'"%b"' % name.encode()
        else:
            parts.append(raw[at : end + 1])
        at = end + 1
    answer = orjson.loads(b"".join((*parts, raw[at:])))
    named = [entry for entry in _entries(answer) if entry.get("embedding") in vectors]
    if len(named) != len(vectors):
        return orjson.loads(raw)  # there are some elsewhere too
    for entry in named:
        entry["embedding"] = vectors[entry["embedding"]]
    return answer


def _is_numbers(written: bytes) -> bool:
    if written.translate(None, _NUMBERS):
        return False
    head = written if len(written) <= _HEAD else written[:_HEAD].rpartition(b",")[0]
    try:
        return bool(orjson.loads(b"[%b]" % head))
    except orjson.JSONDecodeError:
        return False


def _entries(answer: Any) -> list[dict[str, Any]]:
    """List what has a vector in words, or something in its place."""
    data = answer.get("data") if isinstance(answer, dict) else None
    entries = data if isinstance(data, list) else []
    return [e for e in entries if isinstance(e, dict) and isinstance(e.get("embedding"), str)]
