"""/settings: what is in force and why, changed by modals, previewed, confirmed and undone."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.core.clock import HandClock
from bot.sandbox.discord import shapes
from bot.sandbox.discord.components import walk
from bot.sandbox.discord.furniture import (
    ADA,
    ANNOUNCEMENTS,
    BEA,
    BOT_ROLE,
    CHAT,
    COMMANDS,
    ELSEWHERE,
    HOME,
    LEVELS,
    LOBBY,
    MO,
    MODERATOR,
    OWNER,
    STAFF,
)
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.refusals import Refused
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.stage import PEOPLE, Stage, acted, buttons, hidden, running, text, until
from tests.doors.staff.desk import GRANT, post, refusals, refused

QUIET = 3_050
WHY = {"reason": "as we agreed"}
NAMES = ("moderator_roles", "staff_channel", "log_channel", "announce_channel")
OPEN = dict.fromkeys(NAMES, ...)  # what latchkey.toml leaves to /settings


@pytest.fixture
async def free(db: Database, clock: HandClock, discord: LoopbackDiscord) -> AsyncIterator[Stage]:
    """A bot whose latchkey.toml names the home guild and nothing else."""
    async with acted(db, clock, discord, community=OPEN) as stage, running(stage.bot):
        yield stage


def quiet(discord: LoopbackDiscord, deny: Permission) -> None:
    """Add a channel that denies the bot something."""
    deny_bot = shapes.overwrite(BOT_ROLE, deny=deny)
    made = shapes.channel(QUIET, HOME, "quiet", position=9, overwrites=(deny_bot,))
    discord.world.channels[QUIET] = made


def listing(stage: Stage) -> None:
    """Let the upstreams list every model that routes name."""
    for upstream in (stage.house.first, stage.house.second):
        upstream.models = (*upstream.models, "their-gpt", "maker/deep-model")


async def opened(stage: Stage, group: str, who: int = MO) -> tuple[int, dict[str, Any]]:
    """Run /settings and press a group's button: the modal's number, and the modal."""
    panel = await stage.run("settings", who=who)
    number = await stage.press(panel, group, who)
    return number, await stage.discord.acts.modal(number)


async def sent(stage: Stage, group: str, who: int = MO, /, **fields: Any) -> dict[str, Any]:
    """Fill a group's modal in and return what comes of it; __ stands for a dot."""
    number, _ = await opened(stage, group, who)
    filled = {name.replace("__", "."): value for name, value in fields.items()}
    reply = await stage.discord.acts.submit(who, number, WHY | filled)
    return await stage.discord.acts.answer(reply)


async def changed(stage: Stage, group: str, who: int = MO, /, **fields: Any) -> dict[str, Any]:
    """Change settings and confirm."""
    question = await sent(stage, group, who, **fields)
    assert "Change the settings?" in text(question), text(question)
    return await stage.click(question, "Confirm", who, done=lambda m: "Confirm" not in buttons(m))


