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
    "staff.suspended": (
        "Your account here is suspended, and whoever is suspended acts as no moderator. Ask "
        "another moderator to restore it."
    ),
    "staff.not_over_admins": (
        "Only an administrator of the server may suspend one. Nothing was changed: ask another "
        "administrator."
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
    "staff.settings_moved_on": (
        "This cannot be undone any more: those settings were changed again since. /settings shows "
        "how things stand now."
    ),
    "staff.no_target": "This concerns nobody who is still known here.",
    "staff.not_for_bots": "Bots have no account here. Pick a person.",
    "staff.no_channel": (
        "This needs a second moderator, but there is no staff channel to ask in. Set "
        "community.staff_channel or community.log_channel first."
    ),
    "staff.no_reason": (
        "A reason has to say something, and this one is blank. Nothing was changed. Run the "
        "command again and say why."
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
    "text.lost": "(lost)",
    "role.audited": "Latchkey levels",
    "change.new": "{label}: **{now}**",
    "change.same": "{label}: {now} (as before)",
    "change.other": "{label}: {was} → **{now}**",
    "change.none": "none",
    "change.yes": "yes",
    "change.no": "no",
    "field.limit": "Their daily limit",
    "field.limit.none": "no limit",
    "field.tokens": "Tokens a day",
    "field.access": "Their access",
    "field.access.none": "free models only",
    "field.starts_at": "Starts",
    "field.ends_at": "Ends",
    "field.claude": "Claude models",
    "field.unlimited": "No daily limit",
    "field.suspended": "Suspended",
    "field.grant": "Grant",
    "field.grant.none": "revoked",
    "field.donated": "Donation",
    "field.donated.none": "refunded",
    "field.key_made_at": "Key made",
    "field.key_made_at.none": "a new one, which only its owner can see",
    "act.grant.give": "Give {target} a grant",
    "did.grant.give": "{actor} gave {target} a grant",
    "act.grant.revoke": "Revoke a grant of {target}",
    "did.grant.revoke": "{actor} revoked a grant of {target}",
    "act.donation.record": "Record a donation of {target}",
    "did.donation.record": "{actor} recorded a donation of {target}",
    "act.donation.refund": "Refund a donation of {target}",
    "did.donation.refund": "{actor} refunded a donation of {target}",
    "act.member.info": "See the record of a member",
    "act.member.suspend": "Suspend {target}",
    "did.member.suspend": "{actor} suspended {target}",
    "act.member.restore": "Restore {target}",
    "did.member.restore": "{actor} restored {target}",
    "act.member.reset_key": "Reset the key of {target}",
    "did.member.reset_key": "{actor} reset the key of {target}",
    "grant.gives_nothing": (
        "A grant has to give something: tokens, Claude, or no limit. Nothing was changed."
    ),
    "grant.gone": ("There is no such grant, or it has ended. /grant list shows a member's grants."),
    "grant.runs_until": "-# It would have run until <t:{ends}:f>.",
    "grant.menu": "Grant...",
    "grant.modal": "Grant to {who}",
    "grant.end": "Revoke a grant",
    "grant.days": "Days",
    "grant.tokens": "Tokens a day (leave empty for none)",
    "grant.claude": "Claude models",
    "grant.unlimited": "No daily limit",
    "grant.needs_days": "say for how many days",
    "grant.not_a_number.days": "days has to be a whole number from 1 to {most:,}",
    "grant.not_a_number.tokens": "tokens has to be a whole number from 1 to {most:,}",
    "grant.list": "## Grants of {who}",
    "grant.none": "No grant runs or waits.",
    "grant.runs": "- **{name}**: {gives}, until {ends} ({left})",
    "grant.waits": "- **{name}**: {gives}, from {starts} until {ends}",
    "grant.by": ", by {who}",
    "grant.until": "until {day}",
    "grant.pick": "Revoke one of them",
    "donation.receipt_used": (
        "That receipt was recorded <t:{unix}:R> already, and a receipt counts once. /member info "
        "shows a member's donations."
    ),
    "donation.no_receipt": "No donation was recorded by that receipt. Check its spelling.",
    "donation.donor_gone": (
        "Whoever donated had all of their data deleted since, and the plan went with it: nothing "
        "is left to end. Pay the money back as usual."
    ),
    "donation.blank_receipt": "The receipt's reference is missing. Write what names the payment.",
    "donation.refunded": "That donation was refunded <t:{unix}:R> already.",
    "donation.none": "None",
    "donation.line": "- ${amount}, {at}",
    "donation.line_refunded": "- ${amount}, {at}, refunded {back}",
    "member.suspended_before": "This member is suspended already. /member info says why.",
    "member.not_suspended": "This member is not suspended: nothing to restore.",
    "member.no_key": "This member has no key: nothing to reset.",
    "member.suspension_stops": (
        "Their key stops working at once, and whatever of theirs is running ends. They read the "
        "reason."
    ),
    "member.key_stops": (
        "The key they have stops working at once, in every program that uses it. /show_key shows "
        "them the new one."
    ),
    "member.grants": "Grants",
    "member.donations": "Donations",
    "member.acts": "Latest in the record",
    "audit.declined": "{who} declined: {what}",
    "audit.refused": "{who} was refused: {what}",
    "audit.undone": "{who} undid: {what}",
    "audit.none": "Nothing yet",
    "audit.somebody": "somebody",
    "audit.latchkey": "Latchkey",
    "audit.line": "- {moment} {what}",
    "audit.mark": " (undone)",
    "audit.why": ": {reason}",
    "staff.route_misconfigured": (
        "The upstream `{upstream}` refuses our credentials (status {status}). It rests until it "
        "answers again. Check its `api_key` and `base_url` in latchkey.toml."
    ),
}
