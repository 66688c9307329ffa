"""Signals reach everybody who asked, and one who fails stops nobody."""

import pytest

from bot.core.signals import Signals, Topic


def test_listeners_of_a_topic_are_told_in_order() -> None:
    signals, told = Signals(), []
    signals.on(Topic.MEMBER, lambda subject: told.append(("first", subject)))
    signals.on(Topic.MEMBER, lambda subject: told.append(("second", subject)))
    signals.on(Topic.SETTINGS, lambda subject: told.append(("settings", subject)))

    signals.fire(Topic.MEMBER, 7)

    assert told == [("first", 7), ("second", 7)]


def test_a_listener_that_fails_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    signals, told = Signals(), []

    def fails(_subject: int) -> None:
        raise RuntimeError

    signals.on(Topic.MEMBER, fails)
    signals.on(Topic.MEMBER, told.append)

    signals.fire(Topic.MEMBER, 7)

    assert told == [7]
    assert "a listener of member failed" in caplog.text


def test_a_topic_nobody_listens_to_is_no_fault() -> None:
    Signals().fire(Topic.EVERYTHING)
