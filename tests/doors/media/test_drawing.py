"""/imagine: what is drawn, what it costs, and why not."""

import asyncio
from contextlib import AsyncExitStack

from bot.cogs.media.drawing import DrawingCommands
from bot.cogs.media.line import AT_ONCE, Line
from bot.core.clock import HandClock
from bot.members.people import Person
from bot.sandbox.discord.furniture import ADA, BEA, CHAT, COMMANDS, LOBBY, MO
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.storage.database import Database
from tests.doors.bot.stage import buttons, hidden, until
from tests.doors.media.hall import OURS, QUICK, Hall, opened_hall
from tests.fakes.bazaar import model

FINE = Trouble()


async def begun(hall: Hall, name: str = "imagine", who: int = ADA, **options: object) -> int:
    """Run a command whose upstream keeps everybody waiting; the interaction's number."""
    before = hall.upstreams["openai"].asked
    hall.upstreams["openai"].faults.next(Fault.SLOW)
    number = await hall.discord.acts.command(who, CHAT, name, options)
    await hall.upstreams["openai"].until(lambda upstream: upstream.asked > before)
    return number


async def made_and_gone(line: Line) -> None:
    """Wait for a turn and leave at once."""
    async with line.place(AT_ONCE, print):
        pass


async def test_a_picture_is_uploaded_with_its_prompt_in_words_and_its_cost(hall: Hall) -> None:
    message = await hall.make("imagine", prompt="A red fox")

    assert message["content"] == "> A red fox\n-# flux · cost 800 · 79,200 tokens left today"
    assert [each["description"] for each in message["attachments"]] == ["A red fox"]
    assert [each["filename"] for each in message["attachments"]] == ["picture-1.png"]
    assert hall.files(message)[0].startswith(b"\x89PNG")
    assert list(buttons(message)) == ["Again · 800", "Vary"]
    assert not hidden(message)
    assert hall.discord.world.pinged[int(message["id"])] == frozenset()
    [record] = await hall.house.records()
    assert (record.endpoint, record.cost) == ("discord.imagine", 800)
    assert await hall.house.spent() == 800


async def test_several_pictures_of_a_shape_cost_several_times(hall: Hall) -> None:
    message = await hall.make("imagine", prompt="A fox", n=3, size="16:9")

    shapes = [(each["width"], each["height"]) for each in message["attachments"]]
    assert shapes == [(256, 146)] * 3
    assert len(set(hall.files(message))) == 3
    assert "cost 2,400 ·" in message["content"]
    assert "Again · 2,400" in buttons(message)
    assert hall.upstreams["openai"].seen[0].body["size"] == "1792x1024"


async def test_the_command_is_acknowledged_before_anything_else(hall: Hall) -> None:
    await hall.make("imagine", prompt="A fox")

    callback, *_ = hall.calls("POST", "/interactions/")
    assert callback.body == {"type": 5}


async def test_a_long_prompt_is_cut_above_the_picture_and_in_its_words(hall: Hall) -> None:
    message = await hall.make("imagine", prompt="fox\n" * 900)

    assert message["content"].startswith("> fox\n> fox\n")
    assert "…\n-# flux · cost 800" in message["content"]
    [file] = message["attachments"]
    assert len(file["description"]) == 1_024


async def test_what_came_is_shown_and_paid_and_the_rest_is_not(hall: Hall) -> None:
    # airforce makes one picture a request; the second one fails, also when it is tried again.
    airforce = hall.upstreams["airforce"]
    airforce.faults.next(FINE, Fault.BROKEN, Fault.BROKEN)
    hall.upstreams["openai"].faults.every(Fault.BAD_REQUEST)

    message = await hall.make("imagine", prompt="A fox", n=2)

    assert len(message["attachments"]) == 1
    assert message["content"] == (
        "> A fox\n-# 1 of 2 came; nothing is charged for the others\n"
        "-# flux · cost 800 · 79,200 tokens left today"
    )
    assert await hall.house.spent() == 800


