"""/audit: the record of staff acts, page by page, each in full, undone from there."""

from typing import Any

from bot.sandbox.discord.components import walk
from bot.sandbox.discord.furniture import ADA, BEA, HOME, MO, OWNER
from tests.doors.bot.stage import SELECT, Stage, buttons, hidden, text, until
from tests.doors.staff.desk import GRANT, give, grants, refusals, refused


async def enter(stage: Stage, panel: dict[str, Any], number: int, who: int = MO) -> dict[str, Any]:
    """Pick an act of a page by its number, and return the panel then."""
    menu = next(each for each in walk(panel["components"]) if each["type"] == SELECT)
    value = menu["options"][number - 1]["value"]
    before = text(panel)
    await stage.discord.acts.press(who, int(panel["id"]), menu["custom_id"], [value])
    return await until(lambda: (now := stage.now(panel)) and text(now) != before and now)


async def turn(stage: Stage, panel: dict[str, Any], label: str) -> dict[str, Any]:
    """Turn the page."""
    before = text(panel)
    await stage.press(panel, label, MO)
    return await until(lambda: (now := stage.now(panel)) and text(now) != before and now)


async def test_the_record_lists_what_was_done_and_refused_newest_first(stage: Stage) -> None:
    await give(stage)
    await stage.run("grant give", who=MO, **(GRANT | {"member": str(MO)}))

    record = await stage.run("audit", who=MO)

    assert hidden(record)
    title, first, second = text(record).splitlines()
    assert title == "## What staff did"
    assert first.startswith("1. ")
    assert f"<@{MO}> was refused: Give <@{MO}> a grant" in first
    assert f"<@{MO}> gave <@{ADA}> a grant" in second
    assert second.endswith(": helped @everyone")


async def test_an_act_is_shown_in_full_and_undone_from_there(stage: Stage) -> None:
    await give(stage)
    record = await stage.run("audit", who=OWNER)

    whole = await enter(stage, record, 1, OWNER)

    assert "Their daily limit: 80,000 → **320,000**" in text(whole)
    assert list(buttons(whole)) == ["Back", "Undo"]
    await stage.press(whole, "Undo", OWNER)
    await until(lambda: "undone by" in text(stage.now(record)))
    assert await grants(stage) == ()
    again = await stage.run("audit", who=OWNER)
    assert f"<@{OWNER}> undid: Give <@{ADA}> a grant" in text(again).splitlines()[1]
    older = await enter(stage, again, 2, OWNER)
    assert "(undone)" in text(older)
    assert list(buttons(older)) == ["Back"]


async def test_a_refusal_says_why(stage: Stage) -> None:
    await stage.run("grant give", who=MO, **(GRANT | {"member": str(MO)}))
    record = await stage.run("audit", who=MO)

    whole = await enter(stage, record, 1)

    assert "> Nobody decides about their own account" in text(whole)
    assert "Action" not in text(whole)
    back = await turn(stage, whole, "Back")
    assert text(back) == text(record)


async def test_the_record_of_one_member_holds_what_they_did_and_what_was_done_to_them(
    stage: Stage,
) -> None:
    await give(stage)
    await give(stage, member=str(BEA))

    of_ada = text(await stage.run("audit", who=MO, member=str(ADA)))
    of_mo = text(await stage.run("audit", who=MO, member=str(MO)))
    of_olga = text(await stage.run("audit", who=MO, member=str(OWNER)))

    assert of_ada.splitlines()[0] == f"## What <@{ADA}> did, or was done to them"
    assert len(of_ada.splitlines()) == 2
    assert len(of_mo.splitlines()) == 3
    assert "Olga" in of_olga


async def test_the_record_is_read_page_by_page(stage: Stage) -> None:
    for _ in range(12):
        await stage.run("announce", who=ADA, forged=True, text="hello")
    record = await stage.run("audit", who=MO)
    assert len(text(record).splitlines()) == 11
    assert buttons(record)["Newest"]["disabled"]

    older = await turn(stage, record, "Older")

    assert len(text(older).splitlines()) == 3
    assert buttons(older)["Older"]["disabled"]
    newest = await turn(stage, older, "Newest")
    assert text(newest) == text(record)


async def test_the_record_is_for_staff(stage: Stage) -> None:
    said = await stage.run("audit", who=ADA, forged=True)

    assert "Only moderators of our own server" in text(said)
    assert await refusals(stage) == [{"action": "audit", "why": "staff.not_staff"}]


async def test_who_is_no_moderator_any_more_reads_no_further(stage: Stage) -> None:
    await give(stage)
    record = await stage.run("audit", who=MO)
    menu = next(each for each in walk(record["components"]) if each["type"] == SELECT)
    stage.discord.world.members[HOME][MO]["roles"] = []

    values = [menu["options"][0]["value"]]
    number = await stage.discord.acts.press(MO, int(record["id"]), menu["custom_id"], values)

    assert "Only moderators of our own server" in await refused(stage, number)
    assert text(stage.now(record)) == text(record)
