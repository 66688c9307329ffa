"""What is said about members, their keys and their mode."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "not_at_home": (
        "This is for members of our own server. Run the command there once, then try again."
    ),
    "account_too_young": (
        "Your Discord account is too new for this. Come back <t:{unix}:R> and try again."
    ),
    "suspended": (
        'Your account is suspended: "{reason}". Ask a moderator if you think this is wrong.'
    ),
    "suspended_for_lost": (
        "Your account is suspended. The reason is no longer kept. Ask a moderator if you think "
        "this is wrong."
    ),
    "just_deleted": (
        "Your data was deleted a moment ago. Run the command again if you want to start anew."
    ),
    "unknown_member": "There is no such member. Ask them to run /gen_key first.",
    "key_replaced": "That key was replaced meanwhile. /show_key shows the one you have now.",
    "no_key": "You have no key yet. Make one with /gen_key.",
    "switches_spent": Plural(
        "You switched once today, which is the most. Switch again <t:{unix}:R>.",
        "You switched {n} times today, which is the most. Switch again <t:{unix}:R>.",
    ),
    "switching_off": "Switching modes is turned off in this community. Ask a moderator.",
}
