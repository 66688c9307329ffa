"""GET /v1/ask and GET /v1/images/vision: airforce's questions and sights, by plain HTTP."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from bot.ledger.rules import Flag
from bot.relay.search import MOST_QUESTION
from bot.sandbox.upstreams.airforce import LoopbackAirforce
from bot.sandbox.upstreams.fresed import LoopbackFresed
from bot.sandbox.upstreams.troubles import Fault, Trouble
from tests.doors.api.conftest import Opening
from tests.doors.api.wire import get, wire
from tests.fakes.house import UPSTREAM_KEY, House
from tests.fakes.serve import serving

SEARCHER = {"id": "globalask", "kind": "search", "coefficient": 1.5}
SEER = {"id": "gemini-pro-vision", "kind": "vision"}
OTHER_SEER = {"id": "gpt-4o", "kind": ["chat", "vision"]}
PRICE = 1_200  # of a question
QUESTION = {"prompt": "What is ChatGPT"}
CAT = "https://93.184.216.34/cat.png"  # public, and nobody goes there
PNG = b"\x89PNG\r\n\x1a\n" + b"a picture's bytes"


@pytest.fixture
async def air() -> LoopbackAirforce:
    """An airforce that frames its answers as events."""
    return LoopbackAirforce(key=UPSTREAM_KEY)


@pytest.fixture
async def house(opening: Opening, air: LoopbackAirforce) -> AsyncIterator[House]:
    """A house whose only upstream is airforce's."""
    async with serving(air.app()) as url:
        entry = {"name": "air", "dialect": "airforce", "base_url": url, "api_key": UPSTREAM_KEY}
        routes = {"routes": [{"upstream": "air"}]}
        models = [model | routes for model in (OTHER_SEER, SEARCHER, SEER)]
        async with opening(models=models, upstreams=[entry]) as opened:
            yield opened
            air.gate.set()


def told(answer: httpx.Response) -> list[dict[str, Any]]:
    """Return the data of every event."""
    *events, rest = answer.text.split("\n\n")
    assert rest == ""
    return [orjson.loads(event.removeprefix("data: ")) for event in events]


# Questions


@pytest.mark.parametrize("path", ["/v1/ask", "/ask"])
async def test_a_question_is_answered_event_by_event(
    house: House, air: LoopbackAirforce, path: str
) -> None:
    client = house.client(await house.key())

    answer = await client.get(path, params=QUESTION)

    findings = told(answer)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["x-latchkey-cost"] == str(PRICE) == str(await house.spent())
    assert answer.headers["x-latchkey-upstream"] == "air"
    assert "ChatGPT" in "".join(finding["message"] for finding in findings)
    assert all(set(finding) == {"message", "url"} for finding in findings)
    assert all(isinstance(value, str) for finding in findings for value in finding.values())
    assert any(finding["url"].startswith("http") for finding in findings)
    assert air.seen[0].body == QUESTION
    [record] = await house.records()
    assert (record.endpoint, record.model, record.status) == ("ask", "globalask", "answered")


async def test_a_reader_of_lines_understands_the_answer_too(house: House) -> None:
    client = house.client(await house.key())
    got = []

    async with client.stream("GET", "/ask", params=QUESTION) as answer:
        async for line in answer.aiter_lines():
            if line:
                assert line.startswith("data: {")
                got.append(orjson.loads(line[6:])["message"])

    assert "ChatGPT" in "".join(got)


