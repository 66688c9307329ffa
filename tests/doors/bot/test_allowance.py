"""What may be spent, seen in Discord: limits, modes, models."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.cogs.panels import MOST_TEXT, bar, panel
from bot.core.clock import HandClock
from bot.sandbox.discord.acts import Refused
from bot.sandbox.discord.components import walk
from bot.sandbox.discord.furniture import ADA, BEA, LOBBY
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.storage.database import Database
from bot.storage.tables.ledger import CallRow
from tests.doors.bot.stage import (
    PEOPLE,
    Stage,
    acted,
    buttons,
    hidden,
    key_in,
    running,
    text,
)
from tests.fakes.house import MODEL

BODY = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Say hello"}]}


async def call(stage: Stage, **fields: object) -> dict[str, object]:
    """Make a call with a new key of Ada's and return what the API says of it."""
    client = stage.house.client(key_in(await stage.run("gen_key")))
    (await client.post("/v1/chat/completions", json=BODY | fields)).raise_for_status()
    await stage.house.quiet()
    return (await client.get("/v1/usage")).json()


async def test_a_newcomer_sees_the_whole_of_the_base(stage: Stage) -> None:
    limits = await stage.run("all_limits")

    assert hidden(limits)
    assert "░░░░░░░░░░" in text(limits)
    assert "Spent: **0** of **80,000** tokens" in text(limits)
    assert "Everybody: 80,000 tokens a day" in text(limits)
    assert "Resets <t:1795219200:R>" in text(limits)  # midnight after the test's noon
    assert "no call today" in text(limits)


async def test_a_plan_bought_ahead_is_listed_with_its_times(stage: Stage, clock: HandClock) -> None:
    await stage.run("all_limits")
    starts = clock.now() + timedelta(days=2)
    ahead = {"source": "donation", "plan": "5", "daily_tokens": 320_000}
    await stage.house.grant(PEOPLE["ada"], starts_at=starts, days=30, **ahead)

    line = (
        f"- Donation 5: 320,000 tokens a day, from <t:{int(starts.timestamp())}:f> "
        f"until <t:{int((clock.now() + timedelta(days=30)).timestamp())}:f>"
    )
    for command in ("all_limits", "user_info"):
        shown = text(await stage.run(command))
        assert line in shown
        assert "80,000 tokens" in shown


async def test_nothing_of_nothing_is_no_full_bar(stage: Stage) -> None:
    community = stage.house.inner.community
    community.lay_over({"limits.daily_tokens": 0}, 1)

    limits = text(await stage.run("all_limits"))

    assert "Your limit is **0** tokens a day" in limits
    assert "█" not in limits
    assert "100 %" not in limits


async def test_the_limits_show_exactly_what_a_call_cost(stage: Stage) -> None:
    usage = await call(stage)

    limits = await stage.run("all_limits")

    assert usage["spent"] > 0
    assert f"Spent: **{usage['spent']:,}** of **80,000**" in text(limits)
    assert f"Left: **{usage['remaining']:,}**" in text(limits)
    fits = usage["remaining"] // usage["spent"]
    assert f"`gpt-4o`: about **{fits:,}** more calls" in text(limits)


async def test_in_request_mode_the_limits_count_requests(stage: Stage) -> None:
    await stage.run("set_limit_mode", mode="requests")
    await call(stage)

    limits = await stage.run("all_limits")

    assert "Requests left: **99**" in text(limits)
    assert "at most 20 a minute" in text(limits)
    assert "`gpt-4o`: about **99** more calls" in text(limits)


async def test_every_grant_is_listed_with_its_end(stage: Stage, clock: HandClock) -> None:
    await stage.run("all_limits")
    await stage.house.grant(PEOPLE["ada"], days=3, daily_tokens=160_000, access="claude")
    await stage.house.grant(PEOPLE["ada"], days=1, daily_tokens=88_000)
    end = int((clock.now() + timedelta(days=3)).timestamp())

    limits = await stage.run("all_limits")

    assert "of **160,000** tokens" in text(limits)
    assert f"Staff: 160,000 tokens a day, Claude models, until <t:{end}:f>" in text(limits)
    assert "Staff: 88,000 tokens a day" in text(limits)
    assert "The highest of these" in text(limits)


