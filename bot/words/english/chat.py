"""What /chat says around an answer."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "chat.footer": "{model} · cost {cost:,} · {left} left today",
    "chat.footer.unlimited": "{model} · cost {cost:,} · no limit today",
    "chat.left.tokens": Plural("{n:,} token", "{n:,} tokens"),
    "chat.left.requests": Plural("{n:,} request", "{n:,} requests"),
    "chat.stopped": "stopped",
    "chat.cut": "The answer broke off here. You paid for what arrived; Regenerate tries again.",
    "chat.cut.shutdown": (
        "Latchkey restarts, so the answer ends here. You paid for what arrived; ask again soon."
    ),
    "chat.cut.suspended": "The account behind this question was suspended: the answer ends here.",
    "chat.cut.time": (
        "That is as long as one answer may take. You paid for what arrived; ask to go on from "
        "the last sentence."
    ),
    "chat.late": (
        "Discord lets me write this answer for 15 minutes only, so it ends here. Ask to go on "
        "from the last sentence."
    ),
    "chat.file": "The whole answer is in the file.",
    "chat.empty": "*(nothing but silence)*",
    "chat.busy": "Your last answer is still being written. Stop it, or wait until it is done.",
    "chat.channel_busy": "Three answers are being written here already. Try again in a moment.",
    "chat.too_old": "This answer is too old to be written again. Ask your question anew.",
    "chat.not_running": "This answer is no longer being written.",
    "chat.no_models": "No model can be called yet. An admin adds them to latchkey.toml.",
    "chat.cannot_talk": (
        "`{model}` is not for talking, it is for: {kinds}. /models lists each model's kinds."
    ),
    "chat.no_web": "`{model}` cannot look things up. Leave `web` out, or pick another model.",
    "chat.no_sight": "`{model}` cannot see pictures. Pick a model of the kind vision.",
    "chat.not_a_picture": "That file is no picture I can read. PNG, JPEG, WEBP and GIF work.",
    "chat.picture_too_big": "That picture is too large. Up to {megabytes} MB work.",
    "chat.picture_gone": "Discord does not hand that picture out any more. Attach it again.",
    "chat.sources": "**Sources**",
    "about.title": "Ask about this message",
    "about.question": "Your question",
    "about.private": "Show the answer only to me",
    "about.prompt": (
        "{author} wrote this message on Discord:\n\n{text}\n\nAnswer this question about it: "
        "{question}"
    ),
    "about.quote": "about {link}",
    "about.nothing": "That message has neither words nor a picture that I could look at.",
    "about.forgotten": (
        "Latchkey was restarted meanwhile and no longer knows that message. Choose it again."
    ),
    "chat.aloud.spent": (
        "Too little of today's allowance is left for this. Nothing was charged. /all_limits "
        "shows where you stand."
    ),
    "chat.aloud.suspended": "This account is suspended. /user_info says why.",
}
