"""What people read of their own data, and staff of the copies of everybody's."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "act.data.delete": "Delete {target}'s data",
    "did.data.delete": "{actor} had their own data deleted",
    "data.title": "## Your data",
    "data.kept": (
        "We keep your Discord id, your API key (encrypted), what you were granted and why, your "
        "referrals, levels and donations, which songs and mailboxes you had made (their addresses "
        "encrypted), and a record of each call: when, which model, how many tokens. We never keep "
        "what you ask or what is answered, nor any message that you write or get."
    ),
    "data.rights": (
        "**Download JSON** gives you all of it as a file. **Delete everything...** deletes it, "
        "and your key stops working. You are asked first."
    ),
    "data.nothing": "We know nothing of you, so there is nothing to show and nothing to delete.",
    "data.file": "Here is everything we know of you. Only you see this message.",
    "data.ask": (
        "Your key stops working at once and calls that run are ended. Your id, grants, referrals, "
        "levels, records and all texts about you are deleted, for good: nobody can bring them back."
    ),
    "data.ask_title": "Delete everything",
    "data.stays": Plural(
        "What stays: sums without your name; posts already in the staff's log; copies of the "
        "database for one day; and a hash of your id, so that a used referral code, a "
        "suspension and what you spent today are not escaped.",
        "What stays: sums without your name; posts already in the staff's log; copies of the "
        "database for {n} days; and a hash of your id, so that a used referral code, a "
        "suspension and what you spent today are not escaped.",
    ),
    "data.stays.no_copies": (
        "What stays: sums without your name; posts already in the staff's log; and a hash of your "
        "id, so that a used referral code, a suspension and what you spent today are not escaped."
    ),
    "data.type": "Type {word} to delete everything",
    "data.not_typed": (
        "Nothing was deleted: you did not type {word}. Press **Delete everything...** to try again."
    ),
    "data.deleted": (
        "Everything is deleted and your key opens nothing any more. You can start anew at any "
        "time with /gen_key."
    ),
    "data.still_running": (
        "Your key is revoked, but a call of yours would not end, so nothing else was deleted yet. "
        "Run /my_data again in a minute."
    ),
    "staff.backup_failed": (
        "Tonight's copy of the database failed: {why}. Look at the disk and the permissions of the "
        "folder `backups` in LATCHKEY_DATA. The next try is tomorrow night."
    ),
}
