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
    "key.confirm_until": "The button works until {moment}.",
    "key.kept": "Nothing has changed: your key stays as it is.",
    "key.expired": (
        "That was open for more than a minute, so nothing has changed. Run /resetkey again."
    ),
    "start.menu": "Quick start: show me a first call",
    "start.title": "## A first call in {language}",
    "start.key": "Put your key in the place of `YOUR_KEY`. /show_key shows it.",
}
