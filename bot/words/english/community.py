"""What staff read of the community's settings, and around announcements."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "settings.title": "## Settings",
    "settings.channels": "Channels",
    "settings.limits": "Limits",
    "settings.details": "More limits",
    "settings.earning": "Referrals and levels",
    "settings.level_roles": "Level roles",
    "settings.level_roles.some": "Level roles {first}-{last}",
    "settings.staff": "Staff",
    "settings.level_role": "Role of level {level}",
    "settings.line": "{label}: **{value}**",
    "settings.line_changed": "{label}: **{value}** ✏️",
    "settings.line_locked": "{label}: **{value}** 🔒 `{name}`",
    "settings.legend": (
        "-# ✏️ changed here. 🔒 set in latchkey.toml under that name: take the line out and restart "
        "Latchkey to change it here."
    ),
    "settings.troubles": "### ⚠️ To mend",
    "settings.modal": "Change: {what}",
    "settings.usual": "Left empty: {value}",
    "settings.locked": (
        "`{name}` is set in latchkey.toml, so it cannot be changed here. Take the line out of the "
        "file and restart Latchkey; then it can."
    ),
    "settings.unfit": "That will not do, and nothing was changed:\n{problems}",
    "settings.already_so": "That is how it is already. Nothing was changed.",
    "staff.not_admin": (
        "Only an administrator of the server may change this: it decides what the staff themselves "
        "may do. Nothing was changed."
    ),
    "act.settings.change": "Change the settings",
    "did.settings.change": "{actor} changed the settings",
    "field.community.chat_channels": "Chat channels",
    "field.community.chat_channels.none": "none: messages earn no points",
    "field.community.log_channel": "Log channel",
    "field.community.log_channel.none": "none: staff acts are posted nowhere",
    "field.community.staff_channel": "Staff channel",
    "field.community.staff_channel.none": "the log channel",
    "field.community.announce_channel": "Announcements",
    "field.community.announce_channel.none": "the log channel",
    "field.community.moderator_roles": "Moderator roles",
    "field.community.moderator_roles.none": "none: only administrators are staff",
    "field.community.level_roles": "Level roles",
    "field.community.level_roles.none": "none: levels give no roles",
    "field.limits.daily_tokens": "Tokens a day for everyone",
    "field.limits.daily_tokens.zero": "0: nobody can call, except who was granted more",
    "field.limits.request_unit": "Tokens that one request costs",
    "field.limits.stacking": "Grants that run together",
    "field.limits.requests_per_minute": "Requests a minute, in request mode",
    "field.limits.in_flight": "Calls of a member at a time",
    "field.limits.mode_switches_per_day": "Mode switches a day",
    "field.limits.body_bytes": "Largest request body, bytes",
    "field.referrals.exchange": "Exchanging referrals",
    "field.levels.thresholds": "Points for each level",
    "field.staff.second_approval_above": "Second moderator for grants above",
    "field.staff.second_approval_above.zero": "never needed",
    "choice.limits.stacking.highest": "highest: the best one counts",
    "choice.limits.stacking.sum": "sum: all of them and everyone's",
    "choice.referrals.exchange.instant": "instant",
    "choice.referrals.exchange.approval": "approval by staff",
    "act.audit": "See the record of what staff did",
    "audit.title": "## What staff did",
    "audit.title_of": "## What {who} did, or was done to them",
    "audit.pick": "Show one in full",
    "audit.choice": "{number}. {action}",
    "audit.at": "{moment} UTC",
    "audit.newest": "Newest",
    "audit.older": "Older",
    "audit.back": "Back",
    "audit.number": "-# {moment} · number {number}",
    "act.announce": "Post this announcement",
    "did.announce": "{actor} posted an announcement",
    "field.announce_channel": "Channel",
    "announce.preview": "It will read:\n{text}",
    "announce.text": "{text}",
    "announce.nowhere": (
        "There is no channel for announcements. Pick one with the option `channel`, or set one "
        "under /settings."
    ),
}