def field(modal: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a modal's field."""
    inside = [each["component"] for each in modal["components"]]
    return next(each for each in inside if each["custom_id"] == name)


async def test_the_panel_shows_what_is_in_force_and_what_the_file_keeps(stage: Stage) -> None:
    listing(stage)

    panel = await stage.run("settings", who=MO)

    assert hidden(panel)
    said = text(panel).splitlines()
    assert f"Log channel: **<#{STAFF}>** 🔒 `community.log_channel`" in said
    assert "Tokens a day for everyone: **80,000**" in said
    assert "Exchanging referrals: **instant**" in said
    assert "Level roles: **none: levels give no roles**" in said
    assert "To mend" not in text(panel)
    wanted = ["Channels", "Limits", "More limits", "Referrals and levels", "Level roles", "Staff"]
    assert list(buttons(panel)) == wanted


async def test_a_group_that_the_file_names_wholly_cannot_be_opened(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    named = {"thresholds": [1, 2, 3]}
    sections: dict[str, Any] = {"levels": named, "referrals": {"exchange": "instant"}}
    async with acted(db, clock, discord, **sections) as stage, running(stage.bot):
        panel = await stage.run("settings", who=MO)

        assert buttons(panel)["Referrals and levels"]["disabled"]
        with pytest.raises(Refused):
            await stage.press(panel, "Referrals and levels", MO)


async def test_a_limit_is_changed_and_holds_for_the_next_call(stage: Stage) -> None:
    client = stage.house.client(await stage.house.key(PEOPLE["ada"]))
    assert (await client.get("/v1/usage")).json()["limit"] == 80_000

    done = await changed(stage, "Limits", limits__daily_tokens="120,000")

    assert f"<@{MO}> changed the settings" in text(done)
    assert "Tokens a day for everyone: 80,000 → **120,000**" in text(done)
    assert (await client.get("/v1/usage")).json()["limit"] == 120_000
    log = await post(stage)
    assert log["content"].splitlines() == [
        f"<@{MO}> changed the settings",
        "Tokens a day for everyone: 80,000 → **120,000**",
        "> Reason: as we agreed",
    ]
    panel = text(await stage.run("settings", who=MO))
    assert "Tokens a day for everyone: **120,000** ✏️" in panel


async def test_a_change_is_undone_on_its_log_post(stage: Stage) -> None:
    await changed(stage, "Limits", limits__daily_tokens="120000", limits__in_flight="9")
    log = await post(stage)

    await stage.press(log, "Undo", OWNER)

    await until(lambda: not buttons(stage.now(log)))
    limits = stage.house.inner.community.limits
    assert (limits.daily_tokens, limits.in_flight) == (80_000, 4)


async def test_the_modal_holds_what_is_in_force_and_an_emptied_field_is_the_default(
    stage: Stage,
) -> None:
    await changed(stage, "Limits", limits__daily_tokens="5")
    _, modal = await opened(stage, "Limits")
    tokens = field(modal, "limits.daily_tokens")
    assert (tokens["value"], tokens["placeholder"]) == ("5", "Left empty: 80,000")

    done = await changed(stage, "Limits", limits__daily_tokens="")

    assert "Tokens a day for everyone: 5 → **80,000**" in text(done)
    assert "✏️" not in text(await stage.run("settings", who=MO)).partition("-#")[0]


async def test_values_that_will_not_do_are_refused_all_at_once(stage: Stage) -> None:
    said = await sent(stage, "Limits", limits__daily_tokens="many", limits__in_flight="0")

    assert hidden(said)
    assert text(said).splitlines() == [
        "⚠️ That will not do, and nothing was changed:",
        '- limits.daily_tokens: must be a whole number from 0 to 1000000000000, not "many"',
        "- limits.in_flight: must be a whole number from 1 to 1000000000, not 0",
    ]


async def test_a_modal_sent_as_it_was_changes_nothing(stage: Stage) -> None:
    for group in ("Channels", "Limits", "More limits", "Referrals and levels", "Level roles"):
        assert "That is how it is already" in text(await sent(stage, group))


async def test_choices_and_thresholds_are_changed_together(stage: Stage) -> None:
    done = await changed(
        stage,
        "Referrals and levels",
        referrals__exchange=["approval"],
        levels__thresholds="10 20, 30",
    )

    assert "Exchanging referrals: instant → **approval by staff**" in text(done)
    assert "Points for each level: 100, 400, 1,000 → **10, 20, 30**" in text(done)
    assert stage.house.inner.community.levels.thresholds == (10, 20, 30)


async def test_channels_are_picked_and_what_was_picked_stays(free: Stage) -> None:
    picked = {"community.announce_channel": [str(ANNOUNCEMENTS)]}
    picked["community.chat_channels"] = [str(CHAT), str(COMMANDS)]
    await changed(free, "Channels", OWNER, **picked)
    _, modal = await opened(free, "Channels", OWNER)
    preset = field(modal, "community.chat_channels")["default_values"]
    assert [each["id"] for each in preset] == [str(CHAT), str(COMMANDS)]

    await changed(free, "Channels", OWNER, community__staff_channel=[str(STAFF)])

    places = free.house.inner.community.community
    assert places.chat_channels == (CHAT, COMMANDS)
    assert (places.announce_channel, places.staff_channel) == (ANNOUNCEMENTS, STAFF)
    await changed(free, "Channels", OWNER, community__chat_channels=[])
    assert free.house.inner.community.community.chat_channels == ()


async def test_the_first_log_channel_hears_of_its_own_choice(free: Stage) -> None:
    assert "staff acts are posted nowhere" in text(await free.run("settings", who=OWNER))

    await changed(free, "Channels", OWNER, community__log_channel=[str(STAFF)])

    said = (await post(free))["content"]
    assert f"Log channel: none: staff acts are posted nowhere → **<#{STAFF}>**" in said


async def test_a_channel_where_the_bot_cannot_post_is_not_taken(
    discord: LoopbackDiscord, db: Database, clock: HandClock
) -> None:
    quiet(discord, Permission.SEND_MESSAGES)
    async with acted(db, clock, discord, community=OPEN) as free, running(free.bot):
        said = await sent(free, "Channels", OWNER, community__staff_channel=[str(QUIET)])

    assert text(said) == (
        f"🔒 Latchkey cannot post in <#{QUIET}> (Staff channel): it lacks Send Messages there. "
        f"Mend: Edit Channel > Permissions > Advanced permissions > add <@&{BOT_ROLE}>, and allow "
        "it there."
    )


async def test_level_roles_are_picked_but_never_one_that_carries_power(stage: Stage) -> None:
    first, second = (str(role) for role in LEVELS[:2])
    picked = {"community.level_roles.1": [first], "community.level_roles.2": [second]}
    done = await changed(stage, "Level roles", **picked)
    assert f"→ **1: <@&{first}>, 2: <@&{second}>**" in text(done)

    said = await sent(stage, "Level roles", **{"community.level_roles.3": [str(MODERATOR)]})
    everyone = await sent(stage, "Level roles", **{"community.level_roles.3": [str(HOME)]})

    assert "cannot be the role of level 3. It carries power" in text(said)
    assert "It is the role of everyone" in text(everyone)
    await changed(stage, "Level roles", **{"community.level_roles.1": []})
    assert stage.house.inner.community.community.level_roles == {2: LEVELS[1]}


async def test_more_than_four_levels_are_asked_for_in_turns(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    more = {str(level): {"daily_tokens": level} for level in range(4, 7)}
    sections: dict[str, Any] = {
        "plans": {"level": more},
        "levels": {"thresholds": [1, 2, 3, 4, 5, 6]},
    }
    async with acted(db, clock, discord, **sections) as stage, running(stage.bot):
        _, modal = await opened(stage, "Level roles 5-6")
        picked = {"community.level_roles.6": [str(LEVELS[0])]}
        await changed(stage, "Level roles 5-6", **picked)

        assert [each["label"] for each in modal["components"]] == [
            "Role of level 5",
            "Role of level 6",
            "Reason",
        ]
        assert stage.house.inner.community.community.level_roles == {6: LEVELS[0]}


async def test_what_bounds_the_staff_is_changed_by_administrators_alone(stage: Stage) -> None:
    large = GRANT | {"unlimited": True}
    said = await sent(stage, "Staff", staff__second_approval_above="0")
    assert "Only an administrator of the server may change this" in text(said)
    assert await refusals(stage) == [{"action": "settings.change", "why": "staff.not_admin"}]
    assert "second moderator" in text(await stage.run("grant give", who=MO, **large))

    done = await changed(stage, "Staff", OWNER, staff__second_approval_above="0")

    assert "Second moderator for grants above: 1,000,000 → **never needed**" in text(done)
    assert "second moderator" not in text(await stage.run("grant give", who=MO, **large))


async def test_a_new_moderator_role_makes_staff_at_once_and_everyone_is_none(free: Stage) -> None:
    said = await sent(free, "Staff", OWNER, community__moderator_roles=[str(HOME)])
    assert "everybody would be staff" in text(said)

    await changed(free, "Staff", OWNER, community__moderator_roles=[str(MODERATOR)])

    assert "## Settings" in text(await free.run("settings", who=MO))


@pytest.mark.parametrize("who", [ADA, BEA])
async def test_whoever_is_no_staff_is_refused_and_audited(stage: Stage, who: int) -> None:
    said = await stage.run("settings", who=who, forged=True)

    assert "Only moderators of our own server" in text(said)
    assert await refusals(stage) == [{"action": "settings.change", "why": "staff.not_staff"}]


async def test_who_is_no_moderator_any_more_can_open_nothing(stage: Stage) -> None:
    panel = await stage.run("settings", who=MO)
    stage.discord.world.members[HOME][MO]["roles"] = []

    said = await refused(stage, await stage.press(panel, "Limits", MO))

    assert "Only moderators of our own server" in said
    assert await refusals(stage) == [{"action": "settings.change", "why": "staff.not_staff"}]


async def test_a_panel_is_for_whoever_asked_for_it(stage: Stage) -> None:
    panel = await stage.run("settings", who=MO)

    with pytest.raises(Refused):
        await stage.press(panel, "Limits", OWNER)


async def test_what_belongs_to_another_home_guild_stays_as_it_is(
    db: Database, clock: HandClock, discord: LoopbackDiscord
) -> None:
    homes = {"home_guilds": [HOME, ELSEWHERE]}
    async with acted(db, clock, discord, community=homes) as stage, running(stage.bot):
        listing(stage)
        there = await stage.run("settings", who=BEA, where=LOBBY)
        number = await stage.press(there, "Channels", BEA)
        await stage.discord.acts.modal(number)
        picked = WHY | {"community.chat_channels": [str(LOBBY)]}
        question = await stage.discord.acts.submit(BEA, number, picked)
        shown = await stage.discord.acts.answer(question)
        await stage.click(shown, "Confirm", BEA, done=lambda m: "Confirm" not in buttons(m))

        await changed(stage, "Channels", **{"community.chat_channels": [str(CHAT)]})

        assert stage.house.inner.community.community.chat_channels == (LOBBY, CHAT)
        assert "To mend" not in text(await stage.run("settings", who=MO))


async def test_buttons_of_an_earlier_version_say_so(stage: Stage) -> None:
    panel = await stage.run("settings", who=MO)
    kept = stage.discord.world.messages[int(panel["id"])]
    for made_up in ("gone:0", "limits:1", "level_roles:9", "limits", "limits:x"):
        button = next(each for each in walk(kept["components"]) if each.get("label") == "Limits")
        button["custom_id"] = f"settings.open:{MO}:{made_up}"
        number = await stage.discord.acts.press(MO, int(panel["id"]), button["custom_id"])

        assert "from an old message" in await refused(stage, number)
