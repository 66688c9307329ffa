"""/member info, suspend, restore and reset_key."""

import re
from typing import Any

from bot.sandbox.discord import shapes
from bot.sandbox.discord.furniture import ADA, BEA, HOME, MO, OWNER
from bot.sandbox.discord.permissions import Permission
from tests.doors.bot.stage import KEY, PEOPLE, Stage, buttons, hidden, key_in, text
from tests.doors.staff.desk import give, post, refusals, refused


async def act(stage: Stage, name: str, **more: Any) -> dict[str, Any]:
    """Run a command of /member about Ada and confirm it."""
    options = {"member": str(ADA), "reason": "sold keys"} | more
    question = await stage.run(f"member {name}", who=MO, **options)
    return await stage.click(question, "Confirm", MO, done=lambda m: "Confirm" not in buttons(m))


async def test_staff_see_all_of_a_member_but_not_one_character_of_the_key(stage: Stage) -> None:
    key = key_in(await stage.run("gen_key"))
    await give(stage)

    info = await stage.run("member info", who=MO, member=str(ADA))

    assert hidden(info)
    shown = text(info)
    assert f"## Ada · <@{ADA}>" in shown
    assert "Limit: **320,000 tokens a day**" in shown
    assert "**Staff**: 320,000 tokens a day, until <t:" in shown
    assert f"<@{MO}> gave <@{ADA}> a grant: helped @everyone" in shown
    assert "Key: one, made" in shown
    assert key[-4:] not in str(info)
    assert "lk_" not in str(info)


async def test_staff_see_donations_and_refusals_in_the_record(stage: Stage) -> None:
    donation: dict[str, Any] = {"member": str(ADA), "amount": 5, "receipt": "PAY-1"}
    question = await stage.run("donation record", who=MO, **donation)
    await stage.click(question, "Confirm", MO, done=lambda m: "Undo" in buttons(m))
    await stage.run("member suspend", who=ADA, forged=True, member=str(MO), reason="-")

    shown = text(await stage.run("member info", who=MO, member=str(ADA)))

    assert re.search(r"- \$5, <t:\d+:D>", shown)
    assert f"<@{ADA}> was refused: Suspend somebody\n" in shown


async def test_who_never_came_is_unknown(stage: Stage) -> None:
    info = await stage.run("member info", who=MO, member=str(ADA))

    assert text(info) == "Ada has not used Latchkey yet."


async def test_the_card_leads_to_a_grant(stage: Stage) -> None:
    await stage.run("gen_key")
    info = await stage.run("member info", who=MO, member=str(ADA))
    acts = stage.discord.acts

    number = await stage.press(info, "Grant...", MO)
    await acts.modal(number)
    fields = {"days": "3", "tokens": "5", "reason": "-"}

    question = await acts.answer(await acts.submit(MO, number, fields))
    assert f"Give <@{ADA}> a grant?" in text(question)


async def test_a_suspended_member_reads_why_until_they_are_restored(stage: Stage) -> None:
    await stage.run("gen_key")

    done = await act(stage, "suspend")
    assert "Suspended: no → **yes**" in text(done)
    turned_away = await stage.run("show_key")
    info = await stage.run("member info", who=MO, member=str(ADA))
    await act(stage, "restore", reason="said sorry")
    back = await stage.run("show_key")

    assert 'Your account is suspended: "sold keys"' in text(turned_away)
    assert "**Suspended:** sold keys" in text(info)
    assert KEY.search(text(back))


async def test_only_an_administrator_suspends_an_administrator(stage: Stage) -> None:
    world, ruling = stage.discord.world, Permission.ADMINISTRATOR
    world.guilds[HOME]["roles"].append(shapes.role(2301, "Admin", position=1, permissions=ruling))
    world.members[HOME][BEA]["roles"].append("2301")
    for other in (OWNER, BEA):
        answer = await stage.run("member suspend", who=MO, member=str(other), reason="a coup")
        assert "Only an administrator of the server may suspend one" in text(answer)
    assert (
        await refusals(stage) == [{"action": "member.suspend", "why": "staff.not_over_admins"}] * 2
    )

    question = await stage.run("member suspend", who=OWNER, member=str(BEA), reason="a coup")
    done = await stage.click(question, "Confirm", OWNER, done=lambda m: "Undo" in buttons(m))

    assert "Suspended: no → **yes**" in text(done)
    restored = await act(stage, "restore", member=str(BEA), reason="said sorry")
    number = await stage.press(restored, "Undo", MO)
    assert "Only an administrator of the server may suspend one" in await refused(stage, number)


async def test_a_reason_of_blanks_is_refused_in_words(stage: Stage) -> None:
    answer = await stage.run("member suspend", who=MO, member=str(ADA), reason="   ")

    assert "A reason has to say something" in text(answer)
    assert not buttons(answer)


async def test_suspending_twice_or_restoring_for_nothing_is_said(stage: Stage) -> None:
    free = await stage.run("member restore", who=MO, member=str(ADA), reason="-")
    await act(stage, "suspend")
    twice = await stage.run("member suspend", who=MO, member=str(ADA), reason="-")

    assert "This member is not suspended" in text(free)
    assert "This member is suspended already" in text(twice)


async def test_a_suspended_moderator_does_not_restore_themself(stage: Stage) -> None:
    await stage.run("gen_key", who=MO)
    await stage.house.inner.members.suspend(await stage.house.member(PEOPLE["mo"]), "sold keys")

    answer = await stage.run("member restore", who=MO, member=str(MO), reason="-")

    assert "whoever is suspended acts as no moderator" in text(answer)
    assert await refusals(stage) == [{"action": "member.restore", "why": "staff.suspended"}]


async def test_a_suspended_moderator_sees_of_others_what_any_member_sees(stage: Stage) -> None:
    await give(stage)
    trusted = await stage.run("user_info", who=MO, user=str(ADA))
    await stage.house.inner.members.suspend(await stage.house.member(PEOPLE["mo"]), "sold keys")

    shown = await stage.run("user_info", who=MO, user=str(ADA))
    record = await stage.run("audit", who=MO)

    assert text(shown) != text(trusted)
    assert "whoever is suspended acts as no moderator" in text(record)


async def test_staff_reset_a_key_and_see_neither_the_old_nor_the_new_one(stage: Stage) -> None:
    old = key_in(await stage.run("gen_key"))

    done = await act(stage, "reset_key", reason="leaked")

    log = await post(stage)
    new = key_in(await stage.run("show_key"))
    assert new != old
    for seen in (done, log):
        assert KEY.search(str(seen)) is None
        assert all(key[-4:] not in text(seen) for key in (old, new))
    assert "Undo" not in buttons(done)
    assert buttons(log) == {}


async def test_who_has_no_key_has_none_to_reset(stage: Stage) -> None:
    answer = await stage.run("member reset_key", who=MO, member=str(ADA), reason="-")

    assert text(answer) == "🔎 This member has no key: nothing to reset."
