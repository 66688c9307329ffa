"""/grant in its other ways: the choice of a grant, the list, and "Grant..." on a person."""

from bot.core.clock import HandClock
from bot.sandbox.discord.components import walk
from bot.sandbox.discord.furniture import ADA, BEA, BOT, CHAT, MO, STAFF
from tests.doors.bot.stage import PEOPLE, SELECT, Stage, buttons, hidden, text
from tests.doors.staff.desk import GRANT, give, grants, refusals


async def choices(stage: Stage, typed: str) -> list[str]:
    """Return what /grant revoke offers while somebody types."""
    found = await stage.discord.acts.autocomplete(
        MO, STAFF, "grant revoke", {"grant": typed}, "grant"
    )
    return [each["name"] for each in found]


async def test_a_grant_is_chosen_from_those_that_run_and_revoked(stage: Stage) -> None:
    await give(stage)
    offered = await stage.discord.acts.autocomplete(
        MO, STAFF, "grant revoke", {"grant": ""}, "grant"
    )
    assert [each["name"] for each in offered] == [
        f"Staff · 320,000 tokens a day · until 2026-11-23 · {ADA}"
    ]

    options = {"grant": offered[0]["value"], "reason": "left the project"}
    question = await stage.run("grant revoke", who=MO, **options)

    assert f"Revoke a grant of <@{ADA}>?" in text(question)
    assert "Grant: Staff → **revoked**" in text(question)
    assert "Their daily limit: 320,000 → **80,000**" in text(question)
    await stage.click(question, "Confirm", MO, done=lambda m: "Undo" in buttons(m))
    assert await grants(stage) == ()


async def test_grants_are_found_by_source_and_by_a_person_s_id(stage: Stage) -> None:
    await give(stage)
    await give(stage, member=str(BEA))

    assert len(await choices(stage, "sta")) == 2
    assert await choices(stage, "donation") == []
    assert [str(BEA) in name for name in await choices(stage, str(BEA))] == [True]
    assert await choices(stage, "404") == []


async def test_a_grant_that_nobody_has_is_named_as_such(stage: Stage) -> None:
    for typed in ("ada", "404", "9" * 40):
        answer = await stage.run("grant revoke", who=MO, grant=typed, reason="-")

        assert text(answer) == (
            "🔎 There is no such grant, or it has ended. /grant list shows a member's grants."
        )


async def test_the_list_shows_each_grant_with_who_gave_it_and_why_and_ends_them(
    stage: Stage, clock: HandClock
) -> None:
    await give(stage)
    acts = stage.discord.acts

    listed = await stage.run("grant list", who=MO, member=str(ADA))

    assert hidden(listed)
    assert f"**Staff**: 320,000 tokens a day, until <t:{_in(clock, 3)}:f>" in text(listed)
    assert f"by <@{MO}>: helped @everyone" in text(listed)
    menu = next(each for each in walk(listed["components"]) if each["type"] == SELECT)
    number = await acts.press(
        MO, int(listed["id"]), menu["custom_id"], [menu["options"][0]["value"]]
    )
    await acts.modal(number)
    question = await acts.answer(await acts.submit(MO, number, {"reason": "a mistake"}))
    await stage.click(question, "Confirm", MO, done=lambda m: "Undo" in buttons(m))
    assert await grants(stage) == ()


async def test_the_list_of_who_has_nothing_says_so(stage: Stage) -> None:
    listed = await stage.run("grant list", who=MO, member=str(ADA))

    assert "No grant runs or waits." in text(listed)
    assert await stage.house.inner.members.known(ADA) is None


async def test_the_menu_on_a_person_asks_what_to_give(stage: Stage) -> None:
    acts = stage.discord.acts
    number = await acts.menu(MO, CHAT, "Grant...", ADA)
    modal = await acts.modal(number)
    fields = {"days": "30", "tokens": "1,000,000", "claude": True, "reason": "helped a lot"}

    question = await acts.answer(await acts.submit(MO, number, fields))

    assert modal["title"] == "Grant to Ada"
    assert hidden(question)
    assert f"Give <@{ADA}> a grant?" in text(question)
    await stage.click(question, "Confirm", MO, done=lambda m: "Undo" in buttons(m))
    (grant,) = await grants(stage)
    assert (grant.daily_tokens, grant.access, grant.unlimited) == (1_000_000, "claude", False)


async def test_the_menu_says_what_was_typed_wrongly(stage: Stage) -> None:
    acts = stage.discord.acts
    for fields, sentence in (
        ({"days": "soon", "tokens": "5"}, "days has to be a whole number from 1 to 3,650"),
        ({"days": "5", "tokens": "-5"}, "tokens has to be a whole number"),
        ({"days": "5", "tokens": ""}, "A grant has to give something"),
    ):
        number = await acts.menu(MO, CHAT, "Grant...", ADA)
        await acts.modal(number)

        answer = await acts.answer(await acts.submit(MO, number, fields | {"reason": "-"}))

        assert sentence in text(answer)
    assert await grants(stage) == ()


async def test_the_menu_knows_bots_and_oneself(stage: Stage) -> None:
    acts = stage.discord.acts

    bot = await acts.answer(await acts.menu(MO, CHAT, "Grant...", BOT))
    number = await acts.menu(MO, CHAT, "Grant...", MO)
    await acts.modal(number)
    fields = {"days": "3", "tokens": "5", "reason": "-"}
    oneself = await acts.answer(await acts.submit(MO, number, fields))

    assert "Bots have no account here" in text(bot)
    assert "Nobody decides about their own account" in text(oneself)
    assert await refusals(stage) == [{"action": "grant.give", "why": "staff.self_grant"}]
    assert await grants(stage, "mo") == ()


async def test_a_grant_to_somebody_new_makes_them_a_member(stage: Stage) -> None:
    assert await stage.house.inner.members.known(PEOPLE["bea"].discord_id) is None

    await give(stage, **(GRANT | {"member": str(BEA)}))

    assert len(await grants(stage, "bea")) == 1


def _in(clock: HandClock, days: int) -> int:
    return int(clock.now().timestamp()) + days * 86_400
