"""Models, usage, health, documents, metrics: what is read rather than called."""

from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from html.parser import HTMLParser

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from bot.api.errors import SHAPES, advice
from bot.api.operation import answerable
from bot.core.errors import Kind
from bot.core.health import State
from tests.doors.api.conftest import Opening
from tests.doors.api.wire import chat
from tests.fakes.house import METRICS_TOKEN, MO, House

CHAT = "/v1/chat/completions"


@pytest.mark.parametrize("path", ["/v1/models", "/models"])
async def test_everyone_may_list_the_models(house: House, path: str) -> None:
    answer = await house.client().get(path)

    listed = {entry["id"]: entry for entry in answer.json()["data"]}
    assert answer.json()["object"] == "list"
    assert list(listed) == ["gpt-4o", "maker/deep-model", "claude-3-5-sonnet", "flux"]
    assert listed["maker/deep-model"] == {
        "id": "maker/deep-model",
        "object": "model",
        "created": listed["gpt-4o"]["created"],
        "owned_by": "latchkey",
        "coefficient": 2.5,
        "kind": "chat",
        "access": "free",
        "type": "model",
        "display_name": "maker/deep-model",
        "created_at": "2025-01-01T00:00:00+00:00",
    }
    assert listed["claude-3-5-sonnet"]["access"] == "claude"
    assert listed["flux"]["kind"] == ["image", "edit"]
    assert "x-ratelimit-limit-tokens" not in answer.headers


@pytest.mark.parametrize("path", ["maker/deep-model", "maker%2Fdeep-model"])
async def test_one_model_is_looked_up_by_an_id_with_a_slash(house: House, path: str) -> None:
    answer = await house.client().get(f"/v1/models/{path}")

    assert answer.json()["id"] == "maker/deep-model"


async def test_an_unknown_model_is_told_with_what_comes_near(house: House) -> None:
    client = house.client(await house.key())

    looked_up = await client.get("/v1/models/gpt-4")
    asked = await client.post(CHAT, json=chat(model="gpt-4"))

    for answer, status in ((looked_up, 404), (asked, 400)):
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (status, "model_not_found")
        assert "There is no model `gpt-4`. Did you mean `gpt-4o`" in error["message"]


async def test_no_id_at_all_is_the_list(house: House) -> None:
    client = house.client()

    assert (await client.get("/v1/models/")).json() == (await client.get("/v1/models")).json()


async def test_the_full_list_needs_a_key_and_tells_tier_and_health(house: House) -> None:
    closed = await house.client().get("/v1/models/full")
    answer = await house.client(await house.key()).get("/v1/models/full")

    assert closed.status_code == 401
    listed = {entry["id"]: entry for entry in answer.json()["data"]}
    assert listed["claude-3-5-sonnet"]["tier"] == "claude"
    assert listed["gpt-4o"]["health"] == "ok"


@pytest.mark.parametrize("path", ["/v1/models/full", "/v1/usage", "/check"])
async def test_whatever_a_key_opens_says_what_is_left_of_the_day(house: House, path: str) -> None:
    client = house.client(await house.key())
    cost = int((await client.post(CHAT, json=chat())).headers["x-latchkey-cost"])
    await house.requests_mode()

    answer = await client.get(path)

    assert answer.status_code == 200
    assert answer.headers["x-ratelimit-limit-tokens"] == "80000"
    assert answer.headers["x-ratelimit-remaining-tokens"] == str(80_000 - cost)
    assert answer.headers["x-latchkey-remaining"] == str(80_000 - cost)
    assert answer.headers["x-ratelimit-limit-requests"] == "20"


async def test_usage_shows_what_a_call_cost_by_model_and_day(house: House) -> None:
    client = house.client(await house.key())
    cost = int((await client.post(CHAT, json=chat())).headers["x-latchkey-cost"])

    answer = await client.get("/v1/usage")

    account = answer.json()
    assert account["mode"] == "tokens"
    assert account["limit"] == 80_000
    assert (account["spent"], account["held"]) == (cost, 0)
    assert account["remaining"] == 80_000 - cost
    assert datetime.fromisoformat(account["resets_at"]) == datetime(2026, 11, 21, tzinfo=UTC)
    assert account["unlimited"] is False
    assert account["requests_remaining"] is None
    assert account["models"] == [{"model": "gpt-4o", "calls": 1, "tokens": cost, "cost": cost}]
    assert len(account["days"]) == 30
    assert account["days"][-1] == {"day": "2026-11-20", "spent": cost, "calls": 1}
    assert account["days"][0] == {"day": "2026-10-22", "spent": 0, "calls": 0}
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-ratelimit-remaining-tokens"] == str(80_000 - cost)


