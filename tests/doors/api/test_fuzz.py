"""Schemathesis over /openapi.json: the API answers everybody, whatever they send, as it says."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.api.operation import shown
from bot.api.schema import Schema
from tests.doors.api.conftest import Opening
from tests.fakes.bazaar import FITTING, bazaar
from tests.fakes.house import House

PATIENCE = 150  # seconds, where it takes some twenty
# Some rules no schema can say, so fitting data may be refused: a voice's name, or 1.0 where a whole
# number has to be.
FITTING_DATA = "positive_data_acceptance"
# And some spoiled data is not spoiled once it is sent: a number in a form is a text.
SPOILED_DATA = "negative_data_rejection"
USUAL = ("--generation-deterministic", "--continue-on-failure", "--no-shrink", "--warnings", "off")


@pytest.fixture
async def house(opening: Opening) -> AsyncIterator[House]:
    """A house that has everything."""
    async with bazaar() as goods, opening(**goods.settings) as opened:
        yield opened


async def fitted(house: House) -> dict[str, Any]:
    """Return the description without second names of routes, its models those that there are."""
    document: dict[str, Any] = (await house.client().get("/openapi.json")).json()
    for operation in house.api.app.operations:
        for alias in operation.aliases:
            del document["paths"][shown(alias)]
        at = document["paths"][shown(operation.path)][operation.method.lower()]
        # Spoiling one way to show a key leaves the other as good as it was.
        at["security"] = [way for way in at.get("security", []) if "x_api_key" not in way]
        known = {"enum": [FITTING[operation.kind]]}
        for parameter in at.get("parameters", ()):
            if parameter["name"] == "model":
                parameter["schema"] = known
        for body in at.get("requestBody", {}).get("content", {}).values():
            name = body["schema"]["$ref"].rpartition("/")[2]
            fields: dict[str, Schema] = document["components"]["schemas"][name]["properties"]
            if "model" in fields:
                # Where it may be left out, null leaves it out.
                more = [None] if "anyOf" in fields["model"] else []
                fields["model"] = {"enum": [*known["enum"], *more]}
    return document


async def fuzzed(house: House, folder: Path, *how: str) -> tuple[int, str]:
    """Run Schemathesis against the house; return its exit code and its report."""
    path = folder / "openapi.json"
    path.write_bytes(orjson.dumps(await fitted(house)))
    command = ("-m", "schemathesis.cli", "run", str(path), "--url", house.url, *USUAL, *how)
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            report, _ = await running.communicate()
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()
    return running.returncode or 0, report.decode()


async def test_every_bound_of_the_description_holds(house: House, tmp_path: Path) -> None:
    key = await house.key()
    await house.grant(unlimited=True)

    code, report = await fuzzed(
        house,
        tmp_path,
        *("--phases", "coverage", "--checks", "all", "--exclude-checks", FITTING_DATA),
        *("--header", f"Authorization: Bearer {key}"),
    )

    assert code == 0, report
    assert {record.endpoint for record in await house.records()} >= {
        "chat.completions",
        "responses",
    }
    assert await house.spent() > 0


@pytest.mark.parametrize("known", [True, False], ids=["a member", "a stranger"])
async def test_everybody_is_answered_as_the_description_says(
    house: House, tmp_path: Path, known: bool
) -> None:
    key = await house.key()
    await house.grant(unlimited=True)
    shown_key = ("--header", f"Authorization: Bearer {key}") if known else ()

    code, report = await fuzzed(
        house,
        tmp_path,
        *("--phases", "fuzzing", "--max-examples", "10" if known else "3", "--checks", "all"),
        *("--exclude-checks", f"{FITTING_DATA},{SPOILED_DATA}"),
        *shown_key,
    )

    assert code == 0, report
    assert bool(await house.records()) is known