async def test_the_first_piece_leaves_before_the_upstream_has_sent_the_rest(
    house: House, air: LoopbackAirforce
) -> None:
    key = await house.key()
    air.faults.next(Trouble(Fault.SLOW, 1))

    async with wire(house.url) as line:
        await line.send(get("/ask?prompt=Hi", f"Authorization: Bearer {key}"))
        status, headers = await line.head()
        assert (status, headers["x-latchkey-cost"]) == (200, str(PRICE))
        assert (await line.piece()).startswith(b"data: {")
        air.gate.set()
        pieces = 0
        while await line.piece():
            pieces += 1

    assert pieces > 0


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.TRUNCATED])
async def test_an_answer_that_is_cut_says_so_and_costs_its_price(
    house: House, air: LoopbackAirforce, fault: Fault
) -> None:
    client = house.client(await house.key())
    air.faults.next(Trouble(fault, 2))

    answer = await client.get("/ask", params=QUESTION)

    *findings, last = told(answer)
    assert findings
    assert last["error"]["code"] == "stream_incomplete"
    assert await house.spent() == PRICE
    [record] = await house.records()
    assert (record.status, record.flags) == ("partial", Flag.PARTIAL)


@pytest.mark.parametrize("amid", [False, True])
async def test_leaving_a_question_ends_the_upstreams_call_at_once(
    house: House, air: LoopbackAirforce, amid: bool
) -> None:
    key = await house.key()
    air.faults.next(Trouble(Fault.SLOW, 1 if amid else 0))

    async with wire(house.url) as line:
        await line.send(get("/ask?prompt=Hi", f"Authorization: Bearer {key}"))
        await air.until(lambda upstream: upstream.asked == 1)
        if amid:
            await line.head()
            await line.piece()
        line.hang_up()
        await air.until(lambda upstream: upstream.hangups == 1)

    [record] = await house.records()
    assert record.status == ("partial" if amid else "left")
    assert await house.spent() == PRICE


@pytest.mark.parametrize(
    "query", [{}, {"prompt": ""}, {"prompt": "  "}, {"prompt": "я" * (MOST_QUESTION + 1)}]
)
async def test_a_question_has_to_be_a_text_of_some_length(
    house: House, air: LoopbackAirforce, query: dict[str, str]
) -> None:
    client = house.client(await house.key())

    answer = await client.get("/ask", params=query)

    error = answer.json()["error"]
    assert answer.status_code == 400
    assert (error["param"], error["code"]) == ("prompt", "invalid_request")
    assert "1 to 4,000 characters" in error["message"]
    assert air.asked == 0


async def test_the_longest_question_fits_in_any_script(house: House, air: LoopbackAirforce) -> None:
    client = house.client(await house.key())
    question = "я" * MOST_QUESTION

    answer = await client.get("/ask", params={"prompt": question})

    assert answer.status_code == 200
    assert air.seen[0].body["prompt"] == question


async def test_an_upstream_that_fails_before_any_answer_is_an_ordinary_error(
    house: House, air: LoopbackAirforce
) -> None:
    client = house.client(await house.key())
    air.faults.every(Fault.EMPTY)

    answer = await client.get("/ask", params=QUESTION)

    assert answer.status_code == 502
    assert answer.json()["error"]["code"] == "upstream_failed"
    assert await house.spent() == 0


async def test_without_a_model_that_searches_a_question_is_refused(opening: Opening) -> None:
    async with opening() as house:
        answer = await house.client(await house.key()).get("/ask", params=QUESTION)

    assert answer.status_code == 400
    assert "search" in answer.json()["error"]["message"]


async def test_a_fresed_with_web_access_answers_questions_too(opening: Opening) -> None:
    fresed = LoopbackFresed(key=UPSTREAM_KEY)
    async with serving(fresed.app()) as url:
        entry = {
            "name": "fresed",
            "dialect": "fresed",
            "base_url": f"{url}/v1",
            "api_key": UPSTREAM_KEY,
        }
        searcher = SEARCHER | {"routes": [{"upstream": "fresed", "model": "gpt-4o+web"}]}
        async with opening(models=[searcher], upstreams=[entry]) as house:
            answer = await house.client(await house.key()).get("/ask", params=QUESTION)
            spent = await house.spent()

    assert "ChatGPT" in "".join(finding["message"] for finding in told(answer))
    assert spent == PRICE


