"""A verdict reads right in Discord and on a terminal, in its reader's language."""

from bot.words.language import Language, speaking
from bot.words.names import power
from bot.words.phrase import Phrase
from bot.words.verdict import Line, Mark, Named, Verdict, troubles

PLACE = {
    "bot": "Latchkey",
    "channel": Named("<#7>", "#log"),
    "label": [Phrase("field.community.log_channel"), Phrase("field.community.staff_channel")],
    "powers": [power("view_channel"), power("send_messages")],
    "own": Named("<@&9>", "Latchkey"),
}
CLOSED = Verdict(Mark.FAIL, "channels", "checkup.cannot_post", PLACE, mend="checkup.mend.channel")


def test_discord_reads_mentions_and_a_terminal_names() -> None:
    assert CLOSED.told() == (
        "Latchkey cannot post in <#7> (Log channel, Staff channel): it lacks View Channel, Send "
        "Messages there. Mend: Edit Channel > Permissions > Advanced permissions > add <@&9>, and "
        "allow it there."
    )
    assert CLOSED.printed() == Line(
        Mark.FAIL,
        "channels",
        "Latchkey cannot post in #log (Log channel, Staff channel): it lacks View Channel, Send "
        "Messages there. Mend: Edit Channel > Permissions > Advanced permissions > add Latchkey, "
        "and allow it there.",
    )


def test_discord_is_told_in_the_readers_language_and_a_terminal_in_english() -> None:
    with speaking(Language.RU):
        told, printed = CLOSED.told(), CLOSED.printed()

    assert told.startswith("Latchkey не может писать в <#7>")
    assert "Настроить канал > Права доступа" in told
    assert printed == CLOSED.printed()


def test_the_worst_comes_first_and_what_is_well_not_at_all() -> None:
    well, odd = (Verdict(mark, "x", "checkup.intents") for mark in (Mark.OK, Mark.WARN))

    assert troubles([well, odd, CLOSED]) == [CLOSED, odd]
