"""Discord's official OpenAPI description, to hold the bot's requests and our answers against."""

import copy
import functools
import gzip
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from bot.sandbox.discord.rest.call import Request
from tests.conftest import missing

BASE = "urn:discord"
OFFICIAL = Path(__file__).parents[3] / "shared" / "discord-openapi.json.gz"
METHODS = ("get", "put", "post", "patch", "delete")
# What Discord takes although its description does not say so.
SNOWFLAKE = {"anyOf": [{"type": "string", "pattern": "^[0-9]+$"}, {"type": "integer"}]}
UNDESCRIBED_FIELDS = {"^(nsfw|tts|flags)$": True}  # what the client library always adds
UNDESCRIBED_QUERY = {"with_components"}


@dataclass(frozen=True, eq=False)
class Reading:
    """The description, read so: what judges at once, and what takes long but can say why."""

    quick: jsonschema_rs.Registry
    slow: Registry


@dataclass
class Schema:
    """Checks bodies; `watch` collects what is wrong, `check` raises it."""

    paths: dict[str, Any]
    asked: Reading
    answered: Reading
    problems: list[str] = field(default_factory=list)

    @classmethod
    @functools.cache
    def _read(cls, path: Path) -> tuple[dict[str, Any], Reading, Reading]:
        with gzip.open(path) as packed:
            document = json.load(packed)
        document = _unions(document)
        closed = copy.deepcopy(document)
        closed["components"]["schemas"]["SnowflakeType"] = SNOWFLAKE
        closed["components"]["schemas"]["MessageAttachmentRequest"]["additionalProperties"] = True
        _close(closed["components"]["schemas"])
        return document["paths"], _reading(closed), _reading(document)

    @classmethod
    def load(cls, path: Path = OFFICIAL) -> "Schema":
        """Read the description; without it the test is skipped, or fails in CI."""
        if not path.exists():
            missing("Discord's OpenAPI description is not beside this clone: not checked.")
        return cls(*cls._read(path))

    def check(self, request: Request) -> None:
        """Raise if Discord's description does not allow the request."""
        assert not (wrong := self.wrong(request)), wrong

    def watch(self, request: Request) -> None:
        """Note what is wrong with a request; for LoopbackDiscord.on_request."""
        if wrong := self.wrong(request) or self.wrong_answer(request):
            self.problems.append(wrong)

    def wrong(self, request: Request) -> str | None:
        """Say what is wrong with a request, if anything."""
        name = f"{request.method} {request.template}"
        operation = self.paths.get(request.template, {}).get(request.method.lower())
        if operation is None:
            return f"{name} is no route of Discord's"
        known = {each["name"] for each in operation.get("parameters", [])} | UNDESCRIBED_QUERY
        if unknown := set(request.query) - known:
            return f"{name}: unknown query {sorted(unknown)}"
        if "requestBody" not in operation:
            return None if request.body is None else f"{name} takes no body"
        if request.body is None and not operation["requestBody"].get("required"):
            return None
        place = ["paths", request.template, request.method.lower(), "requestBody", "content"]
        return self._compare(self.asked, [*place, "application/json", "schema"], request.body, name)

    def wrong_answer(self, request: Request) -> str | None:
        """Say what is wrong with our answer to a request, if anything."""
        name = f"{request.status} to {request.method} {request.template}"
        operation = self.paths.get(request.template, {}).get(request.method.lower(), {})
        answers = operation.get("responses", {})
        status = str(request.status)
        if status in answers:
            if request.answer is None:
                return None if status == "204" else f"{name} has no body"
            place = ["paths", request.template, request.method.lower(), "responses", status]
            if "$ref" in answers[status]:  # one that routes share: a 429
                place = answers[status]["$ref"].removeprefix("#/").split("/")
            pointer = [*place, "content", "application/json", "schema"]
            return self._compare(self.answered, pointer, request.answer, name)
        if 0 < request.status < 400:  # 0: cut on purpose
            return f"{name} is not described, only {sorted(answers)}"
        return None

    def _compare(self, reading: Reading, place: list[str], body: Any, name: str) -> str | None:
        steps = "/".join(step.replace("~", "~0").replace("/", "~1") for step in place)
        if _judge(reading, steps).is_valid(body):
            return None
        slow = Draft202012Validator({"$ref": f"{BASE}#/{steps}"}, registry=reading.slow)
        if (error := best_match(slow.iter_errors(body), key=_by_depth)) is None:
            return f"{name}: not allowed: {str(body)[:400]}"
        error = _within(error)
        at = "/".join(map(str, error.absolute_path))
        return f"{name}: at /{at}: {error.message[:400]}"


@functools.cache
def _judge(reading: Reading, steps: str) -> jsonschema_rs.Draft202012Validator:
    schema = {"$ref": f"{BASE}#/{quote(steps)}"}
    return jsonschema_rs.Draft202012Validator(schema, registry=reading.quick)


def _by_depth(error: ValidationError) -> int:
    return len(error.absolute_path)


def _within(error: ValidationError) -> ValidationError:
    """Look for the real trouble in the one branch of a union whose `type` fits."""
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context or []:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    for errors in branches.values():
        if not any(_elsewhere(each) for each in errors):
            return _within(max(errors, key=_by_depth))
    return error


def _elsewhere(error: ValidationError) -> bool:
    """Tell whether an error only says that another branch was meant."""
    at = list(error.relative_path)
    return at == ["type"] or (not at and error.validator == "type")


def _reading(document: dict[str, Any]) -> Reading:
    resource = Resource(contents=document, specification=DRAFT202012)
    quick = jsonschema_rs.Registry([(BASE, document)])
    return Reading(quick, Registry().with_resource(BASE, resource))


def _unions(value: Any) -> Any:
    """Read oneOf as anyOf: Discord's description means "one of the following" by both."""
    if isinstance(value, dict):
        return {("anyOf" if k == "oneOf" else k): _unions(each) for k, each in value.items()}
    return [_unions(each) for each in value] if isinstance(value, list) else value


def _close(value: Any) -> None:
    """Allow no field that is not described: a misspelt one would do nothing, silently."""
    if isinstance(value, dict):
        if isinstance(value.get("properties"), dict) and value.get("type") == "object":
            value.setdefault("additionalProperties", False)
            value.setdefault("patternProperties", UNDESCRIBED_FIELDS)
        for each in value.values():
            _close(each)
    elif isinstance(value, list):
        for each in value:
            _close(each)
