"""Pictures over HTTP, by the official SDK and by plain requests."""

import base64
from io import BytesIO
from typing import Any

import openai
import pytest
from PIL import Image

from bot.sandbox.upstreams.troubles import Fault, Trouble
from tests.doors.api.conftest import Opening
from tests.doors.api.wire import get, post, wire
from tests.fakes.house import UPSTREAM_KEY, House
from tests.fakes.serve import serving
from tests.features.relay.easel import Gallery, as_data_url, drawing, inside, size_of

PRICE = 800
PAINT, EDIT = "/v1/images/generations", "/v1/images/edits"
CAT = {"model": "flux", "prompt": "A cat"}
IMAGINE = ["/v1/imagine", "/imagine", "/v1/imagine2", "/imagine2"]
RATIOS = ["1:1", "16:9", "9:16", "21:9", "9:21", "1:2", "2:1"]


def sdk(house: House, key: str) -> openai.AsyncOpenAI:
    """Return OpenAI's client, pointed here."""
    return openai.AsyncOpenAI(base_url=f"{house.url}/v1", api_key=key, max_retries=0)


def error(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["x-request-id"].startswith("req_")
    found = answer.json()["error"]
    assert found["code"] == code
    assert "127.0.0.1" not in found["message"]
    assert UPSTREAM_KEY not in answer.text
    return found


# By the official SDK


async def test_the_sdk_gets_links(house: House) -> None:
    async with sdk(house, await house.key()) as client:
        raw = await client.images.with_raw_response.generate(
            model="flux", prompt="A cat", n=2, size="1024x1024", response_format="url"
        )

    answer = raw.parse()
    assert len({picture.url for picture in answer.data}) == 2
    assert answer.data[0].b64_json is None
    assert answer.data[0].revised_prompt == "A picture: A cat"
    assert answer.created == int(house.clock.now().timestamp())
    assert int(raw.headers["x-latchkey-cost"]) == 2 * PRICE == await house.spent()
    assert raw.headers["x-latchkey-upstream"] == "first"
    assert raw.headers["x-ratelimit-remaining-tokens"] == "78400"
    assert house.first.seen[0].body["size"] == "1024x1024"


async def test_the_sdk_gets_base64(house: House) -> None:
    async with sdk(house, await house.key()) as client:
        answer = await client.images.generate(
            model="flux", prompt="A cat", n=3, response_format="b64_json"
        )

    assert all(size_of(base64.b64decode(one.b64_json))[0] == "PNG" for one in answer.data)
    assert [one.url for one in answer.data] == [None] * 3
    assert await house.spent() == 3 * PRICE


async def test_the_sdk_needs_no_model(house: House) -> None:
    async with sdk(house, await house.key()) as client:
        answer = await client.images.generate(prompt="A cat")

    assert answer.data[0].url
    assert [record.model for record in await house.records()] == ["flux"]


async def test_the_sdk_sends_a_picture_to_be_changed_as_a_form(house: House) -> None:
    picture, mask = drawing("PNG", (64, 64)), drawing("PNG", (64, 64))
    async with sdk(house, await house.key()) as client:
        answer = await client.images.edit(
            model="flux",
            prompt="A dog instead",
            image=("cat.png", picture, "image/png"),
            mask=("mask.png", mask, "image/png"),
            n=2,
            response_format="b64_json",
            extra_body={"strength": "0.5"},
        )

    assert len(answer.data) == 2
    assert answer.data[0].b64_json
    [seen] = house.first.seen
    assert seen.files == {"image": picture, "mask": mask}
    assert seen.body["prompt"] == "A dog instead"
    assert (seen.body["n"], seen.body["strength"]) == ("2", "0.5")
    assert await house.spent() == 2 * PRICE
    assert [record.endpoint for record in await house.records()] == ["images.edits"]


async def test_the_sdks_list_of_one_picture_is_one_picture(house: House) -> None:
    async with sdk(house, await house.key()) as client:
        await client.images.edit(model="flux", prompt="A dog", image=[("a.jpg", drawing("JPEG"))])

    assert size_of(house.first.seen[0].files["image"])[0] == "JPEG"


async def test_the_sdk_raises_what_is_wrong(house: House) -> None:
    async with sdk(house, await house.key()) as client:
        with pytest.raises(openai.BadRequestError) as wrong_kind:
            await client.images.generate(model="gpt-4o", prompt="A cat")
        with pytest.raises(openai.BadRequestError) as unknown:
            await client.images.generate(model="fluxx", prompt="A cat")
        with pytest.raises(openai.BadRequestError) as two:
            await client.images.edit(
                model="flux", prompt="A dog", image=[("a.png", drawing()), ("b.png", drawing())]
            )

    assert wrong_kind.value.code == "invalid_request"
    assert unknown.value.code == "model_not_found"
    assert "`flux`" in unknown.value.message
    assert two.value.param == "image"
    assert await house.spent() == 0


async def test_the_sdk_chats_with_a_model_that_paints(house: House) -> None:
    ask = {"model": "flux", "messages": [{"role": "user", "content": "A cat"}]}
    async with sdk(house, await house.key()) as client:
        answer = await client.chat.completions.create(**ask)
        stream = await client.chat.completions.create(**ask, stream=True)
        pieces = [chunk.choices[0].delta.content or "" async for chunk in stream]

    said = answer.choices[0].message.content
    assert said.startswith("![Generated image](http://")
    assert "".join(pieces).startswith("![Generated image](http://")
    assert await house.spent() == 2 * PRICE


# By plain requests


@pytest.mark.parametrize("path", [PAINT, EDIT, *IMAGINE])
async def test_without_a_key_nobody_paints(house: House, path: str) -> None:
    client = house.client()
    body = CAT | {"image": as_data_url(drawing())}
    asked = client.get(path, params=CAT) if "imagine" in path else client.post(path, json=body)

    found = error(await asked, 401, "invalid_api_key")

    assert "/signup" in found["message"]
    assert house.first.asked == 0


async def test_several_pictures_to_edit_are_refused_in_clear_words(house: House) -> None:
    client = house.client(await house.key())
    picture = drawing()
    files = [("image[]", (name, picture)) for name in ("a.png", "b.png", "c.png")]

    in_json = await client.post(EDIT, json=CAT | {"image": [as_data_url(picture)] * 3})
    in_form = await client.post(EDIT, data=CAT, files=files)

    for answer in (in_json, in_form):
        found = error(answer, 400, "invalid_request")
        assert "one picture, not 3" in found["message"]
    assert house.first.asked == 0


async def test_the_description_says_that_pictures_are_edited_one_at_a_time(house: House) -> None:
    document = (await house.client().get("/openapi.json")).json()

    assert "One picture at a time" in document["paths"][EDIT]["post"]["description"]
    form = document["components"]["schemas"]["ImageEditForm"]
    assert "one at a time" in form["description"]


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        (PAINT, {}, "prompt"),
        (PAINT, {"model": "flux"}, "prompt"),
        (PAINT, CAT | {"prompt": None}, "prompt"),
        (PAINT, CAT | {"n": 11}, "n"),
        (PAINT, CAT | {"n": "two"}, "n"),
        (PAINT, CAT | {"size": 512}, "size"),
        (PAINT, CAT | {"response_format": "jpeg"}, "response_format"),
        (PAINT, CAT | {"model": "gpt-4o"}, "model"),
        (PAINT, CAT | {"stream": True}, "stream"),
        (EDIT, CAT, "image"),
        (EDIT, CAT | {"image": "a cat"}, "image"),
        (EDIT, CAT | {"image": "https://me@pictures.example/a.png"}, "image"),
        (EDIT, CAT | {"image": "http://localhost:8080/a.png"}, "image"),
        (EDIT, CAT | {"image": "http://169.254.169.254/latest"}, "image"),
        (EDIT, CAT | {"image": as_data_url(drawing()), "mask": "data:,x"}, "mask"),
        (EDIT, CAT | {"image": as_data_url(drawing()), "model": "gpt-4o"}, "model"),
    ],
)
async def test_a_field_that_is_wrong_is_named(
    house: House, path: str, body: dict[str, Any], param: str
) -> None:
    client = house.client(await house.key())

    answer = await client.post(path, json=body)

    assert error(answer, 400, "invalid_request")["param"] == param
    assert house.first.asked == 0
    assert await house.spent() == 0
    assert await house.records() == []