async def test_an_upstream_that_fails_costs_nothing_and_another_try_is_a_click_away(
    hall: Hall,
) -> None:
    for upstream in hall.upstreams.values():
        upstream.faults.every(Fault.BROKEN)
    failed = await hall.make("imagine", prompt="A fox")
    for upstream in hall.upstreams.values():
        upstream.faults.every(None)
    mended = await hall.pressed(failed, "Again")

    assert failed["content"] == (
        "> A fox\n🔌 `flux` is not answering. Nothing was charged. Try again, or choose another "
        "model."
    )
    assert failed["attachments"] == []
    assert len(mended["attachments"]) == 1
    assert await hall.house.spent() == 800


async def test_a_prompt_that_every_upstream_refuses_says_why(hall: Hall) -> None:
    for upstream in hall.upstreams.values():
        upstream.faults.every(Fault.BAD_REQUEST)

    message = await hall.make("imagine", prompt="A fox")

    assert message["content"] == (
        "> A fox\n⚠️ No upstream makes this: The loopback upstream was told to refuse. Nothing was "
        "charged. Change your words, or choose another model."
    )
    assert "Vary" in buttons(message)


async def test_a_spent_allowance_is_a_short_public_word(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_hall(db, clock, discord, limits={"daily_tokens": 1_000}) as hall:
        aloud = await hall.make("imagine", prompt="A fox", n=2)
        await hall.make("imagine", prompt="A fox")
        alone = await hall.make("imagine", prompt="A fox", where=discord.acts.dm(ADA))

    assert aloud["content"].startswith("🪫 Too little of today's allowance is left for this.")
    assert not hidden(aloud)
    assert "200 of 1,000 are left" in alone["content"]


async def test_a_model_that_cannot_draw_here_is_refused_in_words(hall: Hall) -> None:
    refusals = {
        "fluks": "🔎 There is no model `fluks`. Did you mean `flux`",
        "tts-1": "⚠️ `tts-1` is not for making pictures, it is for: speech. /models lists",
        "claude-paints": "🔒 `claude-paints` needs Claude access.",
        "any-uncensored": "🔒 `any-uncensored` is only for age-restricted channels.",
    }

    told = {chosen: await hall.make("imagine", prompt="A", model=chosen) for chosen in refusals}

    assert all(told[chosen]["content"].startswith(words) for chosen, words in refusals.items())
    assert await hall.house.spent() == 0


async def test_a_model_for_adults_draws_in_age_restricted_channels_and_where_one_is_alone(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    discord.world.channels[COMMANDS]["nsfw"] = True
    async with opened_hall(db, clock, discord) as hall:
        among = await hall.make("imagine", prompt="A", model="any-uncensored", where=COMMANDS)
        dm = discord.acts.dm(ADA)
        alone = await hall.make("imagine", prompt="A", model="any-uncensored", where=dm)

    assert len(among["attachments"]) == len(alone["attachments"]) == 1


async def test_without_a_model_for_pictures_that_is_said(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_hall(db, clock, discord, models=[OURS[0]]) as hall:
        message = await hall.make("imagine", prompt="A fox")
        offered = await discord.acts.autocomplete(ADA, CHAT, "imagine", {}, "model")

    assert message["content"].startswith("🔌 No model here is for making pictures yet.")
    assert offered == []


async def test_models_that_draw_are_offered_with_what_a_picture_costs(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    many = [model(f"flux-{number}", "image", "openai") for number in range(40)]
    async with opened_hall(db, clock, discord, models=[*OURS, *many]) as hall:
        offer = hall.discord.acts.autocomplete
        everything = await offer(ADA, CHAT, "imagine", {"model": ""}, "model")
        paints = await offer(ADA, CHAT, "imagine", {"model": "PAINT"}, "model")
        editors = await offer(ADA, CHAT, "edit_image", {"model": ""}, "model")

    assert len(everything) == 25
    assert everything[0] == {"name": "flux · 800 tokens", "value": "flux"}
    assert [each["name"] for each in paints] == ["claude-paints · 800 tokens · claude access"]
    assert [each["value"] for each in editors] == ["flux"]


async def test_one_member_has_one_picture_made_at_a_time(hall: Hall) -> None:
    first = await begun(hall, prompt="A fox")
    busy = await hall.make("imagine", prompt="A hen")
    other = await hall.make("imagine", prompt="A hen", who=BEA)
    hall.upstreams["openai"].gate.set()
    over = await hall.over(first)

    assert busy["content"] == "⚠️ Your last one is still being made. Wait until it is there."
    assert len(other["attachments"]) == len(over["attachments"]) == 1


async def test_a_line_says_what_is_being_made_until_it_is_there(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_hall(db, clock, discord, QUICK) as hall:
        number = await begun(hall, prompt="A fox", n=2)
        making = await discord.acts.settled(number, done=lambda m: "makes" in m["content"])
        hall.upstreams["openai"].gate.set()
        over = await hall.over(number)

    begun_at = int(clock.now().timestamp())
    assert making["content"] == f"> A fox\n🎨 `flux` makes your 2 pictures · begun <t:{begun_at}:R>"
    assert making["components"] == []
    assert over["id"] == making["id"]
    assert "makes" not in over["content"]


async def test_who_waits_is_told_how_many_are_before_them(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_hall(db, clock, discord, QUICK) as hall, AsyncExitStack() as others:
        [cog] = [each for each in hall.bot.cogs if isinstance(each, DrawingCommands)]
        line = cog._easel.bench.line
        for user in range(AT_ONCE):
            await others.enter_async_context(line.place(user, print))
        first = asyncio.create_task(made_and_gone(line))
        await asyncio.sleep(0)
        number = await discord.acts.command(ADA, CHAT, "imagine", {"prompt": "A fox"})
        second = await discord.acts.settled(number, done=lambda m: "In line" in m["content"])
        await others.aclose()
        await first
        over = await hall.over(number)

    assert second["content"] == "> A fox\n⏳ In line: 2 before you."
    assert len(over["attachments"]) == 1


async def test_a_failure_after_a_line_was_shown_takes_its_place(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with opened_hall(db, clock, discord, QUICK) as hall:
        number = await begun(hall, prompt="A fox")
        await discord.acts.settled(number, done=lambda m: "makes" in m["content"])
        member = await hall.house.member(Person(ADA, at_home=True))
        await hall.house.inner.members.suspend(member, "sold keys")
        over = await hall.over(number)

    assert over["content"].startswith("> A fox\n⛔ This account is suspended.")
    assert len(hall.discord.acts.replies(number)) == 1


async def test_a_picture_survives_a_discord_that_stumbles(hall: Hall) -> None:
    hall.discord.faults.cut("PATCH", "@original", times=2)

    message = await hall.make("imagine", prompt="A fox")

    assert len(message["attachments"]) == 1


async def test_a_deleted_reply_is_not_mourned(hall: Hall) -> None:
    number = await begun(hall, prompt="A fox")
    thinking = hall.discord.world.interactions[number].original
    await hall.discord.acts.delete(MO, thinking)
    hall.upstreams["openai"].gate.set()

    await until(lambda: not hall.bot.client._running)

    assert hall.sent(CHAT) == []
    assert await hall.house.spent() == 800


async def test_elsewhere_only_members_seen_at_home_have_pictures_made(hall: Hall) -> None:
    stranger = await hall.make("imagine", prompt="A fox", who=BEA, where=LOBBY)
    await hall.make("imagine", prompt="A fox", who=BEA)
    known = await hall.make("imagine", prompt="A fox", who=BEA, where=LOBBY)

    assert stranger["content"].startswith("🔒 This is for members of our own server.")
    assert len(known["attachments"]) == 1
