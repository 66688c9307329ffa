"""What people read of their own data, and staff of the copies of everybody's."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "staff.backup_failed": (
        "Tonight's copy of the database failed: {why}. Look at the disk and the permissions of the "
        "folder `backups` in LATCHKEY_DATA. The next try is tomorrow night."
    ),
}