async def test_a_form_and_json_mean_the_same(house: House) -> None:
    client, picture = house.client(await house.key()), drawing()
    fields = {"model": "flux", "prompt": "A dog", "n": "2", "seed": "7", "stream": "false"}

    formed = await client.post(EDIT, data=fields, files={"image[]": ("a.png", picture)})
    sent = {"n": 2, "seed": 7, "image": as_data_url(picture)}
    written = await client.post(EDIT, json={"model": "flux", "prompt": "A dog"} | sent)
    linked = await client.post(
        EDIT, data=fields | {"image": as_data_url(picture)}, files={"x": b""}
    )

    assert formed.status_code == written.status_code == linked.status_code == 200
    first, second, third = house.first.seen
    assert first.body == second.body == third.body
    assert first.files == second.files == third.files == {"image": picture}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--x\r\n\r\n"),
        ("multipart/form-data; boundary=x", b"this is no form"),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--",
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="n"\r\n\r\n1',
        ),
        ("multipart/form-data; boundary=x", b""),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="n"\r\n\r\n1\r\n' * 101 + b"--x--",
        ),
        ("application/json", b"{"),
        ("text/plain", b"a cat"),
    ],
)
async def test_a_body_that_makes_no_sense_is_refused(house: House, kind: str, body: bytes) -> None:
    client = house.client(await house.key())

    answer = await client.post(EDIT, content=body, headers={"content-type": kind})

    error(answer, 400, "invalid_request")
    assert await house.spent() == 0


