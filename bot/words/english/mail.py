"""What /temp_mail and /inbox say."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "mail.title": "## Temporary mailbox",
    "mail.fresh": "## Your new mailbox",
    "mail.made": Plural(
        "Made {moment}. Reading it is free; another address costs {n:,} token.",
        "Made {moment}. Reading it is free; another address costs {n:,} tokens.",
    ),
    "mail.empty": "No messages yet. **Refresh** looks again; a new one may take a minute.",
    "mail.count": Plural("### {n} message", "### {n} messages"),
    "mail.line": "- **{subject}** from {sender}{at}",
    "mail.older": Plural("- and {n} older one", "- and {n} older ones"),
    "mail.open": "Open a message",
    "mail.no_subject": "(no subject)",
    "mail.no_sender": "(nobody named)",
    "mail.no_text": "(no text)",
    "mail.message": "## {subject}\nFrom {sender}{at}",
    "mail.cut": "-# The rest does not fit here. The API gives all of it.",
    "mail.links": "-# Links are written so that no click follows them.",
    "mail.attached": (
        "📎 **Attached: {names}**\nI do not fetch attachments. Open no file from somebody you do "
        "not know."
    ),
    "mail.message_gone": "This message is no longer in the mailbox.",
    "mail.inbox": Plural("## Your mailbox", "## Your mailboxes"),
    "mail.none": "You have no mailboxes. /temp_mail makes one.",
    "mail.entry": "- `{email}`, made {moment}",
    "mail.pick": "Open a mailbox",
    "mail.forget": (
        "## Forget this mailbox?\n`{email}` and what is sent to it can no longer be read by "
        "anybody here. What it cost stays spent."
    ),
    "mail.forgotten": "The mailbox is forgotten. /inbox lists the others.",
    "mail.choice": Plural("{domain} · {n:,} token", "{domain} · {n:,} tokens"),
}