async def test_questions_and_sights_need_a_key_and_no_look_ahead(house: House) -> None:
    stranger, client = house.client(), house.client(await house.key())

    assert (await stranger.get("/ask", params=QUESTION)).status_code == 401
    assert (await stranger.get("/images/vision", params={"url": CAT})).status_code == 401
    assert (await client.head("/ask", params=QUESTION)).status_code == 405
    assert (await client.post("/images/vision", json={})).status_code == 405
    assert await house.spent() == 0


# Sights


@pytest.mark.parametrize("path", ["/v1/images/vision", "/images/vision"])
async def test_a_picture_is_described_in_plain_words(
    house: House, air: LoopbackAirforce, path: str
) -> None:
    client = house.client(await house.key())

    answer = await client.get(path, params={"url": CAT})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "picture" in answer.text
    assert answer.headers["x-latchkey-cost"] == "800" == str(await house.spent())
    assert air.seen[0].body == {"url": CAT, "model": "gemini-pro-vision"}
    [record] = await house.records()
    assert (record.endpoint, record.model) == ("images.vision", "gemini-pro-vision")


async def test_another_model_may_look(house: House, air: LoopbackAirforce) -> None:
    client = house.client(await house.key())

    answer = await client.get("/images/vision", params={"url": CAT, "model": "gpt-4o"})

    assert answer.status_code == 200
    assert air.seen[0].body["model"] == "gpt-4o"


async def test_a_chat_model_looks_at_the_address_or_at_the_bytes(opening: Opening) -> None:
    seer = OTHER_SEER | {"routes": [{"upstream": "first", "model": "their-seer"}]}
    inside = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    async with opening(models=[seer]) as house:
        client = house.client(await house.key())
        for address in (CAT, inside):
            answer = await client.get("/images/vision", params={"url": address})
            assert "I see a picture" in answer.text

        shown = [seen.body["messages"][0]["content"][1] for seen in house.first.seen]

    assert [part["image_url"]["url"] for part in shown] == [CAT, inside]


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/cat.png",
        "http://localhost/cat.png",
        "http://10.1.2.3/cat.png",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/cat.png",
        "http://[::ffff:10.0.0.1]/cat.png",
        "http://2130706433/cat.png",
        "http://0x7f.1/cat.png",
        "http://100.64.0.1/cat.png",
        "file:///etc/passwd",
        "cat.png",
        "data:image/png;base64,bm8gcGljdHVyZQ==",
        "data:,",
        "",
    ],
)
async def test_only_public_pictures_are_looked_at(
    house: House, air: LoopbackAirforce, address: str
) -> None:
    client = house.client(await house.key())

    answer = await client.get("/images/vision", params={"url": address})

    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert answer.json()["error"]["param"] == "url"
    assert air.asked == 0
    assert await house.spent() == 0


@pytest.mark.parametrize(
    ("model", "code"),
    [("globalask", "invalid_request"), ("gemini-pro-vison", "model_not_found")],
)
async def test_a_model_that_cannot_see_is_refused(house: House, model: str, code: str) -> None:
    client = house.client(await house.key())

    answer = await client.get("/images/vision", params={"url": CAT, "model": model})

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code


async def test_leaving_a_sight_ends_the_upstreams_call_at_once(
    house: House, air: LoopbackAirforce
) -> None:
    key = await house.key()
    air.faults.next(Fault.SLOW)

    async with wire(house.url) as line:
        await line.send(get(f"/images/vision?url={CAT}", f"Authorization: Bearer {key}"))
        await air.until(lambda upstream: upstream.asked == 1)
        line.hang_up()
        await air.until(lambda upstream: upstream.hangups == 1)

    assert [record.status for record in await house.records()] == ["left"]
    assert await house.spent() == 800


async def test_nothing_said_of_a_picture_costs_nothing(house: House, air: LoopbackAirforce) -> None:
    client = house.client(await house.key())
    air.faults.every(Fault.EMPTY)

    answer = await client.get("/images/vision", params={"url": CAT})

    assert answer.status_code == 502
    assert await house.spent() == 0
