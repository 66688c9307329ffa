"""Failures carry what their sentence needs; transactions know where they end."""

import pytest

from bot.core.errors import Draining, Failure, Kind
from bot.core.guard import inside_transaction, outside_transaction


def test_a_failure_carries_its_sentence_s_parameters_and_when_to_try_again() -> None:
    failure = Draining(retry_after=2.5, name="api")

    assert (failure.kind, failure.message_id) == (Kind.UNAVAILABLE, "draining")
    assert failure.params == {"name": "api"}
    assert failure.retry_after == 2.5
    assert Draining().retry_after == 5.0
    assert Failure().retry_after is None


def test_nothing_else_is_awaited_while_a_transaction_is_open() -> None:
    outside_transaction()
    with inside_transaction():
        with pytest.raises(AssertionError):
            outside_transaction()
        with pytest.raises(AssertionError), inside_transaction():
            pass
    outside_transaction()
