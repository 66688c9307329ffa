"""The panel of /settings: what is in force, why it is so, and what has to be mended."""

from collections.abc import Iterator

from discord import ui

from bot.cogs.buttons import button
from bot.cogs.panels import TALL_ROW, Clickable, Tone, panel
from bot.cogs.staff.settings_reach import Troubles
from bot.community.service import Community
from bot.words.changes import label_of, value_of
from bot.words.say import say

OPEN = "settings.open"  # the buttons that ask for a group's new values
LEVEL_ROLES, ROLES_AT_ONCE = "level_roles", 4  # a modal has five fields, one is the reason
MOST_TROUBLES = 1_800  # characters
GROUPS = {
    "channels": (
        "community.log_channel",
        "community.staff_channel",
        "community.announce_channel",
        "community.chat_channels",
    ),
    "limits": (
        "limits.daily_tokens",
        "limits.requests_per_minute",
        "limits.in_flight",
        "limits.mode_switches_per_day",
    ),
    "details": ("limits.request_unit", "limits.stacking", "limits.body_bytes"),
    "earning": ("referrals.exchange", "levels.thresholds"),
    LEVEL_ROLES: ("community.level_roles",),
    "staff": ("community.moderator_roles", "staff.second_approval_above"),
}


def card(community: Community, found: Troubles, owner: int) -> ui.LayoutView:
    """Draw every setting that can be changed at run time, and what has to be mended."""
    blocks = [say("settings.title")]
    for group, names in GROUPS.items():
        lines = [_line(community, name) for name in names]
        blocks.append("\n".join([f"### {say(f'settings.{group}')}", *lines]))
    if found.sentences:
        blocks.append("\n".join(_to_mend(found)))
    blocks.append(say("settings.legend"))
    tone = Tone.CARE if found.sentences else Tone.CALM
    buttons = list(_buttons(community, owner))
    rows = [buttons[at : at + TALL_ROW] for at in range(0, len(buttons), TALL_ROW)]
    return panel(*blocks, rows=rows, tone=tone)


def level_chunks(community: Community) -> list[range]:
    """Return the levels whose roles are asked for at a time."""
    levels = len(community.levels.thresholds)
    return [
        range(first, min(first + ROLES_AT_ONCE, levels + 1))
        for first in range(1, levels + 1, ROLES_AT_ONCE)
    ]


def title(community: Community, group: str, first: int) -> str:
    """Return what a group is called; `first` is the first level of those whose roles it is."""
    chunks = level_chunks(community)
    if group != LEVEL_ROLES or len(chunks) < 2:
        return say(f"settings.{group}")
    last = next(chunk[-1] for chunk in chunks if first in chunk)
    return say("settings.level_roles.some", first=first, last=last)


def _to_mend(found: Troubles) -> Iterator[str]:
    """Yield the lines about troubles, as many as leave room for the settings themselves."""
    yield say("settings.troubles")
    left = MOST_TROUBLES
    for at, sentence in enumerate(found.sentences):
        left -= len(sentence)
        if left < 0:
            yield say("settings.more_troubles", n=len(found.sentences) - at)
            break
        yield f"- {sentence}"
    if found.invite:
        yield found.invite


def _line(community: Community, name: str) -> str:
    value = value_of(name, community.stated(name))
    mark = ""
    if community.locked(name):
        mark = "_locked"
    elif community.changed(name):
        mark = "_changed"
    return say(f"settings.line{mark}", label=label_of(name), value=value, name=name)


def _buttons(community: Community, owner: int) -> Iterator[Clickable]:
    for group, names in GROUPS.items():
        firsts = [chunk[0] for chunk in level_chunks(community)] if group == LEVEL_ROLES else [0]
        shut = all(community.locked(name) for name in names)
        for first in firsts:
            yield button(title(community, group, first), OPEN, owner, group, first, disabled=shut)