async def test_check_takes_the_key_from_the_query_or_the_header(house: House) -> None:
    key = await house.key()
    other = await house.key(MO)
    await house.client(other).post(CHAT, json=chat())

    by_query = await house.client().get("/check", params={"key": key})
    by_header = await house.client(key).get("/check")
    both = await house.client(key).get("/check", params={"key": other})
    neither = await house.client().get("/check")
    wrong = await house.client().get("/check", params={"key": "lk_wrong"})

    assert by_query.json() == by_header.json()
    assert by_query.json()["spent"] == 0
    assert both.json()["spent"] > 0
    assert (neither.status_code, wrong.status_code) == (401, 401)


async def test_usage_in_request_mode_and_without_a_limit(house: House) -> None:
    client = house.client(await house.key())
    await house.requests_mode()
    requests = (await client.get("/v1/usage")).json()
    await house.grant(unlimited=True)
    unlimited = (await client.get("/v1/usage")).json()

    assert (requests["mode"], requests["requests_remaining"]) == ("requests", 100)
    assert unlimited["unlimited"] is True
    assert (unlimited["limit"], unlimited["remaining"]) == (None, None)
    assert unlimited["requests_remaining"] is None


async def test_health_is_503_until_everything_that_runs_here_is_ready(house: House) -> None:
    ready = await house.client().get("/v1/health")
    house.vitals = replace(house.vitals, discord=State.STARTING)
    starting = await house.client().get("/v1/health")

    assert ready.status_code == 200
    assert ready.json() == {
        "status": "ok",
        "version": "9.9.9",
        "database": "ok",
        "discord": "off",
        "jobs": "ok",
        "upstreams": {"first": "ok", "second": "ok"},
        "models": 4,
    }
    assert (starting.status_code, starting.json()["status"]) == (503, "starting")
    assert starting.headers["retry-after"] == "5"


async def test_about_says_where_everything_is(house: House) -> None:
    about = (await house.client().get("/about")).json()

    assert list(about) == ["name", "version", "community", "api", "docs", "models", "contact"]
    assert about["api"] == f"{house.url}/v1"
    assert about["community"] == "Latchkey"


