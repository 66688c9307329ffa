"""How upstreams and models do, seen in Discord; and a catalogue of more than a hundred models."""

import tomllib
from dataclasses import replace

from bot.core.clock import HandClock
from bot.core.health import Recent
from bot.sandbox.discord.server import LoopbackDiscord
from bot.settings.example import example
from bot.storage.database import Database
from tests.doors.bot.stage import Stage, acted, buttons, running, text

MODELS = tomllib.loads(example())["models"]


def here(models: list[dict]) -> list[dict]:
    """Route the models to an upstream of the house."""
    return [model | {"routes": [{"upstream": "first"}]} for model in models]


async def test_status_tells_how_each_upstream_has_done_lately(stage: Stage) -> None:
    stage.house.vitals = replace(
        stage.house.vitals,
        upstreams={"first": "failing", "second": "ok"},
        recent={"first": Recent(200, 188, 0.4321), "second": Recent(3, 3, 1.26)},
    )

    status = await stage.run("status")

    assert "🟡 `first` fails now and then · 94% of its last 200 calls, in 432 ms" in text(status)
    assert text(status).splitlines()[-1] == (
        "🟢 `second` answers · 100% of its last 3 calls, in 1.3 s"
    )


async def test_status_names_the_models_that_rest(stage: Stage) -> None:
    stage.house.vitals = replace(stage.house.vitals, models=3, resting=("flux",))
    one = await stage.run("status")

    many = tuple(f"model-{at}" for at in range(20))
    stage.house.vitals = replace(stage.house.vitals, models=0, resting=many)
    all_of_them = await stage.run("status")

    assert "🔴 1 model rests: `flux`" in text(one)
    assert "🔴 20 models rest: `model-0`, " in text(all_of_them)
    assert "`model-7` and 12 more" in text(all_of_them)


async def test_more_than_a_hundred_models_are_turned_and_searched(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with acted(db, clock, discord, models=here(MODELS)) as stage, running(stage.bot):
        first = await stage.run("models")
        pages, page = [text(first)], first
        while not buttons(page)["Next"]["disabled"]:
            number = f"Page {len(pages) + 1} "
            page = await stage.click(page, "Next", done=lambda m, n=number: n in text(m))
            pages.append(text(page))
        llamas = await stage.run("models", search="LLAMA", kind="chat")
        songs = await stage.run("models", kind="song")
        nickname = await stage.run("models", search="claude-3.5-sonnet")

    assert f"## {len(MODELS)} models" in pages[0]
    assert len(pages) == -(-len(MODELS) // 10)
    assert all(f"`{model['id']}`" in "\n".join(pages) for model in MODELS)
    assert "`llama-3.1-405b`" in text(llamas)
    assert "Page 1 of 3" in text(llamas)
    assert "## 3 models" in text(songs)
    assert "`claude-sonnet-3.5` x3" in text(nickname)


async def test_the_models_of_a_route_that_rests_are_marked(stage: Stage) -> None:
    stage.house.inner.router.conditions.gone = frozenset({("first", "maker/deep-model")})

    models = await stage.run("models")

    assert "🔴 `maker/deep-model`" in text(models)
    assert "🟢 `gpt-4o`" in text(models)
