"""What surrounds a call: browsers, proxies, upgrades, the log, the port, the end."""

import asyncio
import io
import logging
import socket

import pytest

from bot.api.operation import shown
from bot.api.proxies import client
from bot.api.server import ApiServer
from bot.core.errors import StartFailed
from bot.core.log import set_up
from bot.core.secrets import mint
from bot.sandbox.upstreams.troubles import Fault
from tests.doors.api.conftest import Opening
from tests.doors.api.wire import chat, get, post, wire
from tests.fakes.house import UPSTREAM_KEY, House

CHAT = "/v1/chat/completions"
PREFLIGHT = {
    "origin": "https://app.example",
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization, x-stainless-lang",
}


async def test_no_page_of_another_origin_may_call_by_default(house: House) -> None:
    browser = house.client(await house.key())

    preflight = await browser.options(CHAT, headers=PREFLIGHT)
    call = await browser.post(CHAT, json=chat(), headers={"origin": "https://app.example"})

    assert preflight.status_code == 405
    assert "access-control-allow-origin" not in call.headers


async def test_a_page_of_a_named_origin_may_call_and_read_the_headers(opening: Opening) -> None:
    async with opening(api={"cors_origins": ["https://app.example"]}) as house:
        browser = house.client(await house.key())
        at_home = {"origin": "https://app.example"}

        preflight = await browser.options(CHAT, headers=PREFLIGHT)
        call = await browser.post(CHAT, json=chat(), headers=at_home)
        refusal = await browser.get("/nowhere", headers=at_home)
        stranger = await browser.post(CHAT, json=chat(), headers={"origin": "https://evil.example"})
        strange_preflight = await browser.options(
            CHAT, headers=PREFLIGHT | {"origin": "https://evil.example"}
        )

    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "https://app.example"
    assert preflight.headers["access-control-allow-headers"] == "authorization, x-stainless-lang"
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert preflight.headers["x-request-id"]
    for answer in (call, refusal):
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert "x-latchkey-cost" in answer.headers["access-control-expose-headers"]
        assert answer.headers["vary"] == "origin"
    assert "access-control-allow-origin" not in stranger.headers
    assert strange_preflight.status_code == 405


async def test_every_route_grants_a_preflight_whatever_the_sdks_send(opening: Opening) -> None:
    sent = (
        "authorization, content-type, x-api-key, anthropic-version, anthropic-beta, "
        "anthropic-dangerous-direct-browser-access, x-stainless-lang, x-stainless-retry-count"
    )
    headers = PREFLIGHT | {"access-control-request-headers": sent}
    async with opening(api={"cors_origins": ["https://app.example"]}) as house:
        browser = house.client()
        for operation in house.api.app.operations:
            for path in operation.paths:
                answer = await browser.options(shown(path), headers=headers)
                granted = answer.headers

                assert answer.status_code == 204, path
                assert granted["access-control-allow-headers"] == sent
                assert operation.method in granted["access-control-allow-methods"]
        refusal = await browser.post("/v1/messages", headers={"origin": "https://app.example"})

    exposed = set(refusal.headers["access-control-expose-headers"].split(", "))
    ours = {name for name in refusal.headers if name.startswith(("x-", "request-id", "anthropic"))}
    assert "request-id" in ours
    assert ours <= exposed
    assert {"anthropic-ratelimit-tokens-remaining", "retry-after", "x-latchkey-cost"} <= exposed


async def test_every_origin_may_call_where_the_settings_say_so(opening: Opening) -> None:
    async with opening(api={"cors_origins": ["*"]}) as house:
        answer = await house.client().get("/v1/models", headers={"origin": "https://a.example"})

    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "found"),
    [
        ("203.0.113.1", "198.51.100.7", [], "203.0.113.1"),
        ("10.0.0.1", "198.51.100.7", ["10.0.0.0/8"], "198.51.100.7"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.7, 10.0.0.9", ["10.0.0.0/8"], "198.51.100.7"),
        ("10.0.0.1", "nonsense", ["10.0.0.0/8"], "10.0.0.1"),
        ("10.0.0.1", "", ["10.0.0.0/8"], "10.0.0.1"),
        ("::ffff:10.0.0.1", "2001:db8::7", ["10.0.0.0/8"], "2001:db8::7"),
        ("203.0.113.1", "198.51.100.7", ["10.0.0.0/8"], "203.0.113.1"),
    ],
)
def test_only_trusted_proxies_are_believed(
    peer: str, forwarded: str, trusted: list[str], found: str
) -> None:
    scope = {"client": (peer, 1), "headers": [(b"x-forwarded-for", forwarded.encode())]}

    assert str(client(scope, trusted)) == found


async def test_head_answers_with_headers_alone(house: House) -> None:
    async with wire(house.url) as line:
        await line.send(get("/v1/models", method="HEAD"))
        status, headers = await line.head()
        await line.send(get("/v1/health"))
        reply = await line.reply()

    assert status == 200
    assert int(headers["content-length"]) > 100
    assert reply.status == 200


