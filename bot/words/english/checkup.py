"""What is found where Discord and the upstreams are looked at, and the clicks that mend it."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "power.embed_links": "Embed Links",
    "power.attach_files": "Attach Files",
    "power.read_message_history": "Read Message History",
    "power.create_public_threads": "Create Public Threads",
    "power.send_messages_in_threads": "Send Messages in Threads",
    "checkup.home": "{bot} is in {server} and has there what it needs.",
    "checkup.home.absent": (
        "{bot} is not in the home server {server}. Open the invite link and pick that server, or "
        "correct community.home_guilds."
    ),
    "checkup.home.lacks": "{bot} lacks {powers} in {server}.",
    "checkup.home.unknown": (
        "Discord did not answer when asked about the server {server} ({why}). Look again later."
    ),
    "checkup.silent": "Discord did not answer everything ({why}). Look again later.",
    "checkup.why.status": "HTTP {status}",
    "checkup.why.late": "it took too long",
    "checkup.why.away": "no connection",
    "checkup.mend.server": (
        "Mend: Server Settings > Roles > {own} > Permissions, switch it on; or open the invite "
        "link again."
    ),
    "checkup.mend.channel": (
        "Mend: Edit Channel > Permissions > Advanced permissions > add {own}, and allow it there."
    ),
    "checkup.channels": Plural(
        "{bot} can do its work in {n} channel.", "{bot} can do its work in all {n:,} channels."
    ),
    "checkup.cannot_post": "{bot} cannot post in {channel} ({label}): it lacks {powers} there.",
    "checkup.cannot_see": (
        "{bot} cannot see {channel}, so messages there earn nothing: it lacks {powers} there."
    ),
    "checkup.channel_lacks": "{bot} lacks {powers} in {channel} ({label}).",
    "checkup.channel_gone": (
        "The channel with the id {number} ({label}) is in none of the home servers. Pick another "
        "one with /settings, or correct {setting}."
    ),
    "checkup.roles": Plural(
        "{bot} can give the role of {n} level.", "{bot} can give the roles of all {n:,} levels."
    ),
    "checkup.role": "{role} cannot be the role of level {level}.",
    "checkup.role.missing": (
        "None of the home servers has a role with the id {number}. Mend: Server Settings > Roles > "
        "Create Role, then pick it with /settings or correct community.level_roles."
    ),
    "checkup.role.everyone": (
        "It is the role of everyone. Mend: Server Settings > Roles > Create Role, and name that "
        "one in community.level_roles."
    ),
    "checkup.role.managed": (
        "It belongs to an integration or a bot, which alone may give it. Mend: name another role "
        "in community.level_roles."
    ),
    "checkup.role.powerful": (
        "It carries power ({powers}), and nobody gets power for talking. Mend: Server Settings > "
        "Roles > {role} > Permissions, switch it off; or name another role in "
        "community.level_roles."
    ),
    "checkup.role.staff": (
        "It is one of community.moderator_roles: it would make its members staff. Mend: name "
        "another role in community.level_roles."
    ),
    "checkup.role.no_right": (
        "{bot} lacks Manage Roles. Mend: Server Settings > Roles > {own} > Permissions, switch "
        "Manage Roles on; or open the invite link again."
    ),
    "checkup.role.above": (
        "It stands above {bot}'s own role. Mend: Server Settings > Roles, drag {own} above {role}."
    ),
    "checkup.moderators": Plural(
        "{n} role makes its members moderators.", "{n:,} roles make their members moderators."
    ),
    "checkup.moderators.none": (
        "No moderator role is set: only administrators are staff. /settings sets one."
    ),
    "checkup.moderator_gone": (
        "The moderator role with the id {number} is in none of the home servers. Pick another one "
        "with /settings, or correct community.moderator_roles."
    ),
    "checkup.everyone_staff": (
        "@everyone cannot be a moderator role: everybody would be staff. Pick another one."
    ),
    "checkup.intents": "Every intent that the settings ask for is granted.",
    "checkup.intents.none": "No privileged intent is asked for, and none is needed.",
    "checkup.intent_refused": (
        "{setting} is true, and the application has not the intent for it. Mend: "
        "discord.com/developers/applications > {app} > Bot > Privileged Gateway Intents, switch "
        "{intent} on; or set {setting} to false."
    ),
    "checkup.endpoint": (
        "The application has an Interactions Endpoint URL, so commands and buttons never come "
        "here. Mend: discord.com/developers/applications > {app} > General Information, empty "
        "that field."
    ),
    "checkup.code_grant": (
        "The application asks for a code grant, so its invite link fails. Mend: "
        "discord.com/developers/applications > {app} > Bot, switch Requires OAuth2 Code Grant off."
    ),
    "checkup.invite": "Invite link, with the permissions needed and no other: {link}",
    "checkup.upstream": Plural(
        "{name} answers in {ms} ms and lists {n} model.",
        "{name} answers in {ms} ms and lists {n:,} models.",
    ),
    "checkup.upstream.no_list": (
        "{name} answers in {ms} ms; the dialect {dialect} has no list of models to compare with."
    ),
    "checkup.upstream.listless": (
        "{name} answers in {ms} ms, and has no list of models to compare with (HTTP {status}). If "
        "calls fail, correct its base_url: that of the dialect {dialect} ends in {ending}."
    ),
    "checkup.upstream.empty": (
        "{name} answers, but not with a list of models. If calls fail, correct its base_url: that "
        "of the dialect {dialect} ends in {ending}."
    ),
    "checkup.upstream.key": (
        "{name} refuses our key (HTTP {status}). Mend: put the right one where its api_key says, "
        "and restart Latchkey."
    ),
    "checkup.upstream.no_key": (
        "{name} wants a key (HTTP {status}), and has none. Mend: give its [[upstreams]] an api_key "
        'such as "env:NAME", set that variable, and restart Latchkey.'
    ),
    "checkup.upstream.unpaid": (
        "{name} wants to be paid (HTTP 402). Mend: look at your account there."
    ),
    "checkup.upstream.moved": (
        "{name} lives at another address (HTTP {status}). Mend: correct its base_url: that of the "
        "dialect {dialect} ends in {ending}."
    ),
    "checkup.upstream.limited": "{name} wants a rest (HTTP 429): calls go elsewhere meanwhile.",
    "checkup.upstream.unreachable": (
        "{name} cannot be reached. Mend: correct its base_url, or let this machine connect to it."
    ),
    "checkup.upstream.failed": (
        "{name} fails (HTTP {status}). Nothing to mend here: ask whoever runs it."
    ),
    "checkup.upstream.silent": (
        "{name} did not answer within {seconds:.0f} s. Mend: correct its base_url, or ask whoever "
        "runs it."
    ),
    "checkup.unlisted": Plural(
        "{name} does not list {models}, which a route names. If calls for it fail, correct `model` "
        "in that route.",
        "{name} does not list {n:,} models that routes name: {models}. If calls for them fail, "
        "correct `model` in those routes.",
    ),
    "checkup.models": Plural(
        "{n} model, and it has a route that works.",
        "{n:,} models, and each has a route that works.",
    ),
    "checkup.models.none": (
        "Nothing can be called yet: latchkey.toml has no [[upstreams]] or no [[models]]."
    ),
    "checkup.models.unserved": Plural(
        "{models} has no route that works: the upstreams that serve it fail.",
        "{n:,} models have no route that works, their upstreams fail: {models}.",
    ),
    "checkup.models.more": "{names} and {more:,} more",
    "checkup.mail": "{name} makes temporary mailboxes.",
    "checkup.mail.unable": (
        "temp_mail.upstream names {name}, whose dialect {dialect} makes no mailboxes. Mend: name "
        "an upstream of the dialect fresed, or take the line out."
    ),
    "checkup.mail.fails": "No temporary mailboxes can be made: {name} fails.",
    "settings.more_troubles": Plural(
        "-# {n} more: `latchkey doctor` lists it.", "-# {n:,} more: `latchkey doctor` lists them."
    ),
    "settings.out_of_reach": "{trouble}",
}
