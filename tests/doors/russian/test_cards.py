"""Every card in Russian for whoever's Discord is Russian, with nothing English left in it."""

import re
from typing import Any

import pytest

from bot.sandbox.discord.furniture import ADA, BEA, CHAT, COMMANDS, MO
from tests.doors.bot.referring import bring, code_of
from tests.doors.bot.stage import PEOPLE, Stage, custom_id, hidden, text, until
from tests.doors.russian.reading import field_labels, latin, read
from tests.doors.staff.desk import GRANT

CYRILLIC = re.compile(r"[а-яё]{3,}")
MEMBERS: list[tuple[str, dict[str, Any]]] = [
    ("gen_key", {}),
    ("resetkey", {}),
    ("show_key", {}),
    ("all_limits", {}),
    ("set_limit_mode", {"mode": "requests"}),
    ("usage", {"days": 7}),
    ("user_info", {}),
    ("user_info", {"user": str(BEA)}),
    ("leaderboard", {"board": "referrals"}),
    ("leaderboard", {"board": "levels"}),
    ("leaderboard", {"board": "usage"}),
    ("exchange_referrals", {}),
    ("exchange_referrals", {"referrals": 7}),
    ("activate_referral", {"code": "22222222"}),
    ("models", {}),
    ("models", {"search": "nothing"}),
    ("my_data", {}),
    ("help", {}),
    ("status", {}),
    ("language", {"language": "auto"}),
    ("inbox", {}),
    ("temp_mail", {}),
    ("contest", {}),
    ("song", {"prompt": "blues"}),
]
STAFF_ONLY: list[tuple[str, dict[str, Any]]] = [
    ("member info", {"member": str(ADA)}),
    ("member suspend", {"member": str(ADA), "reason": "-"}),
    ("grant list", {"member": str(ADA)}),
    ("level board", {}),
    ("level grant", {"member": str(ADA), "level": 2, "reason": "-"}),
    ("referrals list", {"member": str(ADA)}),
    ("donation record", {"member": str(ADA), "amount": 10, "receipt": "7"}),
    ("donation record", {"member": str(ADA), "amount": 7, "receipt": "7"}),
    ("audit", {}),
    ("settings", {}),
]


@pytest.mark.parametrize(("name", "options"), MEMBERS)
async def test_a_member_reads_russian(stage: Stage, name: str, options: dict[str, Any]) -> None:
    await stage.house.inner.members.admitted(PEOPLE["ada"])

    shown = read(await stage.run(name, **options))

    assert latin(shown) == [], shown
    assert CYRILLIC.search(shown), shown


@pytest.mark.parametrize(("name", "options"), STAFF_ONLY)
async def test_staff_read_russian(stage: Stage, name: str, options: dict[str, Any]) -> None:
    await stage.house.inner.members.admitted(PEOPLE["ada"])
    await stage.house.grant(PEOPLE["ada"], daily_tokens=320_000, access="claude")
    await stage.house.grant(PEOPLE["ada"], unlimited=True)

    shown = read(await stage.run(name, who=MO, **options))

    assert latin(shown) == [], shown
    assert CYRILLIC.search(shown), shown


async def test_a_card_is_russian_with_its_numbers_and_forms(stage: Stage) -> None:
    limits = text(await stage.run("all_limits"))

    assert limits.startswith("## Ваши лимиты на сегодня\n`░░░░░░░░░░` **0 %**")
    assert "Осталось: **80\N{NO-BREAK SPACE}000** токенов" in limits
    assert "- Для всех: 80\N{NO-BREAK SPACE}000 токенов в день" in limits
    assert "на 3 дня" in limits
    assert "- 5 рефералов: 85\N{NO-BREAK SPACE}000 токенов в день, модели Claude" in limits


async def test_both_modes_stand_in_a_table_that_is_as_narrow_as_in_english(stage: Stage) -> None:
    table = text(await stage.run("set_limit_mode", mode="requests")).split("```")[1]

    assert {len(line) for line in table.strip("\n").splitlines()} == {32}
    assert "токены    запросы*" in table.replace("     ", "    ")


