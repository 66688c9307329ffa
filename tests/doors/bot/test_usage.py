"""What was used and who leads, seen in Discord."""

import csv
import io
from datetime import date

import pytest
from PIL import Image
from sqlalchemy import insert

from bot.account.tally import Tally
from bot.cogs.usage import lines_of
from bot.core.clock import HandClock
from bot.ledger.reports import DayUse, ModelUse
from bot.sandbox.discord.components import walk
from bot.sandbox.discord.furniture import ADA, BEA
from bot.storage.database import Database
from bot.storage.tables.levels import PointsRow
from bot.words.language import Language, speaking
from tests.doors.bot.stage import PEOPLE, Stage, buttons, hidden, key_in, text

GALLERY = 12
BODY = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Say hello"}]}


def files(stage: Stage, message: dict) -> list[bytes]:
    """Return the files of a message as they were uploaded."""
    return [
        stage.discord.world.files[int(each["id"])].content
        for each in stage.now(message)["attachments"]
    ]


async def spend(stage: Stage) -> int:
    """Make a call with a new key of Ada's; what it cost."""
    client = stage.house.client(key_in(await stage.run("gen_key")))
    (await client.post("/v1/chat/completions", json=BODY)).raise_for_status()
    await stage.house.quiet()
    return int((await client.get("/v1/usage")).json()["spent"])


async def test_usage_is_a_picture_with_the_same_numbers_as_text(stage: Stage) -> None:
    spent = await spend(stage)

    card = await stage.run("usage")

    (picture,) = files(stage, card)
    gallery = next(each for each in walk(card["components"]) if each["type"] == GALLERY)
    described = gallery["items"][0]["description"]
    assert hidden(card)
    assert Image.open(io.BytesIO(picture)).format == "PNG"
    assert f"**{spent:,}** tokens in **1** call." in text(card)
    assert f"Together {spent:,} tokens in 1 call." in described
    assert not set("*`") & set(described)
    assert "`gpt-4o`" in text(card)


@pytest.mark.parametrize(
    ("spent", "said"), [(1, "1 токен,"), (15_332, "15\u00a0332 токена,"), (18, "18 токенов,")]
)
def test_russian_tokens_have_the_form_of_their_number(spent: int, said: str) -> None:
    day = DayUse(date(2026, 11, 20), spent, 18)

    with speaking(Language.RU):
        _, line = lines_of([day], [])

    assert line == f"2026-11-20: {said} 18 вызовов"


def test_the_models_that_are_not_named_are_summed_up() -> None:
    day = DayUse(date(2026, 11, 20), 2_800, 7)
    models = [ModelUse(f"model-{n}", 1, n, n * 100) for n in range(7, 0, -1)]

    said = list(lines_of([day], models))
    named = list(lines_of([day], models[:5]))

    assert said[-2:] == ["`model-3`: 300 tokens, 1 call", "and 2 others: 300 tokens"]
    assert named == said[:-1]


async def test_another_span_is_a_click_away(stage: Stage) -> None:
    await spend(stage)
    card = await stage.run("usage")
    assert buttons(card)["30 days"]["disabled"]

    week = await stage.click(card, "7 days", done=lambda m: "7 days" in text(m))

    assert "What you used in 7 days" in text(week)
    assert len(files(stage, week)) == 1


async def test_the_table_holds_every_day_oldest_first(stage: Stage, clock: HandClock) -> None:
    spent = await spend(stage)
    card = await stage.run("usage", days=7)

    sent = await stage.click(card, "CSV")

    (table,) = files(stage, sent)
    rows = list(csv.DictReader(io.StringIO(table.decode())))
    assert len(rows) == 7
    assert rows[-1] == {"day": f"{clock.now():%Y-%m-%d}", "tokens": str(spent), "calls": "1"}
    assert rows[0]["tokens"] == "0"


async def test_a_newcomer_is_told_how_to_begin(stage: Stage) -> None:
    assert "No calls yet" in text(await stage.run("usage"))


