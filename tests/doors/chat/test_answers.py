"""What a member sees of an answer in Discord while it grows, and once it is there."""

from bot.sandbox.discord.furniture import ADA, CHAT
from tests.doors.bot.stage import buttons, hidden
from tests.doors.chat.room import CURSOR, Room


async def test_an_answer_grows_below_the_question_and_says_what_it_cost(room: Room) -> None:
    asked = await room.asked("Why is the sky blue?")
    asked.telling.say("Because ", "of Rayleigh.")
    growing = await asked.reads("Rayleigh")
    asked.telling.end(" Light scatters.")
    over = await asked.over()

    assert growing["content"] == f"> Why is the sky blue?\nBecause of Rayleigh. {CURSOR}"
    assert list(buttons(growing)) == ["Stop"]
    assert over["content"] == (
        "> Why is the sky blue?\nBecause of Rayleigh. Light scatters.\n"
        "-# gpt-4o · cost 13 · 79,987 tokens left today"
    )
    assert list(buttons(over)) == ["Regenerate"]
    assert not hidden(over)
    assert await room.house.spent() == 13
