"""A sentence to be: kept as a message id with what fills it, said once its reader is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MARK = "phrase"  # the one name in the JSON of a phrase


@dataclass(frozen=True, slots=True)
class Phrase:
    """A message id and its parameters, themselves phrases maybe."""

    message_id: str
    params: Mapping[str, Any] = field(default_factory=dict)


def written(value: Any) -> Any:
    """Return a parameter as JSON keeps it."""
    if isinstance(value, list | tuple):
        return [written(each) for each in value]
    if isinstance(value, Phrase):
        return {MARK: [value.message_id, all_written(value.params)]}
    return value


def all_written(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as JSON keeps them."""
    return {name: written(value) for name, value in params.items()}


def read(value: Any) -> Any:
    """Return the parameter that JSON keeps."""
    if isinstance(value, list):
        return [read(each) for each in value]
    if isinstance(value, dict) and value.keys() == {MARK}:
        message_id, params = value[MARK]
        return Phrase(message_id, all_read(params))
    return value


def all_read(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that JSON keeps."""
    return {name: read(value) for name, value in params.items()}