async def test_a_form_larger_than_a_body_may_be_is_refused(opening: Opening) -> None:
    async with opening(limits={"body_bytes": 20_000}) as house:
        client = house.client(await house.key())

        files = {"image": ("a.png", bytes(30_000))}
        answer = await client.post(EDIT, data=CAT, files=files)

        error(answer, 413, "request_too_large")


async def test_bytes_become_what_is_asked_for(opening: Opening) -> None:
    data = drawing("WEBP")
    async with (
        serving(Gallery([inside(data)]).app()) as url,
        opening(urls={"first": url}) as house,
    ):
        client = house.client(await house.key())
        found = {}
        for form in ("url", "b64_json", None):
            answer = await client.post(PAINT, json=CAT | {"response_format": form})
            [found[form]] = answer.json()["data"]

        assert found["url"] == {"url": as_data_url(data, "image/webp")}
        assert found["b64_json"] == found[None] == inside(data)


@pytest.mark.parametrize("path", [PAINT, EDIT, "/v1/imagine"])
@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [
        (Fault.BROKEN, 502, "upstream_failed"),
        (Fault.EMPTY, 502, "upstream_failed"),
        (Fault.BAD_REQUEST, 400, "invalid_request"),
        (Trouble(Fault.RATE_LIMITED, 9), 503, "no_route"),
    ],
    ids=str,
)
async def test_upstreams_that_fail_cost_nothing(
    house: House, path: str, trouble: Any, status: int, code: str
) -> None:
    client = house.client(await house.key())
    for upstream in (house.first, house.second):
        upstream.faults.every(trouble)

    if "imagine" in path:
        answer = await client.get(path, params=CAT)
    else:
        answer = await client.post(path, json=CAT | {"image": as_data_url(drawing())})

    error(answer, status, code)
    assert (status == 503) == ("retry-after" in answer.headers)
    assert answer.headers["x-latchkey-remaining"] == "80000"
    assert await house.spent() == 0


