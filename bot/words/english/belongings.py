"""What is said of songs and temporary mailboxes, over HTTP and in Discord."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "song.unknown": (
        "You have no song with this id. The ids that a new song is answered with are the ones to "
        "look up."
    ),
    "song.lost": "The service that made this song does not have it any more.",
    "mailbox.unknown": "You have no mailbox with this identifier. /inbox in Discord lists yours.",
    "mailbox.expired": "This mailbox has expired at the service that made it. Make a new one.",
    "mailbox.none_made": "Temporary mailboxes are not set up here. Ask the staff about them.",
    "mailbox.unknown_domain": (
        "No mailbox can be made at `{domain}`. Some of the domains: {known}. GET "
        "/v1/temp_mail/domains lists all of them with their prices."
    ),
}
