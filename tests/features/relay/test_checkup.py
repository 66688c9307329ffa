"""Upstreams are asked what they list, with a limit to the patience, and what each answer means."""

from dataclasses import replace
from typing import Any

import pytest

from bot.app.staff import upstream_checkup_of
from bot.core.clock import HandClock
from bot.sandbox.upstreams.troubles import Fault
from bot.storage.database import Database
from bot.upstreams.spafe import Spafe
from bot.words.verdict import Mark, Verdict, troubles
from tests.fakes.house import House, opened_house

LISTED = ("gpt-4o", "their-gpt", "maker/deep-model", "claude-3-5-sonnet", "flux")


async def looked(house: House, patience: float = 5.0) -> list[Verdict]:
    """Ask every upstream."""
    return await upstream_checkup_of(house.inner).look(patience)


def texts(verdicts: list[Verdict], *marks: Mark) -> list[str]:
    """Return the sentences with one of these marks."""
    return [each.printed().text for each in verdicts if each.mark in marks]


async def test_upstreams_that_list_what_is_routed_are_well(db: Database, clock: HandClock) -> None:
    async with opened_house(db, clock) as house:
        house.first.models = house.second.models = LISTED

        found = await looked(house)

    assert troubles(found) == []
    assert texts(found, Mark.OK) == [
        "first answers in 0 ms and lists 5 models.",
        "second answers in 0 ms and lists 5 models.",
        "4 models, and each has a route that works.",
    ]


async def test_a_silent_upstream_is_given_up_and_what_it_alone_serves_is_named(
    db: Database, clock: HandClock
) -> None:
    async with opened_house(db, clock) as house:
        house.second.models = LISTED
        house.first.aside.every(Fault.SLOW)

        found = await looked(house, patience=0.2)

    assert texts(found, Mark.FAIL)[0].startswith("first did not answer within 0 s. Mend: ")
    assert texts(found, Mark.FAIL)[1] == (
        "`maker/deep-model` has no route that works: the upstreams that serve it fail."
    )


async def test_a_model_that_only_an_unwilling_upstream_serves_is_still_callable(
    db: Database, clock: HandClock
) -> None:
    async with opened_house(db, clock) as house:
        house.second.models = LISTED
        house.first.aside.every(Fault.NOT_FOUND)

        found = await looked(house)

    assert texts(found, Mark.FAIL) == []
    assert [text.partition(",")[0] for text in texts(found, Mark.WARN)] == ["first answers in 0 ms"]


async def test_an_upstream_whose_dialect_has_no_list_is_well_without_one(
    db: Database, clock: HandClock
) -> None:
    async with opened_house(db, clock) as house:
        house.second.models = LISTED
        house.first.aside.every(Fault.NOT_FOUND)
        checkup = upstream_checkup_of(house.inner)
        first = replace(checkup.upstreams["first"], dialect=Spafe())

        found = await replace(checkup, upstreams={**checkup.upstreams, "first": first}).look(5.0)

    assert troubles(found) == []
    assert texts(found, Mark.OK)[0] == (
        "first answers in 0 ms; the dialect spafe has no list of models to compare with."
    )


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.UNAUTHORIZED, "first refuses our key (HTTP 401)"),
        (Fault.FORBIDDEN, "first refuses our key (HTTP 403)"),
        (Fault.UNAVAILABLE, "first fails (HTTP 503)"),
        (Fault.REFUSE, "first cannot be reached"),
    ],
)
async def test_what_is_wrong_is_named_with_the_mend(
    db: Database, clock: HandClock, fault: Fault, words: str
) -> None:
    async with opened_house(db, clock) as house:
        house.second.models = LISTED
        house.first.aside.every(fault)

        found = await looked(house)

    assert texts(found, Mark.FAIL)[0].startswith(words)


async def test_nothing_to_call_is_said(db: Database, clock: HandClock) -> None:
    async with opened_house(db, clock, models=[], upstreams=[]) as house:
        found = await looked(house)

    assert texts(found, Mark.WARN) == [
        "Nothing can be called yet: latchkey.toml has no [[upstreams]] or no [[models]]."
    ]


async def test_of_many_models_the_first_are_named(db: Database, clock: HandClock) -> None:
    routes: list[dict[str, Any]] = [{"upstream": "first"}]
    models = [{"id": f"model-{n:02}", "routes": routes} for n in range(12)]
    async with opened_house(db, clock, models=models) as house:
        house.first.models = ("something-else",)

        found = await looked(house)

    (line,) = texts(found, Mark.WARN)
    named = ", ".join(f"`model-{n:02}`" for n in range(5))
    assert line.startswith(f"first does not list 12 models that routes name: {named} and 7 more.")
