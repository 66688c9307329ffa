"""What moderators do in these tests, and what is seen of it."""

from typing import Any

from bot.allowance.rules import Grant
from bot.sandbox.discord.furniture import ADA, MO, STAFF
from tests.doors.bot.stage import PEOPLE, Stage, buttons, hidden, text, until

GRANT: dict[str, Any] = {
    "member": str(ADA),
    "days": 3,
    "reason": "helped @everyone",
    "tokens": 320_000,
}


async def grants(stage: Stage, person: str = "ada") -> tuple[Grant, ...]:
    """Return the grants that a person has."""
    known = await stage.house.inner.members.known(PEOPLE[person].discord_id)
    return await stage.house.inner.allowances.of(known.id) if known else ()


async def refusals(stage: Stage) -> list[Any]:
    """Return what was refused, as the record has it, oldest first."""
    entries = await stage.house.inner.audit.browse(limit=100)
    return [dict(entry.after) for entry in reversed(entries) if entry.action == "refused"]


async def post(stage: Stage, number: int = 0, channel: int = STAFF) -> dict[str, Any]:
    """Wait for a post in a channel, the first by default."""

    def posted() -> list[dict[str, Any]]:
        every = stage.discord.world.messages.values()
        here = [each for each in every if each["channel_id"] == str(channel)]
        return [each for each in here if not hidden(each)][number:]

    found: list[dict[str, Any]] = await until(posted)
    return found[0]


async def give(stage: Stage, who: int = MO, **more: Any) -> dict[str, Any]:
    """Run /grant give and confirm it."""
    question = await stage.run("grant give", who=who, **(GRANT | more))
    return await stage.click(question, "Confirm", who, done=lambda m: "Confirm" not in buttons(m))


async def refused(stage: Stage, number: int) -> str:
    """Wait for the sentence that turns a click away."""
    acts = stage.discord.acts
    replies = await until(lambda: [m for m in acts.replies(number) if hidden(m)])
    return text(replies[-1])