async def test_openapi_describes_every_route_and_refers_to_nothing_that_is_missing(
    house: House,
) -> None:
    document = (await house.client().get("/openapi.json")).json()

    refs: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            refs.extend([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
            [walk(child) for child in value.values()]
        elif isinstance(value, list):
            [walk(child) for child in value]

    walk(document)
    assert refs
    for ref in refs:
        at: object = document
        for step in ref.removeprefix("#/").split("/"):
            at = at[step]
    mounted = {
        (path.replace(":path}", "}"), operation.method.lower())
        for operation in house.api.app.operations
        for path in (operation.path, *operation.aliases)
    }
    described = {
        (path, method) for path, methods in document["paths"].items() for method in methods
    }
    assert described == mounted
    ids = [
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
    ]
    assert len(ids) == len(set(ids))
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": house.url}]


async def test_openapi_is_valid(house: House) -> None:
    document = (await house.client().get("/openapi.json")).json()

    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


async def test_openapi_names_the_headers_of_each_answer(house: House) -> None:
    document = (await house.client().get("/openapi.json")).json()

    def named(path: str, status: str) -> set[str]:
        return set(document["paths"][path]["post"]["responses"][status]["headers"])

    assert "x-latchkey-cost" in named("/v1/chat/completions", "200")
    assert {"retry-after", "x-should-retry"} <= named("/v1/chat/completions", "429")
    assert "x-ratelimit-reset-tokens" in named("/v1/chat/completions", "429")
    assert "www-authenticate" in named("/v1/chat/completions", "401")
    assert {"request-id", "anthropic-ratelimit-tokens-reset"} <= named("/v1/messages", "200")
    assert "x-ratelimit-reset-tokens" not in named("/v1/messages", "200")


async def test_openapi_says_how_a_key_is_shown_and_how_an_error_looks(house: House) -> None:
    paths = (await house.client().get("/openapi.json")).json()["paths"]

    ways = {
        path: [next(iter(way)) for way in paths[path][method].get("security", [])]
        for path, method in (("/v1/messages", "post"), ("/v1/usage", "get"), ("/check", "get"))
    }
    assert ways["/v1/usage"] == ["bearer"]
    assert set(ways["/v1/messages"]) == {"x_api_key", "bearer"}
    assert ways["/check"] == ["query", "bearer"]
    assert "security" not in paths["/v1/models"]["get"]
    for path, shape in (("/v1/messages", "AnthropicError"), ("/v1/responses", "Error")):
        content = paths[path]["post"]["responses"]["401"]["content"]["application/json"]
        assert content["schema"]["$ref"].endswith(f"/{shape}")


async def test_openapi_has_an_example_of_every_body_and_each_fits_its_schema(house: House) -> None:
    from jsonschema import Draft202012Validator

    document = (await house.client().get("/openapi.json")).json()

    bodies = {
        path: methods["post"]["requestBody"]["content"]["application/json"]
        for path, methods in document["paths"].items()
        if "requestBody" in methods.get("post", {})
    }
    for path, body in bodies.items():
        assert "MODEL" not in str(body["example"]), path
        schema = body["schema"] | {"components": document["components"]}
        assert list(Draft202012Validator(schema).iter_errors(body["example"])) == [], path
    assert bodies["/v1/chat/completions"]["example"]["model"] == "gpt-4o"
    assert bodies["/v1/images/edits"]["example"]["model"] == "flux"
    drawn = document["paths"]["/v1/imagine"]["get"]["parameters"]
    assert {one["name"]: one.get("example") for one in drawn}["size"] == "16:9"


async def test_a_cut_stream_is_no_body_of_a_status(house: House) -> None:
    document = (await house.client().get("/openapi.json")).json()

    chat = document["paths"]["/v1/chat/completions"]["post"]["responses"]
    assert "stream_incomplete" not in chat["502"]["description"]
    assert "upstream_failed" in chat["502"]["description"]
    assert "`stream_incomplete`" in chat["200"]["description"]
    codes = document["components"]["schemas"]["Error"]["properties"]["error"]["properties"]["code"]
    assert "stream_incomplete" in codes["enum"]


async def test_openapi_says_what_is_refused(house: House) -> None:
    schemas = (await house.client().get("/openapi.json")).json()["components"]["schemas"]
    client = house.client(await house.key())

    def role(name: str) -> list[str]:
        return schemas[name]["properties"]["messages"]["items"]["properties"]["role"]["enum"]

    known = ["user", "assistant", "system", "developer", "tool", "function"]
    assert role("ChatRequest") == known
    assert role("MessagesRequest") == ["user", "assistant", "system"]
    turns = [{"role": each, "content": "Hi"} for each in known]
    assert (await client.post(CHAT, json=chat(messages=turns))).status_code == 200
    for path, other in ((CHAT, "model"), ("/v1/messages", "tool")):
        body = chat(messages=[{"role": other, "content": "Hi"}], max_tokens=9)
        refused = await client.post(path, json=body)
        assert refused.status_code == 400
        assert "`messages[0].role` must be one of: user" in refused.json()["error"]["message"]
    domain = schemas["MailboxRequest"]["properties"]["domain"]["anyOf"][0]
    assert domain["minLength"] == 1
    assert "where it edits" in str(schemas["ImageEdit"]["properties"]["model"])


async def test_the_answers_look_as_openapi_says(house: House) -> None:
    from jsonschema import Draft202012Validator

    client = house.client(await house.key())
    await client.post(CHAT, json=chat())
    document = (await client.get("/openapi.json")).json()

    for path in ("/v1/models", "/v1/models/full", "/v1/usage", "/v1/health", "/about"):
        content = document["paths"][path]["get"]["responses"]["200"]["content"]
        schema = content["application/json"]["schema"] | {"components": document["components"]}
        answer = (await client.get(path)).json()
        assert list(Draft202012Validator(schema).iter_errors(answer)) == []


async def test_openapi_lists_with_each_operation_what_it_can_answer_and_nothing_else(
    house: House,
) -> None:
    document = (await house.client().get("/openapi.json")).json()

    statuses = {
        (path, method): sorted(operation["responses"])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    keyed = ["200", "401", "403", "500", "503"]
    chat_statuses = ["200", "400", "401", "403", "413", "429", "500", "502", "503", "504"]
    assert statuses["/v1/chat/completions", "post"] == chat_statuses
    assert statuses["/v1/models", "get"] == ["200", "500", "503"]
    assert statuses["/v1/models/{id}", "get"] == ["200", "404", "500", "503"]
    assert statuses["/v1/usage", "get"] == statuses["/check", "get"] == keyed
    assert statuses["/v1/health", "get"] == ["200", "500", "503"]
    assert statuses["/metrics", "get"] == ["200", "403", "500"]
    codes = document["components"]["schemas"]["Error"]["properties"]["error"]["properties"]["code"]
    assert not {"conflict", "expired"} & set(codes["enum"])
    assert {"not_found", "method_not_allowed", "not_allowed"} <= set(codes["enum"])


async def test_the_docs_say_what_to_do_about_every_error_that_can_be_met(house: House) -> None:
    page = (await house.client().get("/docs")).text

    met = answerable(house.api.app.operations)
    assert set(Kind) - met == {Kind.CONFLICT, Kind.EXPIRED}
    table = page.partition('id="errors"')[2]
    for kind in met:
        assert f"<code>{SHAPES[kind].code}</code>" in table
        assert escape(advice(kind)) in table
    assert table.count("<tr>") == len(met) + 1
    assert "409" not in table
    assert "410" not in table


async def test_the_docs_stand_alone_and_say_the_communitys_name(opening: Opening) -> None:
    async with opening(community={"name": "Cats & <Dogs>"}) as house:
        page = await house.client().get("/docs")
        root = await house.client().get("/")

    links: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag not in ("script", "img", "link", "iframe")
            links.extend(value or "" for name, value in attrs if name in ("href", "src"))

    Reader().feed(page.text)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "Cats &amp; &lt;Dogs&gt;" in page.text
    assert all(link.startswith(("#", "/")) for link in links)
    assert "/api/v1/chat/completions" in page.text
    assert "insufficient_quota" in page.text
    assert (root.status_code, root.headers["location"]) == (307, "/docs")


async def test_metrics_are_for_this_machine_or_for_the_token(house: House) -> None:
    client = house.client()
    forwarded = {"x-forwarded-for": "203.0.113.9"}
    bearer = {"authorization": f"Bearer {METRICS_TOKEN}"}

    here = await client.get("/metrics")
    proxied = await client.get("/metrics", headers=forwarded)
    wrong = await client.get("/metrics", headers=forwarded | {"authorization": "Bearer x"})
    known = await client.get("/metrics", headers=forwarded | bearer)

    assert [here.status_code, proxied.status_code, wrong.status_code, known.status_code] == [
        200,
        403,
        403,
        200,
    ]
    assert here.headers["content-type"].startswith("text/plain")


async def test_metrics_count_calls_errors_and_upstreams_but_name_nobody(house: House) -> None:
    key = await house.key()
    client = house.client(key)
    await client.post(CHAT, json=chat())
    await client.post(CHAT, json=chat(stream=True))
    await client.post(CHAT, json=chat(model="nope"))
    await client.get(f"/{key}")

    text = (await client.get("/metrics")).text

    assert 'latchkey_requests_total{route="/v1/chat/completions",status="200"} 2' in text
    assert 'latchkey_requests_total{route="/v1/chat/completions",status="400"} 1' in text
    assert 'latchkey_requests_total{route="unrouted",status="404"} 1' in text
    assert 'latchkey_errors_total{code="model_not_found"} 1' in text
    assert 'latchkey_first_content_seconds_count{route="/v1/chat/completions"} 1' in text
    assert 'latchkey_upstream_calls_total{upstream="first",outcome="answered"} 2' in text
    assert "latchkey_open_holds 0" in text
    assert key not in text
    assert "process_resident_memory_bytes" in text
