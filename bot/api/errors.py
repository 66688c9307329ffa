"""Kind -> status and shape: the one place where a failure becomes an HTTP error."""

from dataclasses import dataclass
from typing import Any

import orjson

from bot.core.errors import Failure, Invalid, Kind
from bot.core.redaction import Redactor
from bot.words.say import explain, say


@dataclass(frozen=True, slots=True)
class Shape:
    """How a kind of failure looks: OpenAI's type and code, Anthropic's type."""

    status: int
    type: str
    code: str
    anthropic: str


_REQUEST = "invalid_request_error"
SHAPES = {
    Kind.INVALID: Shape(400, _REQUEST, "invalid_request", _REQUEST),
    Kind.TOO_LONG: Shape(400, _REQUEST, "context_length_exceeded", _REQUEST),
    Kind.UNKNOWN_MODEL: Shape(400, _REQUEST, "model_not_found", _REQUEST),
    Kind.UNAUTHENTICATED: Shape(
        401, "authentication_error", "invalid_api_key", "authentication_error"
    ),
    Kind.SUSPENDED: Shape(403, "permission_error", "account_suspended", "permission_error"),
    Kind.NO_ACCESS: Shape(403, "permission_error", "model_not_available", "permission_error"),
    Kind.NOT_ALLOWED: Shape(403, "permission_error", "not_allowed", "permission_error"),
    Kind.NOT_FOUND: Shape(404, _REQUEST, "not_found", "not_found_error"),
    Kind.NO_SUCH_MODEL: Shape(404, _REQUEST, "model_not_found", "not_found_error"),
    Kind.METHOD_NOT_ALLOWED: Shape(405, _REQUEST, "method_not_allowed", _REQUEST),
    Kind.CONFLICT: Shape(409, _REQUEST, "conflict", _REQUEST),
    Kind.EXPIRED: Shape(410, _REQUEST, "expired", "not_found_error"),
    Kind.TOO_LARGE: Shape(413, _REQUEST, "request_too_large", "request_too_large"),
    Kind.ALLOWANCE_SPENT: Shape(
        429, "insufficient_quota", "insufficient_quota", "rate_limit_error"
    ),
    Kind.ALLOWANCE_HELD: Shape(429, "insufficient_quota", "insufficient_quota", "rate_limit_error"),
    Kind.MINUTE_SPENT: Shape(429, "requests", "rate_limit_exceeded", "rate_limit_error"),
    Kind.IN_FLIGHT: Shape(429, "requests", "concurrency_limit_exceeded", "rate_limit_error"),
    Kind.INTERNAL: Shape(500, "api_error", "internal_error", "api_error"),
    Kind.UPSTREAM_FAILED: Shape(502, "upstream_error", "upstream_failed", "api_error"),
    Kind.STREAM_INCOMPLETE: Shape(502, "upstream_error", "stream_incomplete", "api_error"),
    Kind.STREAM_STOPPED: Shape(502, "api_error", "stream_incomplete", "api_error"),
    Kind.NO_ROUTE: Shape(503, "upstream_error", "no_route", "overloaded_error"),
    Kind.UNAVAILABLE: Shape(503, "api_error", "unavailable", "overloaded_error"),
    Kind.UPSTREAM_TIMEOUT: Shape(504, "upstream_error", "upstream_timeout", "timeout_error"),
}


def advice(kind: Kind) -> str:
    """Return what to do about a kind of failure."""
    return say(f"api.advice.{kind}")


class NotFound(Failure):
    """Nothing lives at this path."""

    kind = Kind.NOT_FOUND
    message_id = "api.not_found"


class NoSuchModel(Failure):
    """No model has the id that the path names."""

    kind = Kind.NO_SUCH_MODEL
    message_id = "api.no_such_model"


class MethodNotAllowed(Failure):
    """The path exists, but not for this method; `allow` says for which."""

    kind = Kind.METHOD_NOT_ALLOWED
    message_id = "api.method_not_allowed"


class TooLarge(Failure):
    """The body is larger than `limits.body_bytes`."""

    kind = Kind.TOO_LARGE
    message_id = "api.too_large"


class NoKey(Failure):
    """The request carries no key at all."""

    kind = Kind.UNAUTHENTICATED
    message_id = "api.no_key"


class MetricsHidden(Failure):
    """Metrics are for this machine, or for whoever has the token."""

    kind = Kind.NOT_ALLOWED
    message_id = "api.metrics_hidden"


class BodyIncomplete(Invalid):
    """The body stopped arriving."""

    message_id = "api.body_incomplete"


class NotJson(Invalid):
    """The body is no JSON object."""

    message_id = "api.not_json"


class Fault(Failure):
    """A fault of our own; the request's id is the reference number."""

    message_id = "api.fault"


class NotForm(Invalid):
    """The body is no multipart form."""

    message_id = "api.not_form"


class Unreadable(Invalid):
    """What arrived is no HTTP request."""

    message_id = "api.unreadable"


@dataclass(frozen=True, slots=True)
class Errors:
    """Writes errors; nothing that opens a door is repeated, not even to who sent it."""

    redactor: Redactor

    def body(self, failure: Failure, *, path: str, request_id: str) -> bytes:
        """Return the error's JSON in the shape that the path's SDK expects."""
        if speaks_anthropic(path):
            return orjson.dumps(self.anthropic(failure, request_id))
        return orjson.dumps(self.openai(failure))

    def openai(self, failure: Failure) -> dict[str, Any]:
        """Return the error object of OpenAI's shape."""
        looks = SHAPES[failure.kind]
        about_model = failure.kind in (Kind.UNKNOWN_MODEL, Kind.NO_SUCH_MODEL)
        param = "model" if about_model else failure.params.get("param")
        error = {
            "message": self.sentence(failure),
            "type": looks.type,
            "param": param if isinstance(param, str) else None,
            "code": looks.code,
        }
        return {"error": error}

    def anthropic(self, failure: Failure, request_id: str) -> dict[str, Any]:
        """Return the error object of Anthropic's shape."""
        error = {"type": SHAPES[failure.kind].anthropic, "message": self.sentence(failure)}
        return {"type": "error", "error": error, "request_id": request_id}

    def sentence(self, failure: Failure) -> str:
        """Return what the error says."""
        return self.redactor.clean(explain(failure))


def speaks_anthropic(path: str) -> bool:
    """Say whether a path's errors have Anthropic's shape."""
    return path == "/v1/messages" or path.startswith("/v1/messages/")
