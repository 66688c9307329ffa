"""Ids grow, and never collide within a process."""

import time

import pytest

from bot.core.ids import Ids, first_id_at


def test_ids_only_grow_even_when_made_faster_than_the_clock_counts() -> None:
    ids = Ids()

    made = [ids.next() for _ in range(20_000)]

    assert made == sorted(set(made))
    assert made[-1] < 2**63


def test_a_clock_set_back_makes_no_id_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = Ids()
    before = ids.next()
    monkeypatch.setattr(time, "time", lambda: 1_750_000_000.0)

    assert ids.next() > before


def test_an_id_sorts_by_the_moment_it_was_made() -> None:
    now = int(time.time() * 1000)

    made = Ids().next()

    assert first_id_at(now) <= made < first_id_at(now + 60_000)
    assert first_id_at(0) == 0
