"""What the community's staff reads in its channels."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "staff.undeliverable": (
        "I could not post to the {place} channel: {why}. Check that the channel exists and that "
        "I may view it and send messages there."
    ),
    "staff.not_staff": (
        "Only moderators of our own server may do this, and only there. If you are one, run the "
        "command in that server."
    ),
    "staff.self_grant": (
        "Nobody decides about their own account. Ask another moderator to do this for you."
    ),
    "staff.own_proposal": "You proposed this yourself. Another moderator has to approve it.",
    "staff.not_your_proposal": (
        "Another moderator started this. Run the command yourself to do the same."
    ),
    "staff.proposal_gone": (
        "This is no longer open: it was cancelled, decided, or left for too long. Nothing was "
        "changed now. Run the command again."
    ),
    "staff.already_done": "This was done already, and it is done once only.",
    "staff.not_undoable": (
        "This cannot be undone any more. /member info shows how things stand now."
    ),
    "staff.no_target": "This concerns nobody who is still known here.",
    "staff.not_for_bots": "Bots have no account here. Pick a person.",
    "staff.no_channel": (
        "This needs a second moderator, but there is no staff channel to ask in. Set "
        "community.staff_channel or community.log_channel first."
    ),
    "staff.question": "## {what}?",
    "staff.needs_second": (
        "This needs a second moderator: after Confirm I ask for one in the staff channel."
    ),
    "staff.done": "## Done\n{what}",
    "staff.cancelled": "Cancelled. Nothing has changed.",
    "staff.waits": (
        "## {what}: waiting for a second moderator\nI have asked in the staff channel. Nothing "
        "changes until another moderator approves there, within 7 days."
    ),
    "staff.second": "**A second moderator is needed.** {actor} wants to do this:",
    "staff.approved": "✅ Approved by {who}",
    "staff.declined": "❌ Declined by {who}",
    "staff.undone": "↩️ Undone by {who}",
    "staff.undone_panel": "## {what}: undone by {who}",
    "staff.reason": "Reason",
    "staff.decline": "Decline",
    "log.change": "{change}",
    "log.reason": "> Reason: {reason}",
    "log.approved": "Approved by {approver}",
    "log.declined": "❌ {decliner} declined what {actor} proposed:",
    "log.undone": "↩️ {undoer} undid this:",
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
