"""/donation record and refund."""

from typing import Any

from bot.sandbox.discord.furniture import ADA, BEA, MO
from tests.doors.bot.stage import Stage, buttons, text
from tests.doors.staff.desk import grants, post

DONATION: dict[str, Any] = {"member": str(ADA), "amount": 10, "receipt": "PAY-1"}


async def record(stage: Stage, **more: Any) -> dict[str, Any]:
    """Record a donation and confirm it."""
    question = await stage.run("donation record", who=MO, **(DONATION | more))
    return await stage.click(question, "Confirm", MO, done=lambda m: "Undo" in buttons(m))


async def test_a_donation_is_previewed_recorded_and_posted_without_its_receipt(
    stage: Stage,
) -> None:
    question = await stage.run("donation record", who=MO, **DONATION)
    assert f"Record a donation of <@{ADA}>?" in text(question)
    assert "Donation: **$10**" in text(question)
    assert "Their daily limit: 80,000 → **960,000**" in text(question)

    await stage.click(question, "Confirm", MO, done=lambda m: "Undo" in buttons(m))

    assert [grant.plan for grant in await grants(stage)] == ["10"]
    log = await post(stage)
    assert f"<@{MO}> recorded a donation of <@{ADA}>" in log["content"]
    assert "PAY-1" not in log["content"]
    assert "Reason" not in log["content"]


async def test_a_used_receipt_and_an_odd_amount_are_refused_in_words(stage: Stage) -> None:
    await record(stage)

    again = await stage.run(
        "donation record", who=MO, **(DONATION | {"member": str(BEA), "receipt": " pay-1 "})
    )
    odd = await stage.run("donation record", who=MO, **(DONATION | {"amount": 7}))

    assert "That receipt was recorded" in text(again)
    assert "Donations are $3, $5, $10, $15, $100" in text(odd)
    assert "/grant give" in text(odd)


async def test_a_refund_is_previewed_and_ends_the_plan(stage: Stage) -> None:
    await record(stage)

    question = await stage.run("donation refund", who=MO, receipt="pay-1", reason="paid back")
    assert f"Refund a donation of <@{ADA}>?" in text(question)
    assert "Donation: $10 → **refunded**" in text(question)
    refunded = await stage.click(question, "Confirm", MO, done=lambda m: "Undo" in buttons(m))

    assert await grants(stage) == ()
    await stage.click(refunded, "Undo", MO, done=lambda m: not buttons(m))
    assert [grant.plan for grant in await grants(stage)] == ["10"]


async def test_a_receipt_that_nobody_recorded_cannot_be_refunded(stage: Stage) -> None:
    answer = await stage.run("donation refund", who=MO, receipt="PAY-9", reason="-")

    assert "No donation was recorded by that receipt" in text(answer)
