"""What staff change is laid over latchkey.toml, and checked as latchkey.toml is."""

from typing import Any

import pytest

from bot.settings.community import CommunityFile
from bot.settings.names import settings_in
from bot.settings.overrides import CHANGEABLE, fitting, locked, merged, stated


def read(**sections: dict[str, Any]) -> CommunityFile:
    """Return a file of these sections."""
    return CommunityFile.model_validate(sections)


def test_every_setting_that_can_be_changed_is_one_and_nothing_is_locked_without_a_file() -> None:
    known = {path for path, _ in settings_in(CommunityFile)}

    assert set(CHANGEABLE) <= known
    assert [name for name in CHANGEABLE if locked(CommunityFile(), name)] == []


def test_every_setting_may_be_changed_to_what_it_is() -> None:
    file = CommunityFile()

    after, unfit = merged(file, {name: stated(file, name) for name in CHANGEABLE})

    assert (after, unfit) == (file, [])


def test_a_channel_that_nobody_set_goes_where_the_log_goes() -> None:
    file = read(community={"log_channel": 5, "announce_channel": 6})

    silent, _ = merged(file, {})
    moved, _ = merged(CommunityFile(), {"community.log_channel": 7})
    named, _ = merged(file, {"community.staff_channel": 8})

    assert stated(file, "community.staff_channel") is None
    assert silent is not None
    assert moved is not None
    assert named is not None
    assert (silent.community.staff_channel, silent.community.announce_channel) == (5, 6)
    assert (moved.community.staff_channel, moved.community.announce_channel) == (7, 7)
    assert named.community.staff_channel == 8


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("limits.daily_tokens", -1, "limits.daily_tokens: must be a whole number from 0 to"),
        ("limits.daily_tokens", "many", 'a whole number from 0 to 1000000000000, not "many"'),
        ("limits.in_flight", 0, "limits.in_flight: must be a whole number from 1 to"),
        ("limits.stacking", "lowest", 'must be "highest" or "sum", not "lowest"'),
        ("referrals.exchange", "never", "referrals.exchange: must be"),
        ("levels.thresholds", [5, 5, 9], "levels.thresholds: must ascend"),
        ("levels.thresholds", [1, 2, 3, 4], "plans.level.4: is missing"),
        ("community.level_roles", {"4": 1}, "there is no level 4: levels.thresholds has 3"),
        ("community.chat_channels", ["here"], "must be a whole number from 1 to"),
        ("staff.second_approval_above", "none", "second_approval_above: must be a whole number"),
    ],
)
def test_what_the_file_could_not_say_nobody_can(name: str, value: Any, said: str) -> None:
    after, unfit = merged(CommunityFile(), {name: value})

    assert after is None
    assert len(unfit) == 1
    assert said in unfit[0]


def test_nothing_but_what_staff_may_change_is_laid_over_the_file() -> None:
    file = read(limits={"daily_tokens": 5})
    changed = {
        "limits.daily_tokens": 6,
        "community.key_prefix": "their_",
        "limits.in_flight": 7,
        "gone.setting": 1,
    }

    assert fitting(file, changed) == ({"limits.in_flight": 7}, [])


def test_one_change_that_no_longer_fits_keeps_no_other_out() -> None:
    file = read(plans={"level": {"4": {"daily_tokens": 1}}})
    changed = {
        "community.level_roles": {"4": 9},
        "levels.thresholds": [1, 2, 3, 4],
        "limits.in_flight": 0,
    }

    fit, unfit = fitting(file, changed)

    assert fit.keys() == {"community.level_roles", "levels.thresholds"}
    assert len(unfit) == 1


def test_a_change_leaves_every_other_section_as_it_is() -> None:
    file = read(plans={"contest": {"days": 7}}, limits={"stacking": "sum"})

    after, _ = merged(file, {"limits.in_flight": 9})

    assert after is not None
    assert after.plans == file.plans
    assert (after.limits.stacking, after.limits.in_flight) == ("sum", 9)
