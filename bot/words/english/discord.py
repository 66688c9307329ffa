"""What the bot says by itself in Discord."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "button.old": "This button is from an old message. Run the command again.",
    "button.not_yours": "This panel belongs to somebody else. Run the command to open your own.",
    "command.gone": "This command is no longer here. Reload Discord (Ctrl+R) and try again.",
    "command.only_in_server": "Keys are shown in servers only. Run this command in our server.",
    "command.option": "`{value}` does not fit there. Pick a value from the list Discord shows.",
    "command.broken": (
        "Something broke on our side (reference `{reference}`). Nothing was charged. Try again, "
        "and show the reference to a moderator if it happens again."
    ),
    "key.fresh.title": "## Your new API key",
    "key.title": "## Your API key",
    "key.secret": "Never share it: whoever has it spends your tokens.",
    "key.there": "You have a key already: `{masked}`",
    "key.made": "Made {moment}.",
    "key.used": "Last used {moment}.",
    "key.unused": "Not used yet.",
    "key.lost": (
        "Your key `{masked}` still works, but it can no longer be shown: the secret that opened "
        "it is gone. If you do not have it written down, recreate it."
    ),
    "key.addresses": (
        "Base URL for OpenAI's libraries:\n`{openai}`\nBase URL for Anthropic's:\n`{anthropic}`"
    ),
    "key.question": "## Replace your API key?",
    "key.breaks": (
        "`{masked}` stops working at once, in every program that uses it. Your limits and what "
        "you spent today stay as they are."
    ),
    "key.breaks_nothing": "You have no key yet, so nothing breaks: this makes your first one.",
    "key.confirm_until": "The button ends {moment}.",
    "key.kept": "Nothing has changed: your key stays as it is.",
    "key.expired": (
        "That was open for more than a minute, so nothing has changed. Run /resetkey again."
    ),
    "start.menu": "Quick start: show me a first call",
    "start.title": "## A first call in {language}",
    "start.key": "Put your key in the place of `YOUR_KEY`. /show_key shows it.",
    "limit.unlimited": "no limit",
    "limit.tokens": "{n:,} tokens a day",
    "source.base": "- Everybody: {n:,} tokens a day",
    "source.grant": "- {name}: {gives}, until {ends} ({left})",
    "source.waits": "- {name}: {gives}, from {starts} until {ends}",
    "source.unlimited": "no limit",
    "source.tokens": "{n:,} tokens a day",
    "source.access": "{access} models",
    "source.highest": "-# The highest of these is your limit.",
    "source.sum": "-# These add up to your limit.",
    "limits.title": "Your limits today",
    "limits.sources": "Where your limit comes from",
    "limits.fits": "What is left, in calls",
    "limits.switch": "Switch to {mode}",
    "limits.unlimited": "You have no limit. Spent today: **{spent:,}** tokens.",
    "limits.spent": "Spent: **{spent:,}** of **{limit:,}** tokens",
    "limits.nought": "Your limit is **0** tokens a day: nothing that costs tokens can be called.",
    "limits.left": "Left: **{n:,}** tokens",
    "limits.held": Plural(
        "Held: {held:,} tokens by {n} call that runs now",
        "Held: {held:,} tokens by {n} calls that run now",
    ),
    "limits.tokens": "Mode: **tokens**. A call costs the tokens it uses x its model's price.",
    "limits.requests": (
        "Mode: **requests**. A call costs {unit:,} tokens x its model's price, whatever its "
        "length; at most {minute:,} a minute."
    ),
    "limits.requests_left": "Requests left: **{n:,}** at a price of x1",
    "limits.calls": "Calls today: {n:,}",
    "limits.resets": "Resets {left}, at {at}",
    "limits.no_calls": (
        "You have made no call today. After the first one this shows how many more fit."
    ),
    "limits.model": Plural(
        "- `{model}`: about **{n:,}** more call ({calls:,} so far for {cost:,} tokens)",
        "- `{model}`: about **{n:,}** more calls ({calls:,} so far for {cost:,} tokens)",
    ),
    "limits.model_free": "- `{model}`: as many as you like ({calls:,} so far for {cost:,} tokens)",
    "mode.title": "## Your calls are priced by {mode}",
    "mode.switched": "You switched from {before} to {mode}.",
    "mode.same": "They were before: nothing has changed.",
    "mode.none_left": "That was the last switch today; the day ends {resets}.",
    "mode.left": Plural(
        "You can switch once more today; the day ends {resets}.",
        "You can switch {n} more times today; the day ends {resets}.",
    ),
    "mode.stays": "\\* is your mode now. What was spent today stays spent in both.",
    "mode.limit": "limit",
    "mode.spent": "spent",
    "mode.held": "held",
    "mode.remains": "left",
    "mode.price": "a call",
    "mode.minute": "a minute",
    "mode.none": "no limit",
    "mode.by_tokens": "by tokens",
    "mode.flat": "{unit:,} flat",
    "models.title": Plural("## {n} model", "## {n} models"),
    "models.line": "{dot} `{id}` x{price:g} · {kinds}{access}",
    "models.needs": " · needs {access} access",
    "models.legend": (
        "-# xN is the price: tokens count N times. 🟢 answers, 🟡 fails now and then, 🔴 rests."
    ),
    "models.flat": (
        "-# What is no text has a flat price: a picture, a speech, a search or a song costs "
        "{unit:,} x N."
    ),
    "models.page": "-# Page {page} of {pages}",
    "models.none": "There is no such model here. Run /models without options to see all of them.",
    "models.closest": "No model has `{search}` in its name. These come close: {close}",
    "profile.mode": "Mode: **{mode}**",
    "profile.limit": "Limit: **{limit}**",
    "profile.spent": Plural(
        "Today: {spent:,} tokens in {n:,} call", "Today: {spent:,} tokens in {n:,} calls"
    ),
    "profile.access": "Access: {access} models",
    "profile.since": "Known here since {moment}",
    "profile.key": "Key: `{masked}`, made {moment}. {used}",
    "profile.make_key": "Key: none yet. /gen_key makes one.",
    "profile.has_key": "Key: one, made {moment}",
    "profile.no_key": "Key: none",
    "profile.suspended": "**Suspended:** {reason}",
    "profile.suspended_for_lost": (
        "**Suspended** (the reason was deleted at their request, or lost with the secret)"
    ),
    "profile.left_suspended": (
        "{name} is suspended (the reason was deleted at their request, with everything we knew of "
        "them). It holds again as soon as they return."
    ),
    "profile.private": "Only {name} and the moderators may see {name}'s account.",
    "profile.bot": "{name} is a bot.",
    "profile.unknown": "{name} has not used Latchkey yet.",
    "status.well": "## All is well",
    "status.unwell": "## Not everything works right now",
    "status.lag": ", {ms} ms away",
    "status.slow": ", but slow: it answers {behind} late",
    "status.database.ok": "{dot} The database answers",
    "status.database.starting": "{dot} The database is starting",
    "status.database.away": "{dot} The database does not answer: no call can be made",
    "status.database.off": "{dot} No database here",
    "status.discord.ok": "{dot} Discord is connected",
    "status.discord.starting": "{dot} Discord is being connected",
    "status.discord.away": "{dot} Discord does not answer",
    "status.discord.off": "{dot} Another process runs the bot",
    "status.jobs.ok": "{dot} The nightly jobs are on time",
    "status.jobs.starting": "{dot} The nightly jobs are starting",
    "status.jobs.away": "{dot} The nightly jobs stand still",
    "status.jobs.off": "{dot} Another process runs the nightly jobs",
    "status.api": Plural(
        "🔗 The API is at `{url}`, {n} model can be called",
        "🔗 The API is at `{url}`, {n} models can be called",
    ),
    "status.upstream.ok": "{dot} `{name}` answers",
    "status.upstream.failing": "{dot} `{name}` fails now and then",
    "status.upstream.resting": "{dot} `{name}` rests after failures and is tried again soon",
    "status.upstream.misconfigured": "{dot} `{name}` refuses our credentials; staff have been told",
    "status.recent": " · {share:.0%} of its last {tried} calls, in {took}",
    "status.milliseconds": "{n:,} ms",
    "status.seconds": "{n:.1f} s",
    "status.resting": Plural(
        "🔴 {n} model rests: {names}",
        "🔴 {n} models rest: {names}",
    ),
    "status.more": "{names} and {more} more",
    "status.no_upstreams": "No upstream is set up yet, so nothing can be called.",
    "help.title": "## {name}: what you can ask me for",
    "help.entry": "{name}: {what}",
    "help.menu": "Right-click, Apps, *{name}*",
    "help.first": (
        "New here? Run /gen_key, give the key to any OpenAI library with the base URL `{url}`, "
        "and watch /all_limits."
    ),
    "help.first_dm": (
        "New here? Run /gen_key in a server, give the key to any OpenAI library with the base URL "
        "`{url}`, and watch /all_limits."
    ),
}
