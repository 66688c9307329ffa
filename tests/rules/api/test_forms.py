"""Forms are read in memory, whatever their size and the number of their names."""

from typing import Any

import httpx
import pytest

from bot.api import forms


async def parsed(data: dict[str, Any], files: Any) -> dict[str, Any]:
    """Read a form as a client sends it."""
    request = httpx.Request("POST", "http://a.example/", data=data, files=files)
    headers = [(name.lower(), value) for name, value in request.headers.raw]
    return await forms.parse({"type": "http", "headers": headers}, request.read())


async def test_nothing_of_a_form_is_written_to_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    large = bytes(range(256)) * 20_000
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")

    form = await parsed({"prompt": "A cat"}, {"image": ("a.png", large)})

    assert form == {"prompt": "A cat", "image": large}


async def test_a_name_that_comes_several_times_has_a_list() -> None:
    form = await parsed(
        {"prompt": ["one", "two"]}, [("image[]", ("a", b"first")), ("image[]", ("b", b"second"))]
    )

    assert form == {"prompt": ["one", "two"], "image[]": [b"first", b"second"]}


@pytest.mark.parametrize(
    ("said", "is_form"),
    [
        (b"multipart/form-data; boundary=x", True),
        (b"Multipart/Form-Data", True),
        (b"application/json", False),
        (b"multipart/mixed; boundary=x", False),
    ],
)
def test_a_form_is_known_by_its_type(said: bytes, is_form: bool) -> None:
    assert forms.is_form({"type": "http", "headers": [(b"content-type", said)]}) is is_form


def test_without_a_type_a_body_is_no_form() -> None:
    assert not forms.is_form({"type": "http", "headers": []})
