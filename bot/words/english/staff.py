"""What the community's staff reads in its channels."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "staff.undeliverable": (
        "I could not post to the {place} channel: {why}. Check that the channel exists and that "
        "I may view it and send messages there."
    ),
    "staff.route_misconfigured": (
        "The upstream `{upstream}` refuses our credentials (status {status}). It rests until it "
        "answers again. Check its `api_key` and `base_url` in latchkey.toml."
    ),
}
