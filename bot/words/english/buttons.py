"""What stands on buttons."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "button.confirm": "Confirm",
    "button.cancel": "Cancel",
    "button.approve": "Approve",
    "button.decline": "Decline",
    "button.undo": "Undo",
    "button.show": "Show",
    "button.copy": "Copy",
    "button.recreate": "Recreate",
    "button.recreate_key": "Recreate key",
    "button.my_limits": "My limits",
    "button.refresh": "Refresh",
    "button.models": "Models",
    "button.first": "First",
    "button.previous": "Previous",
    "button.next": "Next",
    "button.back": "Back",
    "button.list_me": "Hide or show me",
    "button.withdraw": "Withdraw {n}",
    "button.csv": "CSV",
    "button.download": "Download JSON",
    "button.delete_everything": "Delete everything...",
    "button.new_address": "New address",
    "button.my_mailboxes": "My mailboxes",
    "button.forget": "Forget...",
}
