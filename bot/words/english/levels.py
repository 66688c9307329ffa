"""What is said about levels, their roles, and what Discord refuses."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "levels.none": "This member has no level: nothing to revoke. /level board shows who has.",
    "levels.unknown": "There is no level {number}. There are: {levels}.",
    "levels.no_such_month": (
        "Write a month that has begun as YYYY-MM, like {month}; left out, it is this month."
    ),
    "levels.announced": (
        "🎉 **The levels of {month} are awarded.** They hold for the whole month after it:"
    ),
    "levels.announced.next": "Talk in the chat channels to earn one for the next.",
    "levels.count": Plural("Level {level}: {n:,} member", "Level {level}: {n:,} members"),
    "levels.unfit": "⚠️ {role}, the role of level {level}, is given to nobody.",
    "levels.not_given": Plural(
        "⚠️ {n} member could not be given {role}. Their allowance stands.",
        "⚠️ {n:,} members could not be given {role}. Their allowance stands.",
    ),
    "levels.not_taken": Plural(
        "⚠️ {role} could not be taken from {n} member. Their allowance ended in time.",
        "⚠️ {role} could not be taken from {n:,} members. Their allowance ended in time.",
    ),
    "levels.mend.missing": (
        "None of our servers has a role with the id {number}. Make one, or correct "
        "community.level_roles."
    ),
    "levels.mend.everyone": (
        "It is the role of everyone. Make a role of its own for the level and name it in "
        "community.level_roles."
    ),
    "levels.mend.managed": (
        "It belongs to an integration or a bot, which alone may give it. Name another role in "
        "community.level_roles."
    ),
    "levels.mend.powerful": (
        "It carries power ({powers}), and nobody gets power for talking. Take that from the role "
        "in the server's settings, or name another one in community.level_roles."
    ),
    "levels.mend.staff": (
        "It is one of community.moderator_roles: it would make its members staff. Name another "
        "role in community.level_roles."
    ),
    "levels.mend.no_right": (
        "I may not manage roles. Give my role the permission Manage Roles in the server's "
        "settings; I try again at once."
    ),
    "levels.mend.above": (
        "It stands above my own role. Drag my role above it in the server's settings under "
        "Roles; I try again at once."
    ),
    "levels.mend.refused": (
        "Discord refuses it without a reason. Check that my role may manage roles and stands "
        "above this one; I try again tonight."
    ),
    "levels.mend.absent": (
        "They are not in the server. There is nothing to do: who comes back gets the role with "
        "their next message or command here."
    ),
    "levels.role": "role",
    "mishap.names": "-# {who}",
    "dm.closed": Plural(
        "⚠️ {n} member takes no direct messages from me and was not told of what I wrote them.",
        "⚠️ {n:,} members take no direct messages from me and were not told of what I wrote them.",
    ),
    "dm.mend": (
        "Nothing is lost: /all_limits shows them what they have. Whoever wants to be told can "
        "allow direct messages in this server's privacy settings."
    ),
    "dm.quiet": "Stop telling me",
    "dm.quieted": "I will not write to you about plans that end any more.",
    "dm.loud": "Tell me again",
    "dm.louded": "I will tell you again when a plan of yours ends.",
    "act.level.grant": "Give {target} a level",
    "did.level.grant": "{actor} gave {target} a level",
    "act.level.revoke": "Revoke the level of {target}",
    "did.level.revoke": "{actor} revoked the level of {target}",
    "act.level.board": "See who earns levels",
    "field.level": "Level",
    "field.role": "Role",
    "levels.board": "## Points of {month}",
    "levels.board.nobody": "Nobody has earned a point in this month.",
    "levels.board.none_deeper": "Nobody further down.",
    "levels.board.line": Plural("{place}. {who}: {n:,} point", "{place}. {who}: {n:,} points"),
    "levels.board.earned": ", level {level}",
    "levels.board.given": ", level {level} ✓",
    "levels.dry": "### Dry run",
    "levels.dry.running": ("If the month ended now, this would be awarded for {starts} to {ends}:"),
    "levels.dry.over": "This is still to be awarded, for {starts} to {ends}:",
    "levels.dry.late": (
        "The month that these levels were for is over ({ends}): they are recorded and give nothing."
    ),
    "levels.dry.nobody": "Nobody has earned a level.",
    "levels.dry.nobody_else": "Nobody else has earned a level.",
    "levels.dry.line": Plural(
        "Level {level} ({least}, {gives}{role}): {n:,} member",
        "Level {level} ({least}, {gives}{role}): {n:,} members",
    ),
    "levels.dry.least": Plural("from {n:,} point", "from {n:,} points"),
    "levels.dry.role": ", {role}",
    "levels.dry.done": "### Awarded",
    "levels.dry.off": "No chat channel is set: messages earn no points.",
}
