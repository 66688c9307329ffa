"""The language Latchkey speaks: the one chosen, else the one of the reader's Discord."""

from bot.sandbox.discord.furniture import ADA
from bot.words.language import Language, chosen
from tests.doors.bot.stage import Stage


async def test_the_chosen_language_stays_until_it_is_left_to_discord_again(stage: Stage) -> None:
    await stage.run("language", language="ru")
    russian = await stage.house.inner.languages.of(ADA)

    await stage.run("language", language="auto")

    assert russian is Language.RU
    assert await stage.house.inner.languages.of(ADA) is None


def test_a_locale_that_is_not_spoken_is_answered_in_english() -> None:
    assert chosen(None, "de", "ru") is Language.EN
    assert chosen(None, "", "ru") is Language.RU
    assert chosen(Language.EN, "ru") is Language.EN
