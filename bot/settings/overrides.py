"""What staff may change at run time: which settings, and what a change of them comes to."""

from collections.abc import Mapping
from typing import Any

from bot.settings import crosses, reading
from bot.settings.community import CommunityFile

# levels.thresholds before the roles of levels: a role for a level needs the level.
CHANGEABLE = (
    "community.chat_channels",
    "community.log_channel",
    "community.staff_channel",
    "community.announce_channel",
    "community.moderator_roles",
    "limits.daily_tokens",
    "limits.request_unit",
    "limits.stacking",
    "limits.requests_per_minute",
    "limits.in_flight",
    "limits.mode_switches_per_day",
    "limits.body_bytes",
    "referrals.exchange",
    "levels.thresholds",
    "community.level_roles",
    "staff.second_approval_above",
)
SECTIONS = tuple(dict.fromkeys(name.partition(".")[0] for name in CHANGEABLE))


def locked(file: CommunityFile, name: str) -> bool:
    """Say whether latchkey.toml names a setting, so that nobody changes it at run time."""
    section, _, field = name.partition(".")
    return field in getattr(file, section).model_fields_set


def stated(file: CommunityFile, name: str) -> Any:
    """Return a setting as JSON: what the file says, its default where the file is silent."""
    section, _, field = name.partition(".")
    given = getattr(file, section)
    if field not in given.model_fields_set:  # not what stands in for it, such as log_channel
        given = given.model_construct()
    return given.model_dump(mode="json", include={field})[field]


def merged(
    file: CommunityFile, changed: Mapping[str, Any]
) -> tuple[CommunityFile | None, list[str]]:
    """Return the file with changes laid over it, or a line for each value that will not do."""
    raw = {section: _given(file, section) for section in SECTIONS}
    for name, value in changed.items():
        section, _, field = name.partition(".")
        raw[section][field] = value
    checked, unfit = reading.check(raw)
    if checked is None:
        return None, unfit
    levels: dict[str, Any] = {str(number): {} for number in file.plans.level}
    if unfit := list(crosses.problems({**raw, "plans": {"level": levels}}, bot=False)):
        return None, unfit
    return file.model_copy(update={name: getattr(checked, name) for name in SECTIONS}), []


def fitting(file: CommunityFile, changed: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the changes that may be laid over a file, and a line for each that no longer fits.

    What the file has come to name since then stays as it stands there.
    """
    free = {name: changed[name] for name in CHANGEABLE if name in changed}
    free = {name: value for name, value in free.items() if not locked(file, name)}
    if not merged(file, free)[1]:
        return free, []
    fit, lines = dict[str, Any](), list[str]()
    for name, value in free.items():
        _, unfit = merged(file, fit | {name: value})
        lines += unfit
        fit |= {} if unfit else {name: value}
    return fit, lines


def _given(file: CommunityFile, section: str) -> dict[str, Any]:
    """Return what a section of the file says itself, as TOML would give it."""
    given = getattr(file, section)
    raw: dict[str, Any] = given.model_dump(mode="json", include=given.model_fields_set)
    return raw
