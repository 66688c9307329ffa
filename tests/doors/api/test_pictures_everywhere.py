"""Pictures of every dialect that gives some, in every form, and the seeds' own requests."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.sandbox.upstreams.troubles import Fault, Trouble
from tests.doors.api.conftest import Opening
from tests.fakes.bazaar import Bazaar, bazaar
from tests.fakes.house import House
from tests.features.relay.easel import as_data_url, drawing, size_of

PAINTERS = ["openai", "fresed", "freetheai", "spafe", "airforce"]
EDITORS = ["openai", "freetheai"]
THEIRS = {"freetheai": "img/gpt-image-2", "fresed": "midjourney"}  # what they call theirs
CHEAP = {"coefficient": 0.5}
PRICE = 400
MODELS = [
    {
        "id": f"flux-{name}",
        "kind": ["image", "edit"],
        "routes": [{"upstream": name, "model": THEIRS.get(name, "flux")}],
    }
    | CHEAP
    for name in PAINTERS
]
SEEDS = [
    {"id": model, "kind": ["image", "edit"], "routes": [{"upstream": upstream}]}
    for model, upstream in (
        ("midjourney", "fresed"),
        ("vhr/gpt_image_2", "freetheai"),
        ("img/gpt-image-2", "freetheai"),
        ("flux", "spafe"),
        ("flux-realism", "airforce"),
    )
]


@pytest.fixture
async def fair() -> AsyncIterator[Bazaar]:
    """Every upstream there is."""
    async with bazaar() as opened:
        yield opened


@pytest.fixture
async def house(opening: Opening, fair: Bazaar) -> AsyncIterator[House]:
    """A house with a model of pictures for every one of them, and those that the seeds name."""
    async with opening(**(fair.settings | {"models": [*MODELS, *SEEDS]})) as opened:
        yield opened


def shown(entry: dict[str, Any]) -> bytes:
    """Return the bytes in an entry that holds them."""
    if (url := entry.get("url")) is not None:
        assert url.startswith("data:image/"), url
        return base64.b64decode(url.partition(",")[2])
    return base64.b64decode(entry["b64_json"])


@pytest.mark.parametrize("name", PAINTERS)
@pytest.mark.parametrize("n", [1, 3])
async def test_every_dialect_gives_base64_where_it_is_asked_for(
    house: House, name: str, n: int
) -> None:
    client = house.client(await house.key())
    body = {"model": f"flux-{name}", "prompt": "A lighthouse", "n": n, "size": "16:9"}

    answer = await client.post(
        "/v1/images/generations", json=body | {"response_format": "b64_json"}
    )

    data = answer.json()["data"]
    assert [sorted(set(entry) - {"revised_prompt"}) for entry in data] == [["b64_json"]] * n
    assert all(size_of(shown(entry))[0] == "PNG" for entry in data)
    assert await house.spent() == n * PRICE == int(answer.headers["x-latchkey-cost"])
    assert [record.upstream for record in await house.records()] == [name]


@pytest.mark.parametrize("name", PAINTERS)
async def test_every_dialect_gives_addresses_where_they_are_asked_for(
    house: House, fair: Bazaar, name: str
) -> None:
    client = house.client(await house.key())
    body = {"model": f"flux-{name}", "prompt": "A lighthouse", "n": 2, "response_format": "url"}

    data = (await client.post("/v1/images/generations", json=body)).json()["data"]

    assert [sorted(set(entry) - {"revised_prompt"}) for entry in data] == [["url"]] * 2
    async with httpx.AsyncClient() as plain:
        for entry in data:
            url = entry["url"]
            found = shown(entry) if url.startswith("data:") else (await plain.get(url)).content
            assert size_of(found)[0] == "PNG"
    assert fair.upstreams[name].asked in (1, 2)
    assert await house.spent() == 2 * PRICE


@pytest.mark.parametrize("name", PAINTERS)
async def test_every_dialect_imagines_and_paints_in_chats(house: House, name: str) -> None:
    client = house.client(await house.key())
    model = f"flux-{name}"

    imagined = await client.get(
        "/imagine2", params={"prompt": "A lighthouse", "model": model, "size": "9:16"}
    )
    chat = {"model": model, "messages": [{"role": "user", "content": "A lighthouse"}]}
    said = await client.post("/v1/chat/completions", json=chat)

    assert size_of(imagined.content)[0] == "PNG"
    assert said.json()["choices"][0]["message"]["content"].startswith("![Generated image](")
    assert await house.spent() == 2 * PRICE


@pytest.mark.parametrize("name", EDITORS)
@pytest.mark.parametrize("form", ["url", "b64_json"])
async def test_every_dialect_that_edits_takes_forms_and_json(
    house: House, name: str, form: str
) -> None:
    client, picture = house.client(await house.key()), drawing()
    fields = {"model": f"flux-{name}", "prompt": "A dog", "response_format": form}

    formed = await client.post(
        "/v1/images/edits", data=fields, files={"image": ("a.png", picture, "image/png")}
    )
    written = await client.post("/v1/images/edits", json=fields | {"image": as_data_url(picture)})

    for answer in (formed, written):
        assert answer.status_code == 200, answer.text
        assert [form] == sorted(set(answer.json()["data"][0]) - {"revised_prompt"})
    assert await house.spent() == 2 * PRICE


@pytest.mark.parametrize("name", PAINTERS)
@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (Fault.REFUSE, 502),
        (Fault.BROKEN, 502),
        (Fault.EMPTY, 502),
        (Fault.GARBAGE, 502),
        (Fault.WRONG_TYPE, 502),
        (Fault.TRUNCATED, 502),
        (Fault.UNAUTHORIZED, 502),
        (Fault.BAD_REQUEST, 400),
        (Trouble(Fault.RATE_LIMITED, 5), 503),
    ],
    ids=str,
)
async def test_no_dialects_failure_costs_anything(
    house: House, fair: Bazaar, name: str, trouble: Any, status: int
) -> None:
    client = house.client(await house.key())
    fair.upstreams[name].faults.every(trouble)
    body = {"model": f"flux-{name}", "prompt": "A cat", "n": 2, "response_format": "b64_json"}

    answer = await client.post("/v1/images/generations", json=body)

    assert answer.status_code == status, answer.text
    assert await house.spent() == 0
    assert [record.status for record in await house.records()] == ["failed"]


@pytest.mark.parametrize("way", ["generations", "imagine", "chat"])
async def test_a_model_whose_upstreams_make_no_pictures_is_refused_in_words(
    opening: Opening, fair: Bazaar, way: str
) -> None:
    lost = {"id": "lost", "kind": "image", "routes": [{"upstream": "devsdocode"}]}
    async with opening(**(fair.settings | {"models": [lost]})) as house:
        client = house.client(await house.key())
        if way == "chat":
            chat = {"model": "lost", "messages": [{"role": "user", "content": "A cat"}]}
            answer = await client.post("/v1/chat/completions", json=chat)
        elif way == "imagine":
            answer = await client.get("/v1/imagine", params={"prompt": "A cat"})
        else:
            answer = await client.post("/v1/images/generations", json={"prompt": "A cat"})

        assert answer.status_code == 400, answer.text
        assert answer.json()["error"]["code"] == "invalid_request"
        assert "`lost`" in answer.json()["error"]["message"]
        assert await house.spent() == 0
        assert fair.upstreams["devsdocode"].asked == 0


# The seeds' own requests, with the base URL changed and a key


async def test_the_seeds_own_requests_work(house: House) -> None:
    client = house.client(await house.key())
    picture = as_data_url(drawing())
    requests = [
        (
            "/v1/images/generations",
            {"model": "midjourney", "prompt": "a white siamese cat", "size": "1024x1024"},
        ),
        (
            "/v1/images/generations",
            {
                "model": "vhr/gpt_image_2",
                "prompt": "A cinematic neon sports car parked under rainy city lights",
            },
        ),
        (
            "/v1/images/edits",
            {
                "model": "img/gpt-image-2",
                "prompt": "Improve this logo and make it cleaner",
                "image": picture,
            },
        ),
    ]

    for path, body in requests:
        answer = await client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        [entry] = answer.json()["data"]
        assert entry.get("url") or entry.get("b64_json")
    landscape = "prompt=A+beautiful+landscape&size=1:1&seed=123456&model=flux-realism"
    imagined = await client.get(f"/v1/imagine?{landscape}")

    drawn = {"messages": [{"role": "user", "content": "Hi"}], "stream": False, "model": "flux"}
    knobs = {"temperature": 0.5, "presence_penalty": 0, "frequency_penalty": 0, "top_p": 1}
    said = (await client.post("/api/v1/chat/completions", json=drawn | knobs)).json()

    assert imagined.headers["content-type"] == "image/png"
    assert size_of(imagined.content)[0] == "PNG"
    assert said["choices"][0]["message"]["content"].startswith("![Generated image](")
    assert await house.spent() == 5 * 800
