"""A member's key in Discord: made, shown, copied, replaced, and refused."""

import asyncio

import pytest
from sqlalchemy import update

from bot.core.clock import HandClock
from bot.sandbox.discord.acts import Refused
from bot.sandbox.discord.furniture import ADA, BEA, COMMANDS, LOBBY
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from bot.storage.tables.keys import KeyRow
from tests.doors.bot.stage import (
    KEY,
    PEOPLE,
    Stage,
    acted,
    buttons,
    custom_id,
    hidden,
    key_in,
    running,
    text,
)

ALL = ("gen_key", "signup", "show_key", "generate_key", "resetkey")


async def works(stage: Stage, key: str) -> bool:
    return (await stage.house.client(key).get("/v1/usage")).status_code == 200


@pytest.mark.parametrize("command", ["gen_key", "signup"])
async def test_a_newcomer_gets_a_key_that_works_and_nobody_else_sees(
    stage: Stage, command: str
) -> None:
    card = await stage.run(command)

    assert hidden(card)
    assert f"```\n{key_in(card)}\n```" in text(card)
    assert f"`{stage.house.url}/v1`" in text(card)
    assert f"`{stage.house.url}`" in text(card)
    assert await works(stage, key_in(card))


async def test_asking_again_destroys_nothing_and_shows_the_key_only_when_told_to(
    stage: Stage,
) -> None:
    first = key_in(await stage.run("gen_key"))

    again = await stage.run("signup")
    assert KEY.findall(text(again)) == []
    assert f"lk_…{first[-4:]}" in text(again)
    assert list(buttons(again)) == ["Show", "Recreate"]
    shown = await stage.click(again, "Show", done=lambda m: "||" in text(m))

    assert shown["id"] == again["id"]
    assert f"||`{first}`||" in text(shown)
    assert hidden(shown)
    assert await works(stage, first)


async def test_a_key_is_shown_behind_spoiler_bars_with_its_dates(
    stage: Stage, clock: HandClock
) -> None:
    key = key_in(await stage.run("gen_key"))
    made = int(clock.now().timestamp())
    unused = await stage.run("show_key")
    clock.move(minutes=5)
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
    await stage.house.client(key).post("/v1/chat/completions", json=body)
    await stage.house.quiet()

    used = await stage.run("show_key")

    assert f"||`{key}`||" in text(used)
    assert hidden(used)
    assert f"<t:{made}:R>" in text(used)
    assert "Not used yet" in text(unused)
    assert f"Last used <t:{int(clock.now().timestamp())}:R>" in text(used)


async def test_without_a_key_there_is_none_to_show(stage: Stage) -> None:
    reply = await stage.run("show_key")

    assert "/gen_key" in text(reply)
    assert hidden(reply)


async def test_copying_sends_the_key_alone(stage: Stage) -> None:
    card = await stage.run("gen_key")

    copied = await stage.click(card, "Copy")

    assert copied["content"] == key_in(card)
    assert hidden(copied)


@pytest.mark.parametrize("command", ["generate_key", "resetkey"])
async def test_a_key_is_replaced_only_after_the_warning_is_confirmed(
    stage: Stage, command: str
) -> None:
    old = key_in(await stage.run("gen_key"))
    asked = await stage.run(command)
    assert list(buttons(asked)) == ["Recreate key", "Cancel"]
    assert "stops working at once" in text(asked)
    assert KEY.findall(text(asked)) == []
    assert await works(stage, old)

    done = await stage.click(asked, "Recreate key", done=lambda m: bool(KEY.search(text(m))))

    assert done["id"] == asked["id"]
    assert hidden(done)
    new = key_in(done)
    assert new != old
    assert await works(stage, new)
    assert not await works(stage, old)


async def test_cancelling_keeps_the_key(stage: Stage) -> None:
    old = key_in(await stage.run("gen_key"))
    asked = await stage.run("resetkey")

    done = await stage.click(asked, "Cancel", done=lambda m: not buttons(m))

    assert "stays as it is" in text(done)
    assert await works(stage, old)


async def test_after_a_minute_the_confirming_button_replaces_nothing(
    stage: Stage, clock: HandClock
) -> None:
    old = key_in(await stage.run("gen_key"))
    asked = await stage.run("resetkey")
    clock.move(seconds=61)

    late = await stage.click(asked, "Recreate key", done=lambda m: not buttons(m))

    assert "nothing has changed" in text(late)
    assert await works(stage, old)


async def test_the_question_is_also_asked_on_the_card_and_where_there_is_no_key(
    stage: Stage,
) -> None:
    without = await stage.run("generate_key")
    card = await stage.click(without, "Recreate key", done=lambda m: bool(KEY.search(text(m))))

    asked = await stage.click(card, "Recreate", done=lambda m: "Recreate key" in buttons(m))

    assert "nothing breaks" in text(without)
    assert asked["id"] == without["id"]
    assert await works(stage, key_in(card))


async def test_a_double_click_replaces_the_key_once(stage: Stage) -> None:
    await stage.run("gen_key")
    asked = await stage.run("resetkey")

    clicks = [await stage.press(asked, "Recreate key") for _ in range(2)]
    await asyncio.gather(*(stage.discord.acts.answer(click) for click in clicks))
    said = [text(r) for click in clicks for r in stage.discord.acts.replies(click)]

    assert [bool(KEY.search(each)) for each in said].count(True) >= 1
    assert any("/show_key shows the one you have now" in each for each in said)
    assert await works(stage, key_in(stage.now(asked)))


