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
}
