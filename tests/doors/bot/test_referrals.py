"""/activate_referral and /exchange_referrals, from the preview to what became of it."""

from datetime import timedelta

import pytest

from bot.core.clock import HandClock
from bot.members.people import DISCORD_EPOCH
from bot.sandbox.discord import shapes
from bot.sandbox.discord.acts import Refused
from bot.sandbox.discord.furniture import ADA, BEA, COMMANDS, HOME, LOBBY, MO, OWNER
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.discord.world import Person as Inhabitant
from bot.storage.database import Database
from tests.conftest import NOON
from tests.doors.bot.referring import bring, code_of, done
from tests.doors.bot.stage import PEOPLE, Stage, acted, buttons, hidden, running, text, until

NOON_UNIX = int(NOON.timestamp())
THREE_DAYS = NOON_UNIX + 3 * 86_400
MONTH = NOON_UNIX + 30 * 86_400


async def test_a_code_is_previewed_confirmed_and_gives_at_once(stage: Stage) -> None:
    code = await code_of(stage, "mo")

    asked = await stage.run("activate_referral", code=f"{code[:4]}-{code[4:].lower()}")

    assert hidden(asked)
    assert f"The code `{code}` is <@{MO}>'s" in text(asked)
    assert "**160,000 tokens a day, Claude models**" in text(asked)
    assert f"until <t:{THREE_DAYS}:f>" in text(asked)
    assert "adds nothing" not in text(asked)
    assert set(buttons(asked)) == {"Confirm", "Cancel"}
    said = await done(stage, asked, "Confirm")
    assert "Your code is activated" in said
    assert f"until <t:{THREE_DAYS}:f>" in said
    assert "of **160,000** tokens" in text(await stage.run("all_limits"))


async def test_cancel_activates_nothing(stage: Stage) -> None:
    asked = await stage.run("activate_referral", code=await code_of(stage, "mo"))

    said = await done(stage, asked, "Cancel")

    assert said == "Nothing has changed: no code was activated."
    assert "of **80,000** tokens" in text(await stage.run("all_limits"))


async def test_the_preview_says_until_when_a_code_adds_nothing(stage: Stage) -> None:
    code = await code_of(stage, "mo")
    await stage.run("all_limits")
    await stage.house.grant(PEOPLE["ada"], days=1, daily_tokens=500_000, access="claude")

    asked = await stage.run("activate_referral", code=code)

    until_ = NOON_UNIX + 86_400
    assert f"adds nothing now: you already have as much or more until <t:{until_}:f>" in text(asked)


async def test_a_code_that_adds_nothing_at_all_is_said_to(stage: Stage) -> None:
    code = await code_of(stage, "mo")
    await stage.run("all_limits")
    await stage.house.grant(PEOPLE["ada"], days=9, unlimited=True, access="claude")

    asked = await stage.run("activate_referral", code=code)

    assert "adds nothing at all" in text(asked)