async def test_an_offer_to_upgrade_is_passed_over(house: House) -> None:
    key = await house.key()
    upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
    async with wire(house.url) as line:
        await line.send(get("/v1/models", *upgrade))
        socket_reply = await line.reply()
    async with wire(house.url) as line:
        h2c = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")
        await line.send(post(key, chat(), *h2c))
        h2c_reply = await line.reply()

    assert socket_reply.status == 200
    assert h2c_reply.status == 200


async def test_no_key_reaches_the_log_whatever_is_done_with_it(house: House) -> None:
    key, stranger = await house.key(), mint("lk_")
    written = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    set_up("json", house.inner.redactor, written)
    try:
        client = house.client(key)
        await client.get("/check", params={"key": stranger})
        await client.get(f"/check/{key}")
        await client.get(f"/v1/models/{key}?api_key={stranger}")
        await client.post(f"{CHAT}?key={key}", content=key.encode())
        await client.post(CHAT, json=chat(key, model=key))
        await house.client(stranger).post(CHAT, json=chat())
        for upstream in (house.first, house.second):
            upstream.faults.every(Fault.UNAUTHORIZED)
        await client.post(CHAT, json=chat())
        await client.get("/%0Aforged: line")
    finally:
        root.handlers[:], root.level = before[0], before[1]

    log = written.getvalue()
    assert log.count("answered 401") == 2
    assert "answered 400" in log
    for secret in (key, stranger, UPSTREAM_KEY):
        assert secret not in log
        assert secret[3:-4] not in log
    assert all(line.startswith("{") for line in log.splitlines())


async def test_no_answer_repeats_a_key(house: House) -> None:
    key = await house.key()
    client = house.client(key)

    answers = [
        await client.get(f"/v1/models/{key}"),
        await client.post(CHAT, json=chat(model=key)),
        await client.get(f"/{key}"),
        await house.client().get("/check", params={"key": key[:-1]}),
    ]

    assert all(key[3:-4] not in answer.text for answer in answers)


async def test_a_taken_port_is_one_sentence(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = ApiServer(house.api._parts, "127.0.0.1", port)

        with pytest.raises(StartFailed) as failed:
            await server.start()

    assert failed.value.code == 2
    assert f"Port {port}" in failed.value.sentence
    assert "LATCHKEY_PORT" in failed.value.sentence


@pytest.mark.parametrize("host", ["203.0.113.77", "no.such.host.invalid"])
async def test_an_address_that_is_not_ours_is_one_sentence(house: House, host: str) -> None:
    server = ApiServer(house.api._parts, host, 0)

    with pytest.raises(StartFailed) as failed:
        server.bind()

    assert "LATCHKEY_HOST" in failed.value.sentence


async def test_the_port_is_known_before_anything_answers_on_it(house: House) -> None:
    server = ApiServer(house.api._parts, "127.0.0.1", 0)

    server.bind()

    assert server.port > 0
    assert server.url == f"http://127.0.0.1:{server.port}"
    await server.stop()


async def test_ipv6_is_an_address_too(house: House) -> None:
    server = ApiServer(house.api._parts, "::1", 0)
    await server.start()

    async with wire(server.url) as line:
        await line.send(get("/v1/models"))
        reply = await line.reply()
    await server.stop()

    assert server.url.startswith("http://[::1]:")
    assert reply.status == 200


async def test_stopping_lets_a_running_call_finish_while_draining(house: House) -> None:
    key = await house.key()
    house.first.faults.next(Fault.SLOW)

    async with wire(house.url) as line:
        await line.send(post(key, chat()))
        await house.first.until(lambda upstream: upstream.asked == 1)
        house.api.drain()
        draining = asyncio.create_task(house.inner.relay.drain(15))
        house.first.gate.set()
        reply = await line.reply()
        await draining
        await house.api.stop()
        closed = await line.closed()

    assert reply.status == 200
    assert reply.headers["connection"] == "close"
    assert closed
    with pytest.raises(ConnectionError):
        async with wire(house.url):
            pass


async def test_stopping_cuts_whoever_never_finishes_sending(house: House) -> None:
    key = await house.key()

    async with wire(house.url) as line:
        await line.send(post(key, chat())[:-5])
        await house.api.stop()

        assert await line.closed()


async def test_a_process_without_calls_serves_its_health_alone(opening: Opening) -> None:
    async with opening() as house:
        from dataclasses import replace

        parts = replace(house.api._parts, calls=False)
        server = ApiServer(parts, "127.0.0.1", 0)
        await server.start()
        house.api, served = server, house.api
        client = house.client(await house.key())

        health = await client.get("/v1/health")
        call = await client.post(CHAT, json=chat())

        await server.stop()
        house.api = served

    assert health.status_code == 200
    assert call.status_code == 404


async def test_signals_stay_with_the_process(house: House) -> None:
    import signal

    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert (await house.client().get("/v1/health")).status_code == 200
