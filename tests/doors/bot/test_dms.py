"""Direct messages from the outbox: they arrive, can be turned off, and closed ones stop nobody."""

from typing import Any

import pytest
from sqlalchemy import delete, select

from bot.cogs import courier
from bot.members.telling import QUIET
from bot.sandbox.discord.furniture import ADA, BEA, STAFF
from bot.storage.tables.members import PersonRow
from bot.storage.tables.system import OutboxRow
from tests.doors.bot.stage import PEOPLE, Stage, buttons, hidden, text, until

SAID = "You have **{limit:,}** tokens a day now."


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the courier look often: it waits on the test's clock, which the test moves."""
    monkeypatch.setattr(courier, "LOOK_SECONDS", 0.01)


async def write(stage: Stage, name: str, limit: int) -> int:
    """Leave a direct message for somebody; return their number."""
    inner = stage.house.inner
    member = await inner.members.admitted(PEOPLE[name])
    async with inner.db.begin() as tx:
        await inner.outbox.dm(tx, member.id, "ended.limit", {"limit": limit}, [QUIET])
    return member.id


def received(stage: Stage, who: int) -> list[dict[str, Any]]:
    """Return what somebody has received."""
    channel = str(stage.discord.acts.dm(who))
    messages = stage.discord.world.messages.values()
    return [each for each in messages if each["channel_id"] == channel]


async def told(stage: Stage, number: int) -> bool:
    async with stage.house.inner.db.read() as tx:
        return await stage.house.inner.telling.told(tx, number)


async def test_a_message_arrives_with_its_button(stage: Stage) -> None:
    await write(stage, "ada", 80_000)

    (message,) = await until(lambda: received(stage, ADA))

    assert message["content"] == SAID.format(limit=80_000)
    assert list(buttons(message)) == ["Stop telling me"]


async def test_who_wants_to_hear_no_more_turns_it_off_and_on_again(stage: Stage) -> None:
    number = await write(stage, "ada", 80_000)
    (message,) = await until(lambda: received(stage, ADA))

    stopped = await stage.press(message, "Stop telling me")
    first = await until(lambda: _said(stage, stopped))
    off = await told(stage, number)
    resumed = await stage.press(stage.now(message), "Tell me again")
    second = await until(lambda: _said(stage, resumed))

    assert not off
    assert "I will not write to you about plans that end any more." in first
    assert "I will tell you again" in second
    assert await told(stage, number)
    assert list(buttons(stage.now(message))) == ["Stop telling me"]
    assert stage.now(message)["content"] == SAID.format(limit=80_000)


def _said(stage: Stage, interaction: int) -> str:
    shown = [each for each in stage.discord.acts.replies(interaction) if hidden(each)]
    return "\n".join(map(text, shown))


async def test_closed_messages_are_told_to_staff_together_and_stop_nobody(stage: Stage) -> None:
    stage.discord.world.people[ADA].dms_open = False
    for limit in (1_000, 2_000):
        await write(stage, "ada", limit)
    await write(stage, "bea", 3_000)

    await until(lambda: received(stage, BEA))

    def report() -> list[str]:
        stage.house.clock.move(seconds=1)
        return [said for said in stage.sent(STAFF) if "no direct messages" in said]

    (said,) = await until(report)
    assert "2 members take no direct messages from me" in said
    assert "/all_limits shows them what they have" in said
    assert f"<@{ADA}>" in said
    assert received(stage, ADA) == []


async def test_whoever_had_everything_deleted_meanwhile_is_written_to_no_more(
    stage: Stage,
) -> None:
    inner = stage.house.inner
    member = await inner.members.admitted(PEOPLE["bea"])
    async with inner.db.begin() as tx:
        await inner.outbox.dm(tx, member.id, "ended.limit", {"limit": 1})
        await tx.execute(delete(PersonRow).where(PersonRow.member_id == member.id))
    await write(stage, "ada", 2)

    await until(lambda: received(stage, ADA))
    while await _waits(stage):
        assert received(stage, BEA) == []

    assert stage.calls("POST", "/users/@me/channels")[0].body == {"recipient_id": ADA}
    assert received(stage, BEA) == []


async def _waits(stage: Stage) -> bool:
    async with stage.house.inner.db.read() as tx:
        left = select(OutboxRow.id).where(OutboxRow.done_at.is_(None))
        return await tx.scalar(left) is not None