async def test_nobody_else_can_use_the_buttons_of_a_key(stage: Stage) -> None:
    card = await stage.run("gen_key")
    key, forged = key_in(card), custom_id(card, "Copy")
    stage.discord.world.readers.pop(int(card["id"]))

    number = await stage.discord.acts.press(BEA, int(card["id"]), forged)
    reply = await stage.discord.acts.answer(number)

    assert "belongs to somebody else" in text(reply)
    assert hidden(reply)
    assert key not in text(reply)


async def test_a_panel_that_others_see_never_gets_the_key(stage: Stage) -> None:
    await stage.run("gen_key")
    card = await stage.run("gen_key")
    stage.discord.world.messages[int(card["id"])]["flags"] &= ~64

    reply = await stage.click(card, "Show")

    assert KEY.findall(text(stage.now(card))) == []
    assert "old message" in text(reply)


async def test_no_key_is_ever_in_a_button(stage: Stage) -> None:
    shown = [await stage.run("gen_key"), await stage.run("show_key"), await stage.run("resetkey")]

    for message in shown:
        assert not KEY.search(str([b["custom_id"] for b in buttons(message).values()]))


async def test_keys_are_not_offered_in_direct_messages_and_refused_there(stage: Stage) -> None:
    dm = stage.discord.acts.dm(ADA)

    for command in ALL:
        with pytest.raises(Refused):
            await stage.run(command, where=dm)
        reply = await stage.run(command, where=dm, forged=True)

        assert "in servers only" in text(reply)
        assert KEY.findall(text(reply)) == []


async def test_a_button_of_a_key_is_refused_in_direct_messages_too(stage: Stage) -> None:
    await stage.run("gen_key")
    card = await stage.run("gen_key")
    dm = stage.discord.acts.dm(ADA)
    stage.discord.world.messages[int(card["id"])]["channel_id"] = str(dm)

    reply = await stage.click(card, "Show")

    assert "in servers only" in text(reply)
    assert KEY.findall(text(stage.now(card))) == []


async def test_members_of_another_server_alone_get_no_key(stage: Stage) -> None:
    for command in ALL:
        reply = await stage.run(command, who=BEA, where=LOBBY)

        assert "members of our own server" in text(reply)
        assert KEY.findall(text(reply)) == []


async def test_a_suspended_member_is_told_why_and_gets_no_key(stage: Stage) -> None:
    card = await stage.run("gen_key")
    await stage.house.inner.members.suspend(await stage.house.member(PEOPLE["ada"]), "sold keys")

    replies = [await stage.run(command) for command in ALL]
    replies.append(await stage.click(card, "Copy"))

    for reply in replies:
        assert "sold keys" in text(reply)
        assert hidden(reply)
        assert KEY.findall(text(reply)) == []


async def test_a_community_may_ask_for_older_accounts(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    rules = {"community": {"min_account_age_days": 20_000}}
    async with acted(db, clock, discord, **rules) as stage, running(stage.bot):
        reply = await stage.run("gen_key")

    assert "too new" in text(reply)


async def test_a_key_under_a_lost_secret_works_and_says_why_it_cannot_be_shown(
    stage: Stage,
) -> None:
    card = await stage.run("gen_key")
    key = key_in(card)
    async with stage.house.inner.db.begin() as tx:
        await tx.execute(update(KeyRow).values(sealed=b"sealed by another secret"))

    shown = await stage.run("show_key")
    copy = await stage.click(card, "Copy")
    copied = await stage.click(await stage.run("gen_key"), "Show", done=lambda m: "gone" in text(m))

    assert "can no longer be shown" in text(shown)
    assert list(buttons(shown)) == ["Recreate"]
    assert "can no longer be shown" in text(copied)
    assert "can no longer be shown" in text(copy)
    assert await works(stage, key)


async def test_a_first_call_to_copy_names_a_model_and_the_address_but_no_key(
    stage: Stage,
) -> None:
    card = await stage.run("gen_key")

    for language in ("Python", "JavaScript", "curl"):
        menu = f"start:{ADA}"
        number = await stage.discord.acts.press(ADA, int(card["id"]), menu, [language])
        reply = await stage.discord.acts.answer(number)

        assert f"{stage.house.url}/v1" in text(reply)
        assert "gpt-4o" in text(reply)
        assert "YOUR_KEY" in text(reply)
        assert KEY.findall(text(reply)) == []
        assert hidden(reply)


async def test_the_python_of_the_first_call_is_python(stage: Stage) -> None:
    card = await stage.run("gen_key")

    number = await stage.discord.acts.press(ADA, int(card["id"]), f"start:{ADA}", ["Python"])
    reply = await stage.discord.acts.answer(number)

    compile(text(reply).split("```")[1].removeprefix("py"), "example", "exec")


async def test_the_card_opens_the_limits(stage: Stage) -> None:
    card = await stage.run("gen_key")

    limits = await stage.click(card, "My limits")

    assert "Your limits today" in text(limits)
    assert limits["id"] != card["id"]
    assert hidden(limits)


async def test_everybody_gets_a_key_of_their_own(stage: Stage) -> None:
    ada, bea = await asyncio.gather(stage.run("gen_key"), stage.run("gen_key", who=BEA))

    assert key_in(ada) != key_in(bea)


async def test_a_burst_of_first_keys_makes_one(stage: Stage) -> None:
    acts = stage.discord.acts
    numbers = [await acts.command(ADA, COMMANDS, "gen_key") for _ in range(5)]

    cards = await asyncio.gather(*(acts.answer(number) for number in numbers))

    assert sum(bool(KEY.search(text(card))) for card in cards) == 1
