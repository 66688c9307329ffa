"""POST /v1/chat/completions, whole."""

import pytest

from tests.fakes.house import ADA, House

HELLO = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello there"}]}


@pytest.mark.parametrize(
    "path", ["/v1/chat/completions", "/chat/completions", "/api/v1/chat/completions"]
)
async def test_a_key_opens_the_chat_on_all_three_paths(house: House, path: str) -> None:
    client = house.client(await house.key())

    answer = await client.post(path, json=HELLO)

    assert answer.status_code == 200
    assert answer.json()["choices"][0]["message"]["content"].startswith("Hello!")
    assert answer.json()["model"] == "gpt-4o"
    assert answer.headers["content-type"] == "application/json"
