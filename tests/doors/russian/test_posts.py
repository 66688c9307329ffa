"""Posts speak their server's language, direct messages their reader's, buttons too."""

from typing import Any

import pytest

from bot.cogs.tongue import Tongue
from bot.members.telling import QUIET
from bot.outbox import Place
from bot.sandbox.discord.furniture import ADA, BEA, ELSEWHERE, HOME, MO, OWNER, STAFF
from bot.words.language import Language
from bot.words.letter import Knob, Letter
from tests.doors.bot.stage import PEOPLE, Stage, buttons, text, until
from tests.doors.russian.reading import latin
from tests.doors.staff.desk import GRANT, post

LARGE = GRANT | {"tokens": 2_000_000, "reason": "-"}


async def received(stage: Stage, who: int) -> dict[str, Any]:
    """Wait for what somebody receives."""
    channel = str(stage.discord.acts.dm(who))
    messages = stage.discord.world.messages.values
    found = await until(lambda: [each for each in messages() if each["channel_id"] == channel])
    return dict(found[-1])


async def write(stage: Stage, name: str) -> None:
    """Leave a direct message for somebody, with a button."""
    inner = stage.house.inner
    member = await inner.members.admitted(PEOPLE[name])
    async with inner.db.begin() as tx:
        await inner.outbox.dm(tx, member.id, "ended.limit", {"limit": 80_000}, [QUIET])


async def test_a_post_speaks_the_servers_language_with_its_buttons(stage: Stage) -> None:
    question = await stage.run("grant give", who=MO, **(GRANT | {"reason": "-"}))
    await stage.click(question, "Подтвердить", MO, done=lambda now: "Готово" in text(now))

    logged = await post(stage)

    assert latin(text(logged)) == [], text(logged)
    assert f"<@{MO}> выдаёт бонус участнику <@{ADA}>" in text(logged)
    assert list(buttons(logged)) == ["Откатить"]


async def test_what_becomes_of_a_post_is_written_below_in_its_own_language(stage: Stage) -> None:
    stage.discord.world.people[OWNER].locale = "en-US"
    question = await stage.run("grant give", who=MO, **LARGE)
    waits = await stage.click(question, "Подтвердить", MO, done=lambda now: "нужен" in text(now))
    asked = await post(stage)
    offered = list(buttons(asked))

    await stage.click(asked, "Одобрить", OWNER, done=lambda now: not buttons(now))

    assert "нужен второй модератор" in text(waits)
    assert offered == ["Одобрить", "Отклонить"]
    assert text(stage.now(asked)).endswith(f"✅ Одобрено: <@{OWNER}>")


async def test_an_english_reader_of_a_russian_server_reads_english_replies(stage: Stage) -> None:
    stage.discord.world.people[MO].locale = "en-GB"

    question = await stage.run("grant give", who=MO, **(GRANT | {"reason": "-"}))

    assert text(question).startswith(f"## Give <@{ADA}> a grant?")


async def test_a_direct_message_speaks_the_saved_language_else_the_home_servers(
    stage: Stage,
) -> None:
    await stage.run("language", language="en")

    await write(stage, "ada")
    await write(stage, "bea")
    english, russian = await received(stage, ADA), await received(stage, BEA)

    assert english["content"] == "You have **80,000** tokens a day now."
    assert list(buttons(english)) == ["Stop telling me"]
    assert russian["content"] == "Теперь ваш лимит токенов в день: **80\N{NO-BREAK SPACE}000**."
    assert list(buttons(russian)) == ["Больше не сообщать"]


async def test_a_saved_language_wins_over_the_clients(stage: Stage) -> None:
    await stage.run("language", language="en")

    limits = await stage.run("all_limits")
    asked = await stage.run("gen_key")
    shown = await stage.click(asked, "My limits", done=lambda now: "limits" in text(now))

    assert text(limits).startswith("## Your limits today")
    assert text(shown).startswith("## Your limits today")


async def test_the_language_comes_back_to_discords_once_the_choice_is_taken_back(
    stage: Stage,
) -> None:
    await stage.run("language", language="en")

    said = await stage.run("language", language="auto")

    assert text(said) == "Теперь я говорю с вами на языке вашего Discord: по-русски."
    assert text(await stage.run("all_limits")).startswith("## Ваши лимиты на сегодня")


async def test_the_servers_language_is_spoken_where_the_clients_is_not_told(stage: Stage) -> None:
    stage.discord.world.people[ADA].locale = ""

    limits = await stage.run("all_limits")

    assert text(limits).startswith("## Ваши лимиты на сегодня")


async def test_a_post_of_an_earlier_version_keeps_the_labels_it_was_written_with(
    stage: Stage,
) -> None:
    inner = stage.house.inner
    letter = Letter(["staff.cancelled"], buttons=[Knob("Undo", "staff.undo", (7,))])
    async with inner.db.begin() as tx:
        await inner.outbox.post_letter(tx, Place.STAFF, letter)

    posted = await post(stage)

    assert list(buttons(posted)) == ["Undo"]
    assert text(posted) == "Отменено. Ничего не изменилось."


@pytest.mark.parametrize(
    ("guild", "language"),
    [(HOME, Language.RU), (ELSEWHERE, Language.EN), (404, Language.EN)],
)
async def test_a_server_that_the_bot_does_not_know_is_spoken_to_in_english(
    stage: Stage, guild: int, language: Language
) -> None:
    tongue = stage.bot.courier.tongue

    assert isinstance(tongue, Tongue)
    assert tongue.of_guild(guild) is language
    assert tongue.of_channel(STAFF) is Language.RU
    assert tongue.of_channel(404) is Language.RU  # the home server's
