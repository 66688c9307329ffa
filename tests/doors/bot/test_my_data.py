"""/my_data: the file, the word that deletes, and who may."""

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.core.clock import HandClock
from bot.sandbox.discord.furniture import ADA, BEA, COMMANDS, HOME, LEVELS, LOBBY, MO
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.storage.database import Database
from bot.storage.tables.members import PersonRow
from tests.doors.bot.stage import (
    PEOPLE,
    Stage,
    acted,
    buttons,
    hidden,
    key_in,
    running,
    text,
    until,
)

DELETE = "Delete everything..."


async def asked_to_delete(stage: Stage, who: int = ADA) -> tuple[int, dict[str, Any]]:
    """Press the button that deletes; return the interaction's number and its modal."""
    panel = await stage.run("my_data", who=who)
    number = await stage.press(panel, DELETE, who)
    return number, await stage.discord.acts.modal(number)


async def typed(stage: Stage, word: str, who: int = ADA) -> int:
    """Type a word into the modal; return the number of its submission."""
    number, _ = await asked_to_delete(stage, who)
    return await stage.discord.acts.submit(who, number, {"word": word})


async def said(stage: Stage, number: int, words: str) -> dict[str, Any]:
    """Wait until the answer to a submission says something; return it."""
    answer: dict[str, Any] = await until(
        lambda: next(
            (each for each in stage.discord.acts.replies(number) if words in text(each)), None
        )
    )
    return answer


async def people(stage: Stage) -> set[int]:
    async with stage.house.inner.db.read() as tx:
        return set((await tx.scalars(select(PersonRow.discord_id))).all())


async def test_it_tells_what_is_kept_and_offers_both_rights(stage: Stage) -> None:
    await stage.run("gen_key")

    panel = await stage.run("my_data")

    assert hidden(panel)
    assert "We never keep what you ask or what is answered" in text(panel)
    assert list(buttons(panel)) == ["Download JSON", DELETE]


async def test_the_file_holds_everything_and_only_its_owner_gets_it(stage: Stage) -> None:
    key = key_in(await stage.run("gen_key"))
    await stage.house.grant(PEOPLE["ada"], daily_tokens=160_000)
    panel = await stage.run("my_data")

    reply = await stage.click(panel, "Download JSON", done=lambda each: each["attachments"])

    assert hidden(reply)
    (file,) = reply["attachments"]
    assert file["filename"] == "latchkey-data.json"
    async with httpx.AsyncClient(verify=False) as http:
        told = json.loads((await http.get(file["url"])).content)
    assert told["you"]["discord_id"] == str(ADA)
    assert told["keys"][0]["key"].endswith(key[-4:])
    assert told["grants"][0]["daily_tokens"] == 160_000
    assert key not in json.dumps(told)


async def test_the_word_deletes_everything_and_the_key_with_it(stage: Stage) -> None:
    key = key_in(await stage.run("gen_key"))
    client = stage.house.client(key)
    assert (await client.get("/v1/usage")).status_code == 200

    answer = await said(stage, await typed(stage, "DELETE"), "Everything is deleted")

    assert hidden(answer)
    assert buttons(answer) == {}
    assert ADA not in await people(stage)
    assert (await client.get("/v1/usage")).status_code == 401
    assert "nothing to delete" in text(await stage.run("my_data"))


async def test_the_modal_says_what_happens_and_what_stays(stage: Stage) -> None:
    await stage.run("gen_key")

    _, modal = await asked_to_delete(stage)

    shown = json.dumps(modal)
    assert modal["title"] == "Delete everything"
    assert "Type DELETE to delete everything" in shown
    assert "copies of the database for 7 days" in shown
    assert "the staff's log" in shown
    assert "today are not escaped" in shown


@pytest.mark.parametrize("word", ["delete", "DELETE!", "yes"])
async def test_another_word_deletes_nothing(stage: Stage, word: str) -> None:
    key = key_in(await stage.run("gen_key"))

    answer = await said(stage, await typed(stage, word), "Nothing was deleted")

    assert "you did not type DELETE" in text(answer)
    assert (await stage.house.client(key).get("/v1/usage")).status_code == 200
    assert ADA in await people(stage)


async def seen_by_staff(stage: Stage) -> tuple[str, str]:
    """Return what both commands tell a moderator of Ada."""
    record = await stage.run("member info", who=MO, member=str(ADA))
    profile = await stage.run("user_info", who=MO, user=str(ADA))
    return text(record), text(profile)


async def test_the_suspended_may_take_and_delete_their_data_and_stay_suspended(
    stage: Stage,
) -> None:
    await stage.run("gen_key")
    await stage.house.inner.members.suspend(await stage.house.member(PEOPLE["ada"]), "sold keys")
    panel = await stage.run("my_data")
    reply = await stage.click(panel, "Download JSON", done=lambda each: each["attachments"])
    assert reply["attachments"]

    await said(stage, await typed(stage, "DELETE"), "Everything is deleted")

    gone = await seen_by_staff(stage)
    public = text(await stage.run("user_info", who=BEA, user=str(ADA)))
    returned = text(await stage.run("gen_key"))
    back = await seen_by_staff(stage)
    for shown in (*gone, *back):
        assert "suspended" in shown.lower()
        assert "the reason was deleted at their request" in shown
        assert "(lost)" not in shown
    assert "has not used Latchkey yet" in public
    assert "Your account is suspended. The reason is no longer kept." in returned


async def test_a_running_answer_ends_and_is_paid_for(stage: Stage) -> None:
    await stage.run("gen_key")
    stage.house.first.faults.next(Trouble(Fault.SLOW, 3))
    number = await stage.discord.acts.command(
        ADA, COMMANDS, "chat", {"prompt": "hello", "model": "gpt-4o"}
    )
    await until(lambda: stage.house.first.seen)

    await said(stage, await typed(stage, "DELETE"), "Everything is deleted")

    ended = await stage.discord.acts.settled(number)
    assert "Stop" not in buttons(ended)
    assert ADA not in await people(stage)
    assert await stage.house.spent() > 0


async def test_the_level_role_goes_while_it_is_known_whose_it_is(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    roles = {"level_roles": {"1": LEVELS[0]}}
    async with acted(db, clock, discord, community=roles) as stage, running(stage.bot):
        await stage.run("gen_key")
        number = await stage.house.member(PEOPLE["ada"])
        inner = stage.house.inner
        async with inner.db.begin() as tx:
            await inner.levelling.levels.grant(tx, number, 1, giver_id=number, reason=None)
        member = discord.world.members[HOME][ADA]
        await until(lambda: str(LEVELS[0]) in member["roles"])

        await said(stage, await typed(stage, "DELETE"), "Everything is deleted")

        assert str(LEVELS[0]) not in discord.world.members[HOME][ADA]["roles"]


async def test_who_was_never_here_has_nothing_and_becomes_no_member(stage: Stage) -> None:
    panel = await stage.run("my_data", who=BEA, where=LOBBY)

    assert "We know nothing of you" in text(panel)
    assert await people(stage) == set()


async def test_it_answers_in_direct_messages_too(stage: Stage) -> None:
    await stage.run("gen_key")

    panel = await stage.run("my_data", where=stage.discord.acts.dm(ADA))

    assert "Download JSON" in buttons(panel)