async def test_confirm_works_after_a_restart(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    async with acted(db, clock, discord) as stage, running(stage.bot):
        asked = await stage.run("activate_referral", code=await code_of(stage, "mo"))

    async with acted(db, clock, discord) as later, running(later.bot):
        said = await done(later, asked, "Confirm")

    assert "Your code is activated" in said


async def test_own_unknown_used_and_looping_codes_have_their_own_words(stage: Stage) -> None:
    own, mine = await code_of(stage, "ada"), await code_of(stage, "bea")
    asked = await stage.run("activate_referral", who=BEA, code=own)
    await done(stage, asked, "Confirm", BEA)

    said = {
        "own": text(await stage.run("activate_referral", code=own)),
        "loop": text(await stage.run("activate_referral", code=mine)),
        "unknown": text(await stage.run("activate_referral", code="22222222")),
        "used": text(await stage.run("activate_referral", who=BEA, code=own)),
    }

    assert "That is your own code" in said["own"]
    assert "came by yours" in said["loop"]
    assert "Nobody has that code" in said["unknown"]
    assert f"You activated a code on <t:{NOON_UNIX}:D>" in said["used"]
    assert len(set(said.values())) == 4


async def test_a_second_confirm_is_told_that_the_code_was_used(stage: Stage) -> None:
    code = await code_of(stage, "mo")
    first = await stage.run("activate_referral", code=code)
    second = await stage.run("activate_referral", code=code)

    await done(stage, first, "Confirm")
    number = await stage.press(second, "Confirm")

    said = await until(
        lambda: [m for m in stage.discord.acts.replies(number) if "You activated" in text(m)]
    )
    assert "once per person, ever" in text(said[0])


async def test_a_young_account_is_told_when_it_is_old_enough(
    stage: Stage, discord: LoopbackDiscord
) -> None:
    born = NOON - timedelta(days=6)
    young = int((born - DISCORD_EPOCH) / timedelta(milliseconds=1)) << 22
    world = discord.world
    world.users[young] = shapes.user(young, "newt", "Newt")
    world.people[young] = Inhabitant()
    world.members[HOME][young] = shapes.member(world.users[young], (), 1_700_000_000.0)

    said = text(await stage.run("activate_referral", who=young, code=await code_of(stage, "mo")))

    assert f"too new to activate a code. Come back <t:{NOON_UNIX + 86_400}:R>" in said


async def test_elsewhere_a_code_is_not_activated(stage: Stage) -> None:
    code = await code_of(stage, "mo")

    said = text(await stage.run("activate_referral", who=BEA, where=LOBBY, code=code))

    assert "in our own server only" in said


async def test_the_suspended_are_told_so_and_their_code_rests(stage: Stage) -> None:
    code, members = await code_of(stage, "mo"), stage.house.inner.members
    await members.suspend(await stage.house.member(PEOPLE["mo"]), "sold keys")

    resting = text(await stage.run("activate_referral", code=code))
    suspended = text(await stage.run("activate_referral", who=MO, code=await code_of(stage, "ada")))

    assert "does not work at the moment" in resting
    assert "sold keys" in suspended


async def test_the_counter_offers_what_one_can_afford(stage: Stage) -> None:
    await bring(stage, 12)

    counter = await stage.run("exchange_referrals")

    assert hidden(counter)
    assert "You have **12** referrals to exchange" in text(counter)
    assert "- 60 referrals: 1,600,000 tokens a day, Claude models, for 30 days" in text(counter)
    offered = {label: each.get("disabled", False) for label, each in buttons(counter).items()}
    assert offered == {"5": False, "10": False, "20": True, "40": True, "60": True}


async def test_an_exchange_is_previewed_confirmed_and_given(stage: Stage) -> None:
    await bring(stage, 7)
    counter = await stage.run("exchange_referrals")

    question = await stage.click(counter, "5", done=lambda now: "Exchange 5" in text(now))
    assert "It leaves you 2 of your 7" in text(question)
    assert "**85,000 tokens a day, Claude models**" in text(question)
    assert f"until <t:{MONTH}:f>" in text(question)
    said = await done(stage, question, "Confirm")

    assert "You exchanged 5 referrals" in said
    assert f"until <t:{MONTH}:f>" in said
    assert "You have **2** referrals" in text(await stage.run("exchange_referrals"))


async def test_the_same_plan_again_says_when_it_starts(stage: Stage) -> None:
    await bring(stage, 10)
    await done(stage, await stage.run("exchange_referrals", referrals=5), "Confirm")

    again = await stage.run("exchange_referrals", referrals=5)

    assert f"from <t:{MONTH}:f> until" in text(again)
    assert "because the same plan runs until then" in text(again)
    assert "It adds nothing now: it starts when what you have has ended." in text(again)


async def test_cancel_exchanges_nothing(stage: Stage) -> None:
    await bring(stage, 5)

    said = await done(stage, await stage.run("exchange_referrals", referrals=5), "Cancel")

    assert said == "Nothing has changed: your referrals are all there."
    assert "You have **5** referrals" in text(await stage.run("exchange_referrals"))


async def test_too_few_and_odd_numbers_have_their_own_words(stage: Stage) -> None:
    await bring(stage, 3)

    short = text(await stage.run("exchange_referrals", referrals=5))
    odd = text(await stage.run("exchange_referrals", referrals=7))

    assert "You have 3 referrals to exchange, and this takes 5" in short
    assert "7 referrals cannot be exchanged. You can exchange 5, 10, 20, 40, 60" in odd


async def test_typing_a_number_offers_the_packs(stage: Stage) -> None:
    acts = stage.discord.acts

    everything = await acts.autocomplete(ADA, COMMANDS, "exchange_referrals", {}, "referrals")
    some = await acts.autocomplete(
        ADA, COMMANDS, "exchange_referrals", {"referrals": "4"}, "referrals"
    )

    assert [each["value"] for each in everything] == [5, 10, 20, 40, 60]
    assert "85,000 tokens a day" in everything[0]["name"]
    assert [each["value"] for each in some] == [40]


async def test_nobody_else_can_press_ones_buttons(stage: Stage) -> None:
    await bring(stage, 5)
    question = await stage.run("exchange_referrals", referrals=5)

    with pytest.raises(Refused):  # Discord shows the panel to nobody else
        await stage.press(question, "Confirm", OWNER)


async def test_user_info_shows_code_activations_and_balance_to_oneself_and_staff(
    stage: Stage,
) -> None:
    await bring(stage, 7)
    await done(stage, await stage.run("exchange_referrals", referrals=5), "Confirm")
    code = await code_of(stage, "ada")

    own = text(await stage.run("user_info"))
    staffs = text(await stage.run("user_info", who=MO, user=str(ADA)))
    others = text(await stage.run("user_info", who=BEA, user=str(ADA)))

    for said in (own, staffs):
        assert f"Referral code `{code}`, activated by 7" in said
        assert "**2** referrals to exchange" in said
    assert code not in others
