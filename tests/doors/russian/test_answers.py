"""What stands around answers and pictures, in Russian; what models say stays as they say it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bot.cogs.media.drawing import DrawingCommands
from bot.cogs.media.line import AT_ONCE, Line
from bot.core.clock import HandClock
from bot.sandbox.discord.furniture import ADA, BEA, CHAT, MO
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.stage import buttons, text
from tests.doors.chat.room import Room, opened_room
from tests.doors.media.hall import QUICK, Hall, opened_hall
from tests.doors.russian.reading import field_labels, latin, read

NAMES = {
    "gpt",
    "flux",
    "claude",
    "sonnet",
    "maker",
    "seer",
    "Because",
}  # of models, and what one says


@pytest.fixture
async def room(db: Database, clock: HandClock, discord: LoopbackDiscord) -> AsyncIterator[Room]:
    """A room to chat in."""
    async with opened_room(db, clock, discord) as opened:
        yield opened


@pytest.fixture
async def hall(db: Database, clock: HandClock, discord: LoopbackDiscord) -> AsyncIterator[Hall]:
    """A hall in which things are made."""
    async with opened_hall(db, clock, discord) as opened:
        yield opened


async def test_an_answer_has_russian_buttons_and_says_in_russian_what_it_cost(room: Room) -> None:
    asked = await room.asked("Почему?")
    asked.telling.say("Because. ")
    running = await asked.sees(lambda message: "Стоп" in buttons(message))
    stop = list(buttons(running))

    asked.telling.end()
    await asked.sees(lambda message: "Заново" in buttons(message))

    assert stop == ["Стоп"]
    assert list(buttons(asked.message)) == ["Заново", "Ветка", "Удалить"]
    assert "списано" in asked.parts[0]
    assert "на сегодня осталось: 79" in asked.parts[0]
    assert set(latin(read(asked.message))) <= NAMES


async def test_whoever_mentions_the_bot_is_answered_in_the_servers_language(room: Room) -> None:
    spoken = await room.talked("Почему?", who=BEA)

    assert list(buttons(spoken.message)) == ["Заново", "Ветка", "Удалить"]


async def test_refusals_around_chats_are_russian(room: Room) -> None:
    acts = room.discord.acts

    unknown = await acts.answer(await room.ask(model="gpt-4"))
    blind = await acts.answer(await room.ask(model="flux"))
    choices = await acts.autocomplete(
        ADA, CHAT, "chat", {"prompt": "-", "model": "claude"}, "model"
    )

    assert text(unknown).startswith("🔎 Модели `gpt-4` нет. Возможно, это `gpt-4o`")
    assert "её назначение: картинки" in text(blind)
    assert choices[0]["name"] == "claude-3-5-sonnet · ×1 · доступ claude"


async def test_a_picture_is_made_and_varied_in_russian(hall: Hall) -> None:
    made = await hall.make("imagine", prompt="кот")
    vary = await hall.discord.acts.modal(await hall.press(made, "Вариация"))

    assert list(buttons(made)) == ["Ещё раз · 800", "Вариация"]
    assert "на сегодня осталось" in read(made)
    assert set(latin(read(made))) <= NAMES
    assert latin(field_labels(vary)) == []


async def test_a_speech_that_is_too_long_is_refused_in_russian(hall: Hall) -> None:
    said = await hall.make("speech", who=MO, text=" ")

    assert text(said).startswith("⚠️ В `text` нужно: текст от 1 до 4\N{NO-BREAK SPACE}096 символов")


async def test_how_far_the_line_is_is_said_in_russian_whoever_moves_it(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_hall(db, clock, discord, QUICK) as hall, AsyncExitStack() as others:
        [cog] = [each for each in hall.bot.cogs if isinstance(each, DrawingCommands)]
        line = cog._easel.bench.line
        for user in range(1, AT_ONCE):
            await others.enter_async_context(line.place(user, print))
        one = await others.enter_async_context(AsyncExitStack())
        await one.enter_async_context(line.place(0, print))
        gone = asyncio.Event()
        before = asyncio.create_task(_held(line, gone))
        await asyncio.sleep(0)
        number = await discord.acts.command(ADA, CHAT, "imagine", {"prompt": "кот"})
        await discord.acts.settled(number, done=lambda m: "ещё 2 заказа" in m["content"])
        await one.aclose()  # here nobody speaks Russian
        await discord.acts.settled(number, done=lambda m: "ещё 1 заказ." in m["content"])
        await others.aclose()
        over = await hall.over(number)
        gone.set()
        await before

    assert "списано" in over["content"]


async def _held(line: Line, gone: asyncio.Event) -> None:
    async with line.place(AT_ONCE, print):
        await gone.wait()
