"""What /chat says around an answer."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "chat.footer": "{model} · cost {cost:,} · {left} left today",
    "chat.footer.unlimited": "{model} · cost {cost:,} · no limit today",
    "chat.left.tokens": Plural("{n:,} token", "{n:,} tokens"),
    "chat.left.requests": Plural("{n:,} request", "{n:,} requests"),
    "chat.stopped": "stopped",
    "chat.cut": (
        "The answer broke off here. What it cost stands below; press Continue to go on from "
        "here, or Regenerate to begin anew."
    ),
    "chat.cut.search": (
        "The answer broke off here. The whole price is charged, because it had begun; "
        "press Regenerate to try again."
    ),
    "chat.cut.shutdown": (
        "Latchkey restarts, so the answer ends here. What it cost stands below; reply to it "
        "in a minute to go on."
    ),
    "chat.cut.suspended": "The account behind this question was suspended: the answer ends here.",
    "chat.cut.leaving": (
        "The answer ends here: who asked had everything deleted that Latchkey kept of them."
    ),
    "chat.cut.time": (
        "That is as long as one answer may take. What it cost stands below; press Continue to "
        "go on from here."
    ),
    "chat.late": (
        "Discord lets me write this answer for 15 minutes only: to be continued. Press Continue to "
        "go on from here."
    ),
    "chat.length": (
        "This is as long as the model's answers get. Press Continue to go on from here."
    ),
    "chat.restarted": (
        "Latchkey was restarted while this was being written. Nothing was charged. Ask again, or "
        "reply to this with what you want next."
    ),
    "chat.restarted.before": (
        "⏳ Latchkey was restarted before it could answer. Nothing was charged: ask again."
    ),
    "chat.context.cut": Plural(
        "Only the last message of this conversation was read: it is longer than I look back.",
        "Only the last {n} messages of this conversation were read: it is longer than I look back.",
    ),
    "chat.context.unread": (
        "Some messages here are hidden from me: I can read those that mention me or reply to me."
    ),
    "chat.context.blind": "Not every picture of this conversation was looked at.",
    "chat.file": "The whole answer is in the file.",
    "chat.no_file": "The rest did not fit, and I may not attach files here.",
    "chat.stop": "Stop",
    "chat.again": "Regenerate",
    "chat.more": "Continue",
    "chat.thread": "Thread",
    "chat.delete": "Delete",
    "chat.model": "Answer again with another model",
    "chat.thread.name": "Conversation",
    "chat.thread.free": "Go on here: in this thread I answer without being mentioned.",
    "chat.thread.called": (
        "Go on here: mention me, or reply to me, in each message that is for me."
    ),
    "chat.thread.there": "🧵 The conversation goes on in {place}.",
    "chat.no_thread": (
        "I may not start a thread here. A moderator can give me the permissions Create Public "
        "Threads and Send Messages in Threads."
    ),
    "chat.not_yours": (
        "Only whoever asked, and moderators, can do that. Reply to the answer to go on from it "
        "yourself."
    ),
    "chat.no_going_on": "This answer cannot be gone on from. Reply to it with what you want next.",
    "chat.unseen": (
        "I cannot read this message: Discord shows me only messages that mention me. Reply with a "
        "mention."
    ),
    "chat.nothing_asked": (
        "Hello! Write your question after the mention, or mention me in a reply to a message to "
        "ask about it."
    ),
    "chat.mute": (
        "I may not write in {place}, so I cannot answer there. Ask a moderator to give me the "
        "permission Send Messages, or ask me in another channel or here."
    ),
    "chat.place_shut": (
        "I could not finish the answer in {place}: it was deleted or archived, or I may not write "
        "there any more. You paid for what arrived. Ask again in another place."
    ),
    "chat.paper_too_big": "`{name}` is too large: text files of up to {kilobytes} KB can be read.",
    "chat.unreadable": (
        "I cannot read `{name}`. Pictures (PNG, JPEG, WEBP, GIF) and text files work."
    ),
    "chat.empty": "*(nothing but silence)*",
    "chat.busy": "Your last answer is still being written. Stop it, or wait until it is done.",
    "chat.channel_busy": "Three answers are being written here already. Try again in a moment.",
    "chat.too_old": (
        "This answer is too old to be written again. Reply to it to go on, or ask your question "
        "anew."
    ),
    "chat.not_running": "This answer is no longer being written.",
    "chat.no_models": "No model can be called yet. An admin adds them to latchkey.toml.",
    "chat.cannot_talk": (
        "`{model}` is not for talking, it is for: {kinds}. /models lists each model's kinds."
    ),
    "chat.no_web": "`{model}` cannot look things up. Leave `web` out, or pick another model.",
    "chat.no_sight": "`{model}` cannot see pictures. These can: {others}.",
    "chat.no_sight_here": "`{model}` cannot see pictures, and no other model here can either.",
    "chat.not_a_picture": "That file is no picture I can read. PNG, JPEG, WEBP and GIF work.",
    "chat.paper_elsewhere": (
        "`image` takes pictures. For a text file, write a message that mentions me, or a direct "
        "message to me, and attach the file to it."
    ),
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
    "chat.aloud.held": (
        "Calls that still run hold what is left of today's allowance. Nothing was charged. Ask "
        "again once they have ended."
    ),
    "chat.aloud.suspended": "This account is suspended. /user_info says why.",
}
