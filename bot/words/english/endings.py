"""What members read when something they were granted ends."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "ended.activation": "What activating a referral code gave you has ended.",
    "ended.exchange": "What you got for {plan} referrals has ended.",
    "ended.level": "What your level {plan} gave you has ended with the month.",
    "ended.donation": "What your donation of ${plan} gave you has ended. Thank you for it!",
    "ended.contest": "What you won in the contest has ended.",
    "ended.staff": "What the staff granted you has ended.",
    "ended.limit": "You have **{limit:,}** tokens a day now.",
    "ended.unlimited": "You still have no daily limit.",
    "ended.access": "{access} models are closed to you from now on.",
    "ended.more": "-# /all_limits shows your limits and every plan there is.",
}