async def test_the_board_names_who_leads_and_pages_for_who_asked(
    stage: Stage, db: Database
) -> None:
    inner = stage.house.inner
    async with db.begin() as tx:
        members = [await inner.members.join(tx, PEOPLE[name]) for name in ("ada", "bea")]
        await tx.execute(
            insert(PointsRow),
            [
                {"member_id": member.id, "month": "2026-11", "points": points}
                for member, points in zip(members, (5, 8), strict=True)
            ],
        )

    board = await stage.run("leaderboard", board="levels")

    assert not hidden(board)
    assert f"🥇 <@{BEA}>: 8 points\n🥈 <@{ADA}>: 5 points" in text(board)
    assert stage.discord.world.pinged.get(int(board["id"]), set()) == set()


async def test_somebody_else_pages_a_copy_of_their_own(stage: Stage, db: Database) -> None:
    inner = stage.house.inner
    async with db.begin() as tx:
        rows = []
        for number in range(25):
            person = type(PEOPLE["ada"])(900_000_000_000 + number, at_home=True)
            member = await inner.members.join(tx, person)
            rows.append({"member_id": member.id, "month": "2026-11", "points": 100 - number})
        await tx.execute(insert(PointsRow), rows)
    board = await stage.run("leaderboard", board="levels")

    copy = await stage.click(board, "Next", BEA)
    turned = await stage.click(board, "Next", ADA, done=lambda m: "**11.**" in text(m))

    assert hidden(copy)
    assert "**11.**" in text(copy)
    assert copy["id"] != board["id"] == turned["id"]


async def test_who_hides_is_somebody(stage: Stage, db: Database, clock: HandClock) -> None:
    await spend(stage)
    await Tally(db).run(clock.now().date())
    board = await stage.run("leaderboard", board="usage")
    assert f"<@{ADA}>" in text(board)

    said = await stage.click(board, "Hide or show me")

    assert "no longer name you" in text(said)
    assert f"<@{ADA}>" not in text(await stage.run("leaderboard", board="usage"))


async def test_an_empty_board_of_usage_says_up_to_when_it_counts(stage: Stage) -> None:
    await spend(stage)

    board = await stage.run("leaderboard", board="usage")
    over = await stage.run("leaderboard", board="usage", month="2026-10")

    assert "Nobody up to last night. Today's calls are counted tonight." in text(board)
    assert "Nobody that month." in text(over)


async def test_a_month_that_is_none_is_refused_in_words(stage: Stage) -> None:
    refused = await stage.run("leaderboard", board="usage", month="next")

    assert "2026-11" in text(refused)


async def test_all_limits_lists_every_plan(stage: Stage) -> None:
    said = text(await stage.run("all_limits"))

    for part in ("Ways to get more", "160,000", "60 referrals", "level 3", "$100", "contest"):
        assert part in said


async def test_a_friends_code_is_offered_until_one_was_used(stage: Stage, clock: HandClock) -> None:
    inner, card = stage.house.inner, await stage.run("all_limits")
    async with inner.db.begin() as tx:
        await inner.members.marks.mark_activated(tx, ADA, clock.now())

    after = text(await stage.run("all_limits"))

    assert "**A friend's code** (/activate_referral" in text(card)
    assert "A friend's code" not in after
    assert "Ways to get more\n**Referrals of your own**" in after


async def test_a_profile_shows_level_and_place_and_others_see_no_more(
    stage: Stage, db: Database
) -> None:
    inner = stage.house.inner
    async with db.begin() as tx:
        member = await inner.members.join(tx, PEOPLE["ada"])
        await tx.execute(
            insert(PointsRow), [{"member_id": member.id, "month": "2026-11", "points": 42}]
        )
    await stage.house.grant(PEOPLE["ada"], source="level", plan="2", daily_tokens=128_000, days=30)

    own = text(await stage.run("user_info"))
    others = text(await stage.run("user_info", BEA, user=ADA))

    assert "Level **2**\n42 points this month, place 1" in own
    assert "Level **2**\n42 points this month, place 1" in others
    assert "128,000" not in others
    assert "code" not in others