async def test_the_panels_behind_buttons_are_russian(stage: Stage) -> None:
    await bring(stage, 5)
    counter = await stage.run("exchange_referrals")
    question = await stage.click(counter, "5", done=lambda now: "Обменять" in text(now))
    done = await stage.click(question, "Подтвердить", done=lambda now: "Обменяно" in text(now))
    key = await stage.run("gen_key")
    asked = await stage.click(key, "Пересоздать", done=lambda now: "Заменить" in text(now))
    kept = await stage.click(asked, "Отмена", done=lambda now: "Ничего" in text(now))

    for panel in (counter, question, done, asked, kept):
        assert latin(read(stage.now(panel))) == [], read(panel)
    assert "Обменяно 5 рефералов" in text(done)


async def test_a_code_is_asked_about_and_activated_in_russian(stage: Stage) -> None:
    await stage.house.inner.members.admitted(PEOPLE["bea"])
    code = await code_of(stage, "bea")

    question = await stage.run("activate_referral", code=code)
    done = await stage.click(question, "Подтвердить", done=lambda now: "активирован" in text(now))

    assert latin(read(question) + read(done)) == []
    assert "Вы получите: **160\N{NO-BREAK SPACE}000 токенов в день, модели Claude**" in text(
        question
    )


async def test_modals_are_russian(stage: Stage) -> None:
    acts = stage.discord.acts
    card = await stage.run("grant list", who=MO, member=str(ADA))
    await stage.run("gen_key")
    data = await stage.run("my_data")

    grant = await acts.modal(await acts.press(MO, int(card["id"]), custom_id(card, "Выдать...")))
    delete = await acts.modal(await stage.press(data, "Удалить всё..."))

    for modal in (grant, delete):
        assert latin(field_labels(modal)) == [], field_labels(modal)


async def test_a_staff_act_is_russian_from_its_question_to_its_undo(stage: Stage) -> None:
    question = await stage.run("grant give", who=MO, **(GRANT | {"reason": "-"}))
    done = await stage.click(question, "Подтвердить", MO, done=lambda now: "Готово" in text(now))
    listed = await stage.run("audit", who=MO)

    for shown in (question, done, listed):
        assert latin(read(shown)) == [], read(shown)
    assert f"Выдать бонус участнику <@{ADA}>?" in text(question)
    assert f"<@{MO}> выдаёт бонус участнику <@{ADA}>" in text(done)
    assert "Дневной лимит: 80\N{NO-BREAK SPACE}000 → **320\N{NO-BREAK SPACE}000**" in text(done)
    assert "1. Выдать бонус участнику …" in read(listed)


async def test_refusals_are_russian(stage: Stage) -> None:
    told = await stage.run("member info", where=CHAT, forged=True, member=str(BEA))
    nothing = await stage.run("show_key")
    buttons = await stage.run("gen_key", who=BEA)
    number = await stage.press(buttons, "My limits", BEA)
    english = await until(lambda: stage.discord.acts.replies(number))

    assert text(told).startswith("🔒 Это могут только модераторы нашего сервера")
    assert "вас ещё нет ключа" in text(nothing)
    assert text(english[-1]).startswith("## Your limits today")


async def test_what_is_offered_while_typing_is_russian(stage: Stage) -> None:
    acts = stage.discord.acts

    packs = await acts.autocomplete(
        ADA, COMMANDS, "exchange_referrals", {"referrals": ""}, "referrals"
    )
    models = await acts.autocomplete(ADA, COMMANDS, "chat", {"prompt": "-", "model": ""}, "model")

    assert packs[0]["name"].startswith("5 рефералов: 85")
    assert models
    assert [word for each in packs for word in latin(each["name"])] == []


async def test_the_suspended_read_why_in_russian(stage: Stage) -> None:
    member = await stage.house.inner.members.admitted(PEOPLE["ada"])
    await stage.house.inner.members.suspend(member.id, "спам")

    shown = await stage.run("gen_key")

    assert text(shown) == (
        "⛔ Ваш аккаунт приостановлен: «спам». Если это ошибка, обратитесь к модератору."
    )
    assert hidden(shown)
