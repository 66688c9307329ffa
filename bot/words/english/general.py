"""What any part may say."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "internal": "Something broke on our side. Nothing was charged. Try again in a moment.",
    "invalid": "The request could not be understood: {reason}",
    "unavailable": "Latchkey cannot take calls right now. Try again in a few seconds.",
    "draining": "Latchkey is restarting. Try again in a few seconds.",
    "database_away": "The database does not answer right now. Nothing was charged. Try again soon.",
    "queue_full": "Too many calls arrive at once. Nothing was charged. Try again in a second.",
    "list.or": "{most} or {last}",
    "list.and": "{most} and {last}",
    "duration.days": Plural("{n} day", "{n} days"),
    "duration.hours": Plural("{n} hour", "{n} hours"),
    "duration.minutes": Plural("{n} minute", "{n} minutes"),
    "duration.seconds": Plural("{n} second", "{n} seconds"),
}
