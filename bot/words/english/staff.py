"""What the community's staff reads in its channels."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "staff.undeliverable": (
        "I could not post to the {place} channel: {why}. Check that the channel exists and that "
        "I may view it and send messages there."
    ),
    "somebody.gone": "somebody who is gone",
    "change.new": "{label}: **{now}**",
    "change.same": "{label}: {now} (as before)",
    "change.other": "{label}: {was} → **{now}**",
    "change.none": "none",
    "change.yes": "yes",
    "change.no": "no",
    "field.limit": "Daily limit",
    "field.limit.none": "no limit",
    "field.tokens": "Tokens a day",
    "field.access": "Access",
    "field.access.none": "free models only",
    "field.starts_at": "Starts",
    "field.ends_at": "Ends",
    "field.suspended": "Suspended",
    "staff.route_misconfigured": (
        "The upstream `{upstream}` refuses our credentials (status {status}). It rests until it "
        "answers again. Check its `api_key` and `base_url` in latchkey.toml."
    ),
}