async def test_somebody_without_a_limit_is_told_so(stage: Stage) -> None:
    await stage.run("all_limits")
    await stage.house.grant(PEOPLE["ada"], unlimited=True)
    await call(stage)

    limits = await stage.run("all_limits")
    modes = await stage.run("set_limit_mode", mode="requests")

    assert "You have no limit" in text(limits)
    assert "as many as you like" in text(limits)
    assert "no limit" in text(modes)


async def test_sums_are_said_to_be_sums(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    rules = {"limits": {"stacking": "sum"}}
    async with acted(db, clock, discord, **rules) as stage, running(stage.bot):
        await stage.run("all_limits")
        await stage.house.grant(PEOPLE["ada"], daily_tokens=20_000)
        limits = await stage.run("all_limits")

    assert "of **100,000** tokens" in text(limits)
    assert "add up" in text(limits)


async def test_what_runs_now_is_shown_as_held(stage: Stage) -> None:
    stage.house.first.faults.next(Trouble(Fault.SLOW, 2))
    client = stage.house.client(key_in(await stage.run("gen_key")))
    before = await stage.run("all_limits")

    async with client.stream("POST", "/v1/chat/completions", json=BODY | {"stream": True}) as _:
        limits = await stage.click(before, "Refresh", done=lambda m: "Held" in text(m))
        modes = await stage.run("set_limit_mode", mode="tokens")
        stage.house.first.gate.set()

    assert limits["id"] == before["id"]
    assert "by 1 call that runs now" in text(limits)
    assert "held" in text(modes)


async def test_a_model_that_left_the_settings_is_left_out_of_the_limits(
    stage: Stage, db: Database
) -> None:
    await call(stage)
    async with db.begin() as tx:
        await tx.execute(update(CallRow).values(model="gone"))

    limits = await stage.run("all_limits")

    assert "gone" not in text(limits)


async def test_the_limits_are_refreshed_in_place_and_lead_on(stage: Stage) -> None:
    limits = await stage.run("all_limits")
    await call(stage)

    again = await stage.click(limits, "Refresh", done=lambda m: "gpt-4o" in text(m))
    modes = await stage.click(again, "Switch to requests")
    models = await stage.click(again, "Models")

    assert again["id"] == limits["id"]
    assert "priced by requests" in text(modes)
    assert "`gpt-4o` x1" in text(models)
    assert all(map(hidden, (again, modes, models)))


async def test_switching_shows_both_modes_side_by_side(stage: Stage) -> None:
    usage = await call(stage)

    modes = await stage.run("set_limit_mode", mode="requests")

    table = [line.split() for line in text(modes).split("```")[1].splitlines()]
    assert ["tokens", "requests*"] in table
    assert ["limit", "80,000", "100"] in table
    assert ["spent", f"{usage['spent']:,}", "1"] in table
    assert ["left", f"{usage['remaining']:,}", "99"] in table
    assert ["a", "minute", "no", "limit", "20"] in table
    assert "from tokens to requests" in text(modes)
    assert "2 more times today" in text(modes)
    assert max(map(len, text(modes).split("```")[1].splitlines())) <= 34  # a phone's width
    assert hidden(modes)


async def test_the_fourth_switch_of_a_day_is_refused_until_tomorrow(
    stage: Stage, clock: HandClock
) -> None:
    for mode in ("requests", "tokens", "requests"):
        last = await stage.run("set_limit_mode", mode=mode)

    refused = await stage.run("set_limit_mode", mode="tokens")
    clock.move(hours=13)
    tomorrow = await stage.run("set_limit_mode", mode="tokens")

    assert "That was the last switch today; the day ends <t:" in text(last)
    assert "You switched 3 times today" in text(refused)
    assert "from requests to tokens" in text(tomorrow)


async def test_the_mode_one_has_is_no_switch(stage: Stage) -> None:
    modes = await stage.run("set_limit_mode", mode="tokens")

    assert "nothing has changed" in text(modes)
    assert "3 more times" in text(modes)


async def test_a_mode_that_does_not_exist_cannot_be_typed(stage: Stage) -> None:
    with pytest.raises(Refused):
        await stage.run("set_limit_mode", mode="minutes")


async def test_limits_are_for_members_also_of_late_in_direct_messages(
    stage: Stage, clock: HandClock
) -> None:
    dm = stage.discord.acts.dm(ADA)
    stranger = await stage.run("all_limits", who=BEA, where=LOBBY)
    before = await stage.run("all_limits", where=dm)
    await stage.run("all_limits")

    after = await stage.run("all_limits", where=dm)
    mode = await stage.run("set_limit_mode", where=dm, mode="requests")
    clock.move(days=31)
    later = await stage.run("all_limits", where=dm)

    assert "members of our own server" in text(stranger)
    assert "members of our own server" in text(before)
    assert "Your limits today" in text(after)
    assert "priced by requests" in text(mode)
    assert "members of our own server" in text(later)


async def test_the_suspended_cannot_switch(stage: Stage) -> None:
    await stage.run("all_limits")
    await stage.house.inner.members.suspend(await stage.house.member(PEOPLE["ada"]), "spam")

    replies = [
        await stage.run("set_limit_mode", mode="requests"),
        await stage.run("all_limits"),
    ]

    assert all("spam" in text(reply) for reply in replies)


async def test_the_models_are_listed_with_price_access_and_health(stage: Stage) -> None:
    models = await stage.run("models")

    assert hidden(models)
    assert "## 4 models" in text(models)
    assert "🟢 `gpt-4o` x1 · chat" in text(models)
    assert "`maker/deep-model` x2.5 · chat" in text(models)
    assert "`claude-3-5-sonnet` x3 · chat · needs Claude access" in text(models)
    assert "a picture, a speech, a search or a song costs 800 x N." in text(models)
    assert buttons(models) == {}


async def test_models_are_found_by_kind_and_by_name(stage: Stage) -> None:
    images = await stage.run("models", kind="image")
    deep = await stage.run("models", search="DEEP")
    nearly = await stage.run("models", search="gpt-4oo")
    none = await stage.run("models", kind="song")

    assert "`flux` x1 · image, edit" in text(images)
    assert "gpt-4o" not in text(images)
    assert "maker/deep-model" in text(deep)
    assert "come close: `gpt-4o`" in text(nearly)
    assert "## 0 models" in text(none)
    with pytest.raises(Refused):
        await stage.run("models", search="x" * 41)


async def test_many_models_are_turned_page_by_page(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    many = [MODEL | {"id": f"maker:model-{at:02}"} for at in range(23)]
    async with acted(db, clock, discord, models=many) as stage, running(stage.bot):
        first = await stage.run("models", search="maker:model", kind="chat")
        assert buttons(first)["Previous"]["disabled"]

        second = await stage.click(first, "Next", done=lambda m: "Page 2" in text(m))
        assert "model-10" in text(second)
        third = await stage.click(second, "Next", done=lambda m: "Page 3" in text(m))
        back = await stage.click(third, "Previous", done=lambda m: "Page 2" in text(m))

    assert "Page 1 of 3" in text(first)
    assert "model-22" in text(third)
    assert buttons(third)["Next"]["disabled"]
    assert back["id"] == first["id"]


async def test_a_page_that_is_gone_shows_the_last_one(stage: Stage) -> None:
    models = await stage.run("models")
    component = next(walk(models["components"]))
    component["components"].append(
        {
            "type": 1,
            "id": 90,
            "components": [
                {
                    "type": 2,
                    "id": 91,
                    "style": 2,
                    "label": "Next",
                    "custom_id": f"models:{ADA}:77:-:",
                }
            ],
        }
    )
    stage.discord.world.messages[int(models["id"])]["components"] = models["components"]

    last = await stage.click(models, "Next")

    assert "## 4 models" in text(last)


def test_a_bar_is_full_only_when_nothing_is_left() -> None:
    assert bar(0, 80_000) == "░" * 10
    assert bar(79_999, 80_000) == "█" * 9 + "░"
    assert bar(80_000, 80_000) == "█" * 10
    assert bar(99_999, 80_000) == "█" * 10
    assert bar(0, 0) == bar(5, 0) == "░" * 10


async def test_a_panel_never_holds_more_than_discord_takes() -> None:
    line = "x" * 99

    view = panel("Title", "\n".join([line] * 60), "the end")

    shown = [each["content"] for each in walk(view.to_components()) if each["type"] == 10]
    assert sum(map(len, shown)) <= MOST_TEXT
    assert shown[0] == "Title"
    assert shown[1].splitlines()[-2:] == [line, "…"]
