"""The errors table: every kind has its shape, and every row comes over the wire as it says."""

import asyncio
from typing import Any

import httpx
import pytest

from bot.api.errors import SHAPES, Errors
from bot.core.errors import DatabaseAway, Invalid, Kind
from bot.core.redaction import Redactor
from bot.core.secrets import mint
from bot.core.units import Mode
from bot.sandbox.upstreams.troubles import Fault, Trouble
from tests.doors.api.conftest import Opening
from tests.doors.api.wire import chat
from tests.fakes.house import ADA, MO, UPSTREAM_KEY, House, duration

CHAT = "/v1/chat/completions"


def error(answer: httpx.Response, status: int, kind: str, code: str) -> dict[str, Any]:
    """Check an error's status and shape and return it."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"].startswith("req_")
    assert list(answer.json()) == ["error"]
    found = answer.json()["error"]
    assert list(found) == ["message", "type", "param", "code"]
    assert (found["type"], found["code"]) == (kind, code)
    assert found["param"] is None or isinstance(found["param"], str)
    assert "None" not in found["message"]
    assert found["message"].endswith((".", "?"))
    return found


def test_every_kind_of_failure_has_a_status_and_a_shape() -> None:
    assert set(SHAPES) == set(Kind)
    assert all(400 <= shape.status < 600 for shape in SHAPES.values())


def test_an_error_never_repeats_a_key_or_an_upstream_secret() -> None:
    key, redactor = mint("lk_"), Redactor()
    redactor.learn(UPSTREAM_KEY)
    failure = Invalid(reason=f"the upstream said {UPSTREAM_KEY} to {key}", param="model")

    body = Errors(redactor).body(failure, path=CHAT, request_id="req_1").decode()

    assert UPSTREAM_KEY not in body
    assert key not in body


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "No API key"),
        ({"authorization": ""}, "No API key"),
        ({"authorization": "Bearer"}, "No API key"),
        ({"authorization": "Basic bGs6bGs="}, "No API key"),
        ({"x-api-key": mint("lk_")}, "No API key"),
        ({"authorization": "Bearer lk_mistyped"}, "The API key that came with the request is"),
        ({"authorization": f"Bearer {mint('lk_')}"}, "The API key that came with the request is"),
    ],
)
async def test_without_a_good_key_nobody_comes_in(
    house: House, headers: dict[str, str], words: str
) -> None:
    answer = await house.client().post(CHAT, json=chat(), headers=headers)

    found = error(answer, 401, "authentication_error", "invalid_api_key")
    assert words in found["message"]
    assert "missing" not in found["message"]
    assert "/signup" in found["message"]
    assert "/resetkey" in found["message"]
    assert answer.headers["www-authenticate"] == "Bearer"
    assert not [name for name in answer.headers if name.startswith("x-ratelimit")]
    assert house.first.asked == 0


async def test_a_revoked_key_stops_working_on_the_next_request(house: House) -> None:
    old = await house.key()
    client = house.client(old)
    first = await client.post(CHAT, json=chat())

    await house.key()
    second = await client.post(CHAT, json=chat())

    assert first.status_code == 200
    error(second, 401, "authentication_error", "invalid_api_key")


async def test_a_suspended_member_is_told_why_on_every_route_that_takes_a_key(
    house: House,
) -> None:
    key = await house.key()
    client = house.client(key)
    await client.get("/v1/usage")
    await house.inner.members.suspend(await house.member(), "sharing the key")

    answers = [
        await client.post(CHAT, json=chat()),
        await client.get("/v1/usage"),
        await client.get("/v1/models/full"),
        await client.get("/check"),
        await house.client().get("/check", params={"key": key}),
    ]

    for answer in answers:
        found = error(answer, 403, "permission_error", "account_suspended")
        assert "sharing the key" in found["message"]


async def test_an_unknown_model_names_what_comes_closest(house: House) -> None:
    client = house.client(await house.key())

    answer = await client.post(CHAT, json=chat(model="gpt4o"))

    found = error(answer, 400, "invalid_request_error", "model_not_found")
    assert found["param"] == "model"
    assert "`gpt-4o`" in found["message"]
    assert answer.headers["x-ratelimit-remaining-tokens"] == "80000"


async def test_a_model_outside_the_members_access_says_how_to_get_it(house: House) -> None:
    client = house.client(await house.key())

    before = await client.post(CHAT, json=chat(model="claude-3-5-sonnet"))
    await house.grant(access="claude")
    after = await client.post(CHAT, json=chat(model="claude-3-5-sonnet"))

    found = error(before, 403, "permission_error", "model_not_available")
    assert found["param"] == "model"
    assert "Claude" in found["message"]
    assert after.status_code == 200


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"model": "gpt-4o"}, "messages"),
        ({"model": "gpt-4o", "messages": []}, "messages"),
        ({"model": "gpt-4o", "messages": "hi"}, "messages"),
        ({"messages": [{"role": "user", "content": "hi"}]}, "model"),
        (chat(model=7), "model"),
        (chat(n=0), "n"),
        (chat(n=9), "n"),
        (chat(n=True), "n"),
        (chat(max_tokens=0), "max_tokens"),
        (chat(max_tokens="many"), "max_tokens"),
        (chat(max_completion_tokens=-1), "max_completion_tokens"),
        (chat(stream="yes"), "stream"),
        (chat(stream=1), "stream"),
        (chat(stream_options=[]), "stream_options"),
        (chat(model="flux", n=2), "n"),
    ],
)
async def test_a_field_that_is_wrong_is_named(
    house: House, body: dict[str, Any], param: str
) -> None:
    client = house.client(await house.key())

    answer = await client.post(CHAT, json=body)

    assert error(answer, 400, "invalid_request_error", "invalid_request")["param"] == param
    assert house.first.asked == 0
    assert await house.spent() == 0


@pytest.mark.parametrize("stream", [False, True])
async def test_a_prompt_longer_than_the_models_context_is_refused_and_holds_nothing(
    house: House, stream: bool
) -> None:
    client = house.client(await house.key())

    answer = await client.post(CHAT, json=chat("word " * 9_000, stream=stream))

    found = error(answer, 400, "invalid_request_error", "context_length_exceeded")
    assert found["param"] == "messages"
    assert "longer than `gpt-4o`'s context of 8,000 tokens" in found["message"]
    assert answer.headers["x-ratelimit-remaining-tokens"] == "80000"
    assert house.first.asked == 0
    assert await house.records() == []


@pytest.mark.parametrize("mode", Mode)
async def test_with_nothing_left_no_way_around_is_advised(opening: Opening, mode: Mode) -> None:
    async with opening(limits={"daily_tokens": 800}) as house:
        client = house.client(await house.key())
        await house.requests_mode()
        await client.post(CHAT, json=chat())
        if mode is Mode.TOKENS:
            await house.inner.members.switch_mode(ADA, mode)

        answer = await client.post(CHAT, json=chat())

        found = error(answer, 429, "insufficient_quota", "insufficient_quota")
        assert answer.headers["x-latchkey-remaining"] == "0"
        assert "Nothing is left" in found["message"]
        assert "shorter" not in found["message"]
        assert "cheaper" not in found["message"]


async def test_a_spent_day_says_when_to_come_back_and_not_to_retry(opening: Opening) -> None:
    async with opening(limits={"daily_tokens": 10}) as house:
        client = house.client(await house.key())

        answer = await client.post(CHAT, json=chat())

        error(answer, 429, "insufficient_quota", "insufficient_quota")
        assert answer.headers["retry-after"] == str(12 * 3600)
        assert answer.headers["x-should-retry"] == "false"
        assert answer.headers["x-ratelimit-limit-tokens"] == "10"
        assert answer.headers["x-ratelimit-remaining-tokens"] == "10"
        assert await house.spent() == 0


async def test_what_running_calls_hold_is_worth_a_try_in_a_few_seconds(opening: Opening) -> None:
    async with opening(limits={"daily_tokens": 510}) as house:
        client = house.client(await house.key())
        house.first.faults.next(Fault.SLOW)
        running = asyncio.create_task(client.post(CHAT, json=chat()))
        await house.first.until(lambda upstream: upstream.asked == 1)

        refused = await client.post(CHAT, json=chat())
        house.first.gate.set()
        answered = await running
        again = await client.post(CHAT, json=chat())

        found = error(refused, 429, "insufficient_quota", "insufficient_quota")
        assert "still run hold" in found["message"]
        assert 1 <= int(refused.headers["retry-after"]) <= 5
        assert "x-should-retry" not in refused.headers
        assert (answered.status_code, again.status_code) == (200, 200)


async def test_a_full_minute_says_when_the_next_begins(opening: Opening) -> None:
    async with opening(limits={"requests_per_minute": 1}) as house:
        client = house.client(await house.key())
        await house.requests_mode()
        await client.post(CHAT, json=chat())
        house.clock.move(seconds=12.5)

        answer = await client.post(CHAT, json=chat())

        error(answer, 429, "requests", "rate_limit_exceeded")
        assert answer.headers["retry-after"] == "48"
        assert "x-should-retry" not in answer.headers
        assert answer.headers["x-ratelimit-remaining-requests"] == "0"
        assert duration(answer.headers["x-ratelimit-reset-requests"]) == 48


async def test_too_many_calls_at_once_wait_for_one_to_end(opening: Opening) -> None:
    async with opening(limits={"in_flight": 1}) as house:
        client = house.client(await house.key())
        house.first.faults.next(Fault.SLOW)
        running = asyncio.create_task(client.post(CHAT, json=chat()))
        await house.first.until(lambda upstream: upstream.asked == 1)

        refused = await client.post(CHAT, json=chat())
        house.first.gate.set()
        answered = await running

        error(refused, 429, "requests", "concurrency_limit_exceeded")
        assert refused.headers["retry-after"] == "1"
        assert "x-should-retry" not in refused.headers
        assert answered.status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault.BROKEN, 502, "upstream_failed"),
        (Fault.REFUSE, 502, "upstream_failed"),
        (Fault.EMPTY, 502, "upstream_failed"),
        (Fault.GARBAGE, 502, "upstream_failed"),
        (Fault.TRUNCATED, 502, "upstream_failed"),
        (Fault.UNAUTHORIZED, 502, "upstream_failed"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_broken_upstream_costs_nothing_and_is_not_named(
    house: House, fault: Fault, status: int, code: str, stream: bool
) -> None:
    client = house.client(await house.key())
    for upstream in (house.first, house.second):
        upstream.faults.every(fault)

    answer = await client.post(CHAT, json=chat(stream=stream))

    found = error(answer, status, "upstream_error", code)
    assert "127.0.0.1" not in answer.text
    assert "loopback" not in found["message"].lower()
    assert answer.headers["x-ratelimit-remaining-tokens"] == "80000"
    assert await house.spent() == 0


async def test_with_every_route_at_its_limit_the_wait_is_told(house: House) -> None:
    client = house.client(await house.key())
    for upstream in (house.first, house.second):
        upstream.faults.every(Trouble(Fault.RATE_LIMITED, 33))

    answer = await client.post(CHAT, json=chat())

    error(answer, 503, "upstream_error", "no_route")
    assert answer.headers["retry-after"] == "33"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_call_that_asked_nobody_is_not_told_to_have_less_left(
    house: House, stream: bool
) -> None:
    client = house.client(await house.key())
    for upstream in (house.first, house.second):
        upstream.faults.every(Trouble(Fault.RATE_LIMITED, 33))
    await client.post(CHAT, json=chat())

    answers = [await client.post(CHAT, json=chat(stream=stream)) for _ in range(5)]

    for answer in answers:
        error(answer, 503, "upstream_error", "no_route")
        assert answer.headers["x-latchkey-remaining"] == "80000"
        assert answer.headers["x-ratelimit-remaining-tokens"] == "80000"
    assert (house.first.asked, house.second.asked) == (1, 1)


async def test_an_upstream_that_never_answers_is_a_timeout(opening: Opening) -> None:
    async with opening(router={"total_seconds": 0.3}) as house:
        client = house.client(await house.key())
        house.first.faults.every(Fault.SLOW)

        answer = await client.post(CHAT, json=chat())

        error(answer, 504, "upstream_error", "upstream_timeout")


async def test_a_refusal_of_every_upstream_is_passed_on_cleaned(house: House) -> None:
    client = house.client(await house.key())
    for upstream in (house.first, house.second):
        upstream.faults.every(Fault.BAD_REQUEST)

    answer = await client.post(CHAT, json=chat())

    found = error(answer, 400, "invalid_request_error", "invalid_request")
    assert "told to refuse" in found["message"]


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nothing", "/v1/chat", "/v1/models/gpt-5"])
async def test_unknown_paths_and_models_are_not_found(house: House, path: str) -> None:
    if path == "/":
        path = "/v1/chat/completions/"

    answer = await house.client().get(path)

    code = "model_not_found" if "models" in path else "not_found"
    error(answer, 404, "invalid_request_error", code)


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", CHAT, "POST"),
        ("PUT", "/chat/completions", "POST"),
        ("OPTIONS", CHAT, "POST"),
        ("HEAD", CHAT, "POST"),
        ("POST", "/v1/models", "GET, HEAD"),
        ("DELETE", "/v1/models/gpt-4o", "GET, HEAD"),
        ("PATCH", "/v1/usage", "GET, HEAD"),
    ],
)
async def test_a_wrong_method_is_told_which_one_is_right(
    house: House, method: str, path: str, allow: str
) -> None:
    answer = await house.client().request(method, path)

    assert answer.status_code == 405
    assert answer.headers["allow"] == allow
    assert answer.headers["x-request-id"]
    if method != "HEAD":
        error(answer, 405, "invalid_request_error", "method_not_allowed")


async def test_a_fault_of_our_own_gives_a_reference_and_no_traceback(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await house.key()

    async def broken(_raw: str) -> None:
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr(house.inner.callers, "by_key", broken)
    answer = await house.client(key).post(CHAT, json=chat())

    found = error(answer, 500, "api_error", "internal_error")
    reference = answer.headers["x-request-id"]
    assert reference in found["message"]
    assert "secret detail" not in answer.text
    assert reference in caplog.text
    assert caplog.text.count("Traceback") == 1


async def test_a_database_that_is_away_is_unavailable_not_a_fault(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await house.key()

    async def away(_raw: str) -> None:
        raise DatabaseAway

    monkeypatch.setattr(house.inner.callers, "by_key", away)
    answer = await house.client(key).post(CHAT, json=chat())

    error(answer, 503, "api_error", "unavailable")
    assert int(answer.headers["retry-after"]) >= 1


async def test_a_draining_process_refuses_calls_and_says_so_in_its_health(house: House) -> None:
    client = house.client(await house.key())
    house.api.drain()

    call = await client.post(CHAT, json=chat())
    models = await client.get("/v1/models")
    health = await client.get("/v1/health")
    metrics = await client.get("/metrics")

    for answer in (call, models):
        error(answer, 503, "api_error", "unavailable")
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.headers["connection"] == "close"
    assert (health.status_code, health.json()["status"]) == (503, "draining")
    assert metrics.status_code == 200


async def test_messages_errors_have_anthropics_shape(house: House) -> None:
    answer = await house.client().post("/v1/messages/nothing", json={})

    assert answer.status_code == 404
    found = answer.json()
    assert found["type"] == "error"
    assert found["error"]["type"] == "not_found_error"
    assert found["request_id"] == answer.headers["x-request-id"]


async def test_members_do_not_stand_in_each_others_way(house: House) -> None:
    ada, mo = await house.key(), await house.key(MO)
    await house.inner.members.suspend(await house.member(), "spam")

    refused = await house.client(ada).post(CHAT, json=chat())
    answered = await house.client(mo).post(CHAT, json=chat())

    assert (refused.status_code, answered.status_code) == (403, 200)
