"""Which addresses may stand in a chat's parts: nothing is looked up for it."""

from typing import Any

import pytest

from bot.relay import addresses
from bot.upstreams.fetch import NotFetched, Why

PRIVATE = [
    "http://127.0.0.1/cat.png",
    "http://127.1/cat.png",
    "http://2130706433/cat.png",
    "http://0x7f000001/cat.png",
    "http://0177.0.0.1/cat.png",
    "http://127.0.0.1./cat.png",
    "http://127.0.0.1:8080/cat.png",
    "http://me:secret@127.0.0.1/cat.png",
    "HTTPS://10.0.0.7/cat.png",
    "  http://192.168.1.1/cat.png\n",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/cat.png",
    "http://224.0.0.1/cat.png",
    "http://0.0.0.0/cat.png",
    "http://[::1]/cat.png",
    "http://[::ffff:127.0.0.1]/cat.png",
    "http://[fd00::1]/cat.png",
    "http://localhost:9000/cat.png",
    "http://printer/cat.png",
    "http://metadata.google.internal/cat.png",
    "http:127.0.0.1/cat.png",
    "http:///cat.png",
]
OTHERS = [
    "https://example.com/cat.png",
    "https://93.184.215.14/cat.png",
    "https://[2606:4700::1111]/cat.png",
    "data:image/png;base64,AAAA",
    "gs://bucket/cat.png",
]


def parts(address: str) -> list[dict[str, Any]]:
    """Return a picture in every way in which chats and Messages name its address."""
    return [
        {"type": "image_url", "image_url": {"url": address}},
        {"type": "image_url", "image_url": address},
        {"type": "input_image", "image_url": address},
        {"type": "image", "source": {"type": "url", "url": address}},
        {"type": "document", "source": {"type": "url", "url": address}},
    ]


def turns(part: Any) -> list[dict[str, Any]]:
    return [{"role": "system", "content": "Hi"}, {"role": "user", "content": ["text", part]}]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused_wherever_it_stands(address: str) -> None:
    for part in parts(address):
        with pytest.raises(NotFetched) as refused:
            addresses.check(turns(part))

        assert (refused.value.why, refused.value.params["param"]) == (Why.NOT_PUBLIC, "messages")


@pytest.mark.parametrize("address", OTHERS)
def test_what_may_be_public_passes(address: str) -> None:
    for part in parts(address):
        addresses.check(turns(part))


def test_a_text_may_name_any_address() -> None:
    addresses.check(turns({"type": "text", "text": "http://127.0.0.1/"}))
