"""The modals of /settings: a field for each setting that latchkey.toml leaves open."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot.cogs.modals import filled, line, modal, reason
from bot.cogs.staff.settings_card import GROUPS, LEVEL_ROLES, level_chunks, title
from bot.community.service import Community
from bot.settings.community import Exchange, Stacking
from bot.settings.overrides import stated
from bot.words.changes import label_of, value_of
from bot.words.say import say

SENT = "settings.sent"  # the modal, submitted
LISTS = {"community.chat_channels", "community.moderator_roles"}
CHOICES = {"limits.stacking": Stacking, "referrals.exchange": Exchange}
POSTED_IN = [discord.ChannelType.text, discord.ChannelType.news]
MOST_PICKS, LONGEST_NUMBERS = 25, 100
CHANNEL, ROLE = discord.SelectDefaultValueType.channel, discord.SelectDefaultValueType.role
_SEPARATORS = re.compile(r"[\s,_]")


@dataclass(frozen=True)
class Form:
    """A group's modal, drawn and read, for whoever acts in a guild.

    Channels and roles of other home guilds cannot be picked here, and stay as they are.
    """

    community: Community
    guild: discord.Guild
    group: str
    first: int  # the first level, where it asks for roles of levels

    @property
    def names(self) -> Sequence[str]:
        """Return the settings it asks for."""
        return [name for name in GROUPS[self.group] if not self.community.locked(name)]

    def drawn(self, owner: int) -> ui.Modal:
        """Draw it with what is in force filled in."""
        fields = dict(self._fields())
        fields[say("staff.reason")] = reason()
        what = say("settings.modal", what=title(self.community, self.group, self.first))
        return modal(what, SENT, owner, self.group, self.first, fields=fields)

    def read(self, interaction: discord.Interaction) -> dict[str, Any]:
        """Return the settings that shall differ, as JSON; what is none is left to be refused."""
        sent = filled(interaction)
        wanted = {name: self._read(name, sent) for name in self.names}
        return {
            name: value for name, value in wanted.items() if value != self.community.stated(name)
        }

    def _fields(self) -> Iterator[tuple[str, ui.Item[Any]]]:
        for name in self.names:
            if name == "community.level_roles":
                for level in self._levels():
                    given = self.community.stated(name).get(str(level))
                    label = say("settings.level_role", level=level)
                    yield label, self._roles(f"{name}.{level}", [given] if given else [], 1)
            else:
                yield label_of(name), self._field(name, self.community.stated(name))

    def _field(self, name: str, value: Any) -> ui.Item[Any]:
        if name.endswith("_roles"):
            return self._roles(name, value, MOST_PICKS)
        if name.endswith("_channels"):
            return self._channels(name, value, MOST_PICKS)
        if name.endswith("_channel"):
            return self._channels(name, [value] if value else [], 1)
        if name in CHOICES:
            options = [
                discord.SelectOption(label=value_of(name, one), value=one, default=one == value)
                for one in map(str, CHOICES[name])
            ]
            return ui.Select(custom_id=name, options=options, required=True)
        usual = say("settings.usual", value=value_of(name, stated(self.community.file, name)))
        field = line(name, longest=LONGEST_NUMBERS, required=False, hint=usual)
        field.default = _typed(value)
        return field

    def _channels(self, name: str, ids: Sequence[int], most: int) -> ui.Item[Any]:
        here = [each for each in ids if self.guild.get_channel(each)]
        return ui.ChannelSelect(
            custom_id=name,
            channel_types=POSTED_IN,
            required=False,
            min_values=0,
            max_values=most,
            default_values=[discord.SelectDefaultValue(id=each, type=CHANNEL) for each in here],
        )

    def _roles(self, name: str, ids: Sequence[int], most: int) -> ui.Item[Any]:
        here = [each for each in ids if self.guild.get_role(each)]
        return ui.RoleSelect(
            custom_id=name,
            required=False,
            min_values=0,
            max_values=most,
            default_values=[discord.SelectDefaultValue(id=each, type=ROLE) for each in here],
        )

    def _levels(self) -> Sequence[int]:
        return next(chunk for chunk in level_chunks(self.community) if self.first in chunk)

    def _read(self, name: str, sent: Mapping[str, Any]) -> Any:
        old = self.community.stated(name)
        if name == "community.level_roles":
            return self._read_level_roles(old, sent)
        if name in LISTS:
            return [each for each in old if self._elsewhere(each)] + _picked(sent, name)
        if name.endswith("_channel"):
            chosen = _picked(sent, name)
            return chosen[0] if chosen else (old if old and self._elsewhere(old) else None)
        if name in CHOICES:
            return (sent.get(name) or [old])[0]
        if not (text := str(sent.get(name) or "").strip()):
            return stated(self.community.file, name)
        if isinstance(old, list):
            return [_number(one) for one in re.split(r"[\s,;]+", text) if one]
        return _number(text)

    def _read_level_roles(self, old: Mapping[str, int], sent: Mapping[str, Any]) -> dict[str, int]:
        made = dict(old)
        for level in map(str, self._levels()):
            if chosen := _picked(sent, f"community.level_roles.{level}"):
                made[level] = chosen[0]
            elif level in made and not self._elsewhere(made[level]):
                del made[level]
        return made

    def _elsewhere(self, id_: int) -> bool:
        """Say whether a channel or role may be another home guild's; with one, it is gone."""
        several = len(self.community.community.home_guilds) > 1
        return several and not (self.guild.get_channel(id_) or self.guild.get_role(id_))


def is_group(community: Community, group: str, first: int) -> bool:
    """Say whether there is such a group; buttons may be old or made up."""
    if group == LEVEL_ROLES:
        return any(first in chunk for chunk in level_chunks(community))
    return group in GROUPS and first == 0


def _picked(sent: Mapping[str, Any], name: str) -> list[int]:
    return [int(one) for one in sent.get(name) or [] if str(one).isdecimal()]


def _typed(value: Any) -> str:
    """Write numbers as they are typed."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _number(text: str) -> int | str:
    """Read a number as people type them, with or without separators."""
    plain = _SEPARATORS.sub("", text)
    return int(plain) if plain.isascii() and plain.isdecimal() else text
