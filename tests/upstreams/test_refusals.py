"""An upstream's error becomes a fact of ours, and only harmless words of it are repeated."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import Kind
from bot.upstreams.failures import (
    Broken,
    Misconfigured,
    RateLimited,
    Refused,
    TimedOut,
    UpstreamFailure,
)
from bot.upstreams.refusals import (
    LONGEST_REASON,
    cleaned,
    of_error,
    of_status,
    retry_after,
    sentence,
)

THEN = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refused),
        (401, Misconfigured),
        (402, Misconfigured),
        (403, Misconfigured),
        (404, Refused),
        (408, TimedOut),
        (413, Refused),
        (422, Refused),
        (429, RateLimited),
        (308, Misconfigured),
        (500, Broken),
        (503, Broken),
        (529, Broken),
    ],
)
def test_every_status_means_one_thing(status: int, kind: type[UpstreamFailure]) -> None:
    assert type(of_status(status, "no")) is kind


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"message": "slow down", "code": 429}, RateLimited),
        ({"message": "slow down", "code": "429"}, RateLimited),
        ({"message": "slow down", "type": "rate_limit_error"}, RateLimited),
        ({"message": "too long", "code": "context_length_exceeded"}, Refused),
        (
            {"message": "no", "type": "invalid_request_error", "code": "invalid_api_key"},
            Misconfigured,
        ),
        ({"message": "busy", "type": "overloaded_error"}, Broken),
        ({"message": "busy", "status": 503}, Broken),
        ({"message": "x", "code": True, "type": ["odd"]}, Broken),
        ("just words", Broken),
        (True, Broken),
    ],
)
def test_an_error_object_is_read_by_its_code_then_by_its_word(
    error: object, expected: type[UpstreamFailure]
) -> None:
    assert type(of_error(error)) is expected


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "Too long."}},
        {"error": "Too long."},
        {"message": "Too long."},
        {"detail": "Too long."},
        {"detail": [{"loc": ["body"], "msg": "Too long."}]},
        {"errors": [{"message": "Too long."}]},
        [{"error": {"message": "Too long."}}],
    ],
)
def test_the_sentence_is_found_in_every_usual_shape(body: object) -> None:
    assert sentence(orjson.dumps(body)) == "Too long."


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway at 10.0.0.7</html>", b"{", b"7", b"{}"])
def test_a_body_without_a_sentence_is_not_repeated(body: bytes) -> None:
    assert sentence(body) == ""


@pytest.mark.parametrize(
    ("said", "unsaid"),
    [
        ("See https://api.example.com/docs?key=abc for help", "example"),
        ("Cannot reach gpu7.cluster.internal:8080/v1 now", "cluster"),
        ("Cannot reach 10.1.2.3:8080 now", "10.1"),
        ("Cannot reach [fe80::1:2:3]:80 now", "fe80"),
        ("Cannot reach localhost:9001/v1 now", "9001"),
        ("Incorrect API key provided: sk-proj-abc123def456.", "abc123"),
        ("Incorrect API key provided: sk-ab***********ef.", "sk-ab"),
        ("Rate limit reached for org-a1B2c3D4e5F6", "a1B2"),
        ("The bearer abcdefghij is wrong", "abcdefghij"),
        ("Request id 123e4567-e89b-12d3-a456-426614174000", "426614174000"),
        ("Token Zx81kQpLm29XcVbNq7Ty is unknown", "Zx81"),
        ("Write to help@provider.example please", "provider"),
        ("Our HOST upstream.lan said no to hunter2-hunter", "hunter2-hunter"),
        ('Boom\nTraceback (most recent call last):\n  File "/srv/app.py"', "srv"),
    ],
)
def test_addresses_keys_and_ids_are_taken_out(said: str, unsaid: str) -> None:
    left = cleaned(said, ("upstream.lan", "hunter2-hunter"))

    assert unsaid not in left
    assert left.split()[0] == said.split()[0]


@pytest.mark.parametrize(
    "said",
    [
        "max_tokens is too large: 5000. This model supports at most 4096 completion tokens.",
        "Invalid value for messages.0.content: expected a string.",
        "The model gpt-3.5-turbo-16k-0613 does not exist; try claude-3-5-sonnet-20241022.",
        "Unknown parameter: 'response_format.json_schema'.",
        "key_not_found: the token-limit-exceeded rule holds at 12:30.",
    ],
)
def test_a_helpful_sentence_stays_as_it_is(said: str) -> None:
    assert cleaned(said) == said


def test_of_a_flood_of_words_only_the_first_are_read_and_no_half_key_is_left() -> None:
    flood = "https://a.example/" + "x" * 1100 + " says sk-" + "abcdefgh" * 100

    assert cleaned(flood) == "[hidden] says"


@given(st.text(max_size=3000))
def test_a_reason_is_short_and_one_line(said: str) -> None:
    left = cleaned(said, ("secret",))

    assert len(left) <= LONGEST_REASON
    assert left.isprintable()
    assert "secret" not in left.lower()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        (
            {
                "retry-after": format_datetime(THEN + timedelta(seconds=90), usegmt=True),
                "date": format_datetime(THEN, usegmt=True),
            },
            90.0,
        ),
        ({"retry-after": format_datetime(THEN - timedelta(days=1), usegmt=True)}, 0.0),
        ({"retry-after": "99999999999"}, 86_400.0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_either_form(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_a_failure_says_its_kind_and_not_where_it_happened() -> None:
    failure = of_status(400, "no way", unsaid=("way",))

    assert (failure.kind, failure.status, str(failure.params["reason"])) == (
        Kind.INVALID,
        400,
        "no [hidden]",
    )