@pytest.mark.parametrize("path", [PAINT, EDIT])
async def test_leaving_once_it_was_asked_for_costs_every_picture(house: House, path: str) -> None:
    key = await house.key()
    house.first.faults.next(Fault.SLOW)
    body = CAT | {"n": 2, "image": as_data_url(drawing())}

    async with wire(house.url) as line:
        await line.send(post(key, body, path=path))
        await house.first.until(lambda upstream: upstream.asked == 1)
        line.hang_up()
        await house.first.until(lambda upstream: upstream.hangups == 1)

    assert [record.status for record in await house.records()] == ["left"]
    assert await house.spent() == 2 * PRICE


# Imagine


@pytest.mark.parametrize("path", IMAGINE)
async def test_imagine_answers_with_the_picture_itself(house: House, path: str) -> None:
    client = house.client(await house.key())
    query = {"prompt": "A beautiful landscape", "size": "16:9", "seed": "123456", "model": "flux"}

    answer = await client.get(path, params=query)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "no-store"
    assert (answer.headers["x-latchkey-cost"], await house.spent()) == (str(PRICE), PRICE)
    assert size_of(answer.content)[0] == "PNG"
    [seen] = house.first.seen
    assert (seen.body["seed"], seen.body["prompt"]) == (123456, "A beautiful landscape")
    [record] = await house.records()
    assert record.endpoint == path.rpartition("/")[2]


@pytest.mark.parametrize("ratio", RATIOS)
async def test_every_ratio_is_taken(house: House, ratio: str) -> None:
    client = house.client(await house.key())

    answer = await client.get("/v1/imagine", params={"prompt": "A cat", "size": ratio})

    wide, high = Image.open(BytesIO(answer.content)).size
    asked = [int(part) for part in ratio.split(":")]
    assert (wide > high) == (asked[0] > asked[1])
    assert (wide < high) == (asked[0] < asked[1])


async def test_without_flux_the_first_image_model_imagines(opening: Opening) -> None:
    painter = {"kind": "image", "routes": [{"upstream": "first"}]}
    models = [
        {"id": "gpt-4o", "routes": [{"upstream": "first"}]},
        painter | {"id": "early"},
        painter | {"id": "late"},
    ]
    async with opening(models=models) as house:
        client = house.client(await house.key())

        await client.get("/imagine", params={"prompt": "A cat"})

        assert [record.model for record in await house.records()] == ["early"]


@pytest.mark.parametrize(
    ("query", "param", "code"),
    [
        ({}, "prompt", "invalid_request"),
        ({"prompt": ""}, "prompt", "invalid_request"),
        ({"prompt": "A cat", "size": "1024x1024"}, "size", "invalid_request"),
        ({"prompt": "A cat", "size": "3:2"}, "size", "invalid_request"),
        ({"prompt": "A cat", "seed": "seven"}, "seed", "invalid_request"),
        ({"prompt": "A cat", "seed": "-1"}, "seed", "invalid_request"),
        ({"prompt": "A cat", "seed": "9" * 30}, "seed", "invalid_request"),
        ({"prompt": "A cat", "model": "gpt-4o"}, "model", "invalid_request"),
        ({"prompt": "A cat", "model": "fluxx"}, "model", "model_not_found"),
    ],
)
async def test_a_parameter_that_is_wrong_is_named(
    house: House, query: dict[str, str], param: str, code: str
) -> None:
    client = house.client(await house.key())

    answer = await client.get("/v1/imagine", params=query)

    assert error(answer, 400, code)["param"] == param
    assert await house.spent() == 0


@pytest.mark.parametrize("path", IMAGINE)
async def test_a_look_at_the_headers_alone_is_no_call(house: House, path: str) -> None:
    client = house.client(await house.key())

    answer = await client.head(path, params={"prompt": "A cat"})

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert house.first.asked == 0


async def test_leaving_while_it_imagines_costs_the_picture(house: House) -> None:
    key = await house.key()
    house.first.faults.next(Fault.SLOW)

    async with wire(house.url) as line:
        await line.send(get("/imagine2?prompt=A+cat", f"Authorization: Bearer {key}"))
        await house.first.until(lambda upstream: upstream.asked == 1)
        line.hang_up()
        await house.first.until(lambda upstream: upstream.hangups == 1)

    assert [record.status for record in await house.records()] == ["left"]
    assert await house.spent() == PRICE
