"""What /language says."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "language.set": "From now on I speak English to you.",
    "language.auto": "From now on I speak the language your Discord is set to: English.",
}
