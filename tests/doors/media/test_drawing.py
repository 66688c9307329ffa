"""/imagine and /edit_image: what is drawn, what it costs, and drawn again after a restart."""

from tests.doors.bot.stage import buttons, hidden
from tests.doors.media.hall import Hall


async def test_a_picture_is_uploaded_with_its_prompt_in_words_and_its_cost(hall: Hall) -> None:
    message = await hall.make("imagine", prompt="A red fox")

    assert message["content"] == "> A red fox\n-# flux · cost 800 · 79,200 tokens left today"
    assert [each["description"] for each in message["attachments"]] == ["A red fox"]
    assert hall.files(message)[0].startswith(b"\x89PNG")
    assert list(buttons(message)) == ["Again · 800", "Vary"]
    assert not hidden(message)
    assert await hall.house.spent() == 800
