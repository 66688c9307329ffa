"""What is said of keys that were posted where others read them."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "leak.owner": (
        "🔑 Your API key `{masked}` was posted in {place}, where others can read it, so I revoked "
        "it at once. Your limits and what you spent today stay as they are. Run /gen_key in our "
        "server for a new key, and delete the message if it is still there."
    ),
    "leak.owner_direct": (
        "🔑 Your API key `{masked}` was sent to me in a direct message, so I revoked it at once: "
        "a key belongs in no chat. Your limits and what you spent today stay as they are. Run "
        "/gen_key in our server for a new key, and delete the message."
    ),
    "leak.staff": "🔑 {owner} posted their own API key `{masked}` in {place}. I revoked it.",
    "leak.staff_by_other": (
        "🔑 {poster} posted the API key `{masked}` of {owner} in {place}. I revoked it."
    ),
    "leak.staff_by_stranger": (
        "🔑 Somebody who has no account here posted the API key `{masked}` of {owner} in {place}. "
        "I revoked it."
    ),
    "leak.staff_direct": (
        "🔑 The API key `{masked}` of {owner} was sent to me in a direct message. I revoked it."
    ),
    "leak.undeleted": (
        "⚠️ I may not delete the message with the revoked key in {place}: delete it by hand, or "
        "give me the permission Manage Messages there."
    ),
    "did.key.leaked": "Latchkey revoked a key of {target} that was posted in a channel",
    "act.key.leaked": "Revoke a posted key of {target}",
    "field.key": "Key",
    "field.posted_channel": "Posted in",
}
