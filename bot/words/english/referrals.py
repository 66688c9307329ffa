"""What is said about referral codes, what they are exchanged for, and the month's contest."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "referral.only_at_home": (
        "Referral codes are activated in our own server only. Run this command there."
    ),
    "referral.used": (
        "You activated a code on <t:{unix}:D>. That works once per person, ever. Invite others "
        "with your own code: /user_info shows it."
    ),
    "referral.young": (
        "Your Discord account is too new to activate a code. Come back <t:{unix}:R> and try again."
    ),
    "referral.unknown": (
        "Nobody has that code. It has 8 letters and digits, without 0, O, 1, I and L: check it "
        "with whoever gave it to you."
    ),
    "referral.own": "That is your own code. Give it to somebody who is new here.",
    "referral.loop": (
        "The owner of this code came by yours, so theirs does not work for you. Take somebody "
        "else's."
    ),
    "referral.resting": "This code does not work at the moment. Take somebody else's.",
    "referral.no_activation": "This member has not activated anybody's code: nothing to void.",
    "referral.voided_before": "This member's activation was voided before: nothing has changed.",
    "referral.not_voided": "This activation counts already: nothing has changed.",
    "referral.question": "## Activate this code?",
    "referral.code_of": "The code `{code}` is {owner}'s.",
    "referral.once": "You can activate one code, once, ever.",
    "referral.done": "## Your code is activated",
    "referral.next": "/all_limits shows what you may spend now, /gen_key makes your API key.",
    "referral.kept": "Nothing has changed: no code was activated.",
    "offer.gives": "It gives you **{gives}**, {span}.",
    "offer.gave": "You have **{gives}**, {span}.",
    "offer.until": "until {ends} ({left})",
    "offer.from_until": "from {starts} until {ends}, because the same plan runs until then",
    "offer.adds_later": (
        "It adds nothing now: you already have as much or more until {moment} ({left})."
    ),
    "offer.adds_queued": "It adds nothing now: it starts when what you have has ended.",
    "offer.adds_never": (
        "It adds nothing at all: you already have as much or more for the whole time."
    ),
    "exchange.no_such_pack": "{n:,} referrals cannot be exchanged. You can exchange {packs}.",
    "exchange.not_enough": Plural(
        "You have {n:,} referral to exchange, and this takes {need:,}. /user_info shows your code.",
        "You have {n:,} referrals to exchange, and this takes {need:,}. /user_info shows your "
        "code.",
    ),
    "exchange.owed": Plural(
        "You owe {n:,} referral, because one that you had exchanged was voided. New activations "
        "of your code pay it back first.",
        "You owe {n:,} referrals, because some that you had exchanged were voided. New "
        "activations of your code pay them back first.",
    ),
    "exchange.nobody_to_ask": (
        "Moderators decide on exchanges here, but I know no channel to ask them in. Tell one of "
        "them: community.staff_channel is not set."
    ),
    "exchange.unknown": "There is no such exchange of yours. Run /exchange_referrals again.",
    "exchange.decided": "This exchange waits no more: it is {state}.",
    "exchange.state.waiting": "waiting",
    "exchange.state.approved": "approved",
    "exchange.state.declined": "declined",
    "exchange.state.withdrawn": "withdrawn",
    "exchange.state.lapsed": "lapsed",
    "exchange.uncovered": Plural(
        "Activations were voided since this was asked: {n:,} referral is left, and it takes "
        "{need:,}. Nothing was spent. Decline it.",
        "Activations were voided since this was asked: {n:,} referrals are left, and it takes "
        "{need:,}. Nothing was spent. Decline it.",
    ),
    "exchange.none": "Nothing can be had for referrals here at the moment.",
    "exchange.title": "## Exchange your referrals",
    "exchange.balance": Plural(
        "You have **{n:,}** referral to exchange.", "You have **{n:,}** referrals to exchange."
    ),
    "exchange.debt": Plural(
        "You owe **{n:,}** referral, because one that you had exchanged was voided.",
        "You owe **{n:,}** referrals, because some that you had exchanged were voided.",
    ),
    "exchange.reserved": Plural(
        "**{n:,}** more is reserved for what waits below.",
        "**{n:,}** more are reserved for what waits below.",
    ),
    "profile.reserved": Plural(
        "**{n:,}** referral reserved for an exchange that waits",
        "**{n:,}** referrals reserved for exchanges that wait",
    ),
    "exchange.pack": "- {n:,} referrals: {gives}, for {days}",
    "exchange.choice": "{n:,} referrals: {gives}, {days}",
    "exchange.by_staff": "Moderators decide on every exchange; the referrals are reserved so long.",
    "exchange.question": Plural("## Exchange {n:,} referral?", "## Exchange {n:,} referrals?"),
    "exchange.leaves": "It leaves you {n:,} of your {balance:,}.",
    "exchange.done": Plural("## You exchanged {n:,} referral", "## You exchanged {n:,} referrals"),
    "exchange.waits": Plural(
        "## {n:,} referral is reserved, and the moderators decide",
        "## {n:,} referrals are reserved, and the moderators decide",
    ),
    "exchange.waits_until": (
        "/exchange_referrals shows what became of it. If nobody decides until {moment}, you have "
        "them back. You can take them back before, too."
    ),
    "exchange.withdrawn": Plural(
        "You took it back: {n:,} referral is yours to exchange again.",
        "You took it back: {n:,} referrals are yours to exchange again.",
    ),
    "exchange.kept": "Nothing has changed: your referrals are all there.",
    "exchange.latest": "### What you asked for",
    "exchange.line.waiting": "- {n:,} referrals, asked {asked}: the moderators decide",
    "exchange.line.approved": "- {n:,} referrals, {decided}: exchanged",
    "exchange.line.declined": "- {n:,} referrals, {decided}: declined. {reason}",
    "exchange.line.declined_silently": "- {n:,} referrals, {decided}: declined",
    "exchange.line.taken_back": (
        "- {n:,} referrals, {decided}: taken back by the staff, the referrals are yours again"
    ),
    "exchange.line.withdrawn": "- {n:,} referrals, {decided}: you took them back",
    "exchange.line.lapsed": (
        "- {n:,} referrals, asked {asked}: nobody decided in time, you have them back"
    ),
    "exchange.asks": Plural(
        "{member} asks to exchange {n:,} referral ({credited:,} ever credited).",
        "{member} asks to exchange {n:,} referrals ({credited:,} ever credited).",
    ),
    "exchange.change": "{change}",
    "exchange.dm.approved": Plural(
        "✅ Your exchange of {n:,} referral was approved.",
        "✅ Your exchange of {n:,} referrals was approved.",
    ),
    "exchange.dm.taken_back": Plural(
        "↩️ The staff took back your exchange of {n:,} referral: its plan has ended, and the "
        "referral is yours to exchange again.",
        "↩️ The staff took back your exchange of {n:,} referrals: its plan has ended, and they "
        "are yours to exchange again.",
    ),
    "exchange.dm.declined": Plural(
        "❌ Your exchange of {n:,} referral was declined; it is yours to exchange again.",
        "❌ Your exchange of {n:,} referrals was declined; they are yours to exchange again.",
    ),
    "exchange.dm.lapsed": Plural(
        "⌛ Nobody decided on your exchange of {n:,} referral for 7 days: it is yours again.",
        "⌛ Nobody decided on your exchange of {n:,} referrals for 7 days: they are yours again.",
    ),
    "exchange.over": "This exchange waits no more: it is {state}.",
    "exchange.why": "Why is it declined? The member reads this.",
    "exchange.decline_title": "Decline the exchange",
    "field.balance": "Balance of referrals",
    "field.own_limit": "Your daily limit",
    "field.own_limit.none": "no limit",
    "field.own_access": "Your access",
    "field.own_access.none": "free models only",
    "field.days": "Days",
    "field.counts": "The activation counts",
    "field.referrals": "Referrals",
    "exchange.not_yet": Plural(
        "-# {n:,} of them counts once it has been active here",
        "-# {n:,} of them count once they have been active here",
    ),
    "staff.referrals.title": "## Referrals of {member}",
    "staff.referrals.code": "Code: `{code}`",
    "staff.referrals.purse": (
        "Credited: {credited:,} · waiting: {waiting:,} · reserved: {reserved:,} · "
        "exchanged: {spent:,} · balance: **{balance:,}**"
    ),
    "staff.referrals.came_by": "Came by the code of {owner}",
    "staff.referrals.none": "Nobody has activated this code yet.",
    "staff.referrals.line": "- {member}, {moment}: {state}",
    "staff.referrals.counts": "counts",
    "staff.referrals.waits": "waits until they have been active",
    "staff.referrals.voided": "voided {moment}",
    "staff.referrals.page": "-# {first} to {last} of {total}",
    "staff.referrals.void": "{newcomer}'s activation of {owner}'s code falls.",
    "staff.referrals.keeps": (
        "{newcomer} keeps what the activation gave, and can activate no other code."
    ),
    "staff.referrals.debt": (
        "The credit is spent already: this leaves a debt, which blocks exchanges until it is paid."
    ),
    "act.referrals.list": "See a member's referrals",
    "act.referrals.void": "Void {target}'s activation of a referral code",
    "did.referrals.void": "{actor} voided {target}'s activation of a referral code",
    "act.exchange.approve": "Approve {target}'s exchange of referrals",
    "did.exchange.approve": "{actor} approved {target}'s exchange of referrals",
    "act.exchange.decline": "Decline {target}'s exchange of referrals",
    "did.exchange.decline": "{actor} declined {target}'s exchange of referrals",
    "contest.no_such_month": (
        "Write a month that has begun as YYYY-MM, like {month}; left out, it is this month."
    ),
    "contest.title": "## Contest of {month}",
    "contest.off": "There is no contest at the moment.",
    "contest.prize": Plural(
        "Whoever brings the most people in a month wins **{gives}** for {days}. There is {n} "
        "place; those level with it win too. It ends {ends}.",
        "Whoever brings the most people in a month wins **{gives}** for {days}. There are {n} "
        "places; those level with the last of them win too. It ends {ends}.",
    ),
    "contest.line": Plural(
        "{place}. {member}: {n:,} activation", "{place}. {member}: {n:,} activations"
    ),
    "contest.mine": Plural(
        "You: place {place}, {n:,} activation", "You: place {place}, {n:,} activations"
    ),
    "contest.not_on_it": "You: nobody activated your code in this month.",
    "contest.hidden": "somebody who is not listed",
    "contest.nobody": "Nobody has activated a code in this month.",
    "contest.winners": "### Winners",
    "contest.no_winners": "No winners: the month is over and closed.",
    "contest.soon": "The winners are announced soon.",
    "contest.announced": "🏆 **The referral contest of {month} is over.** Thank you! These win:",
    "contest.winner": "{place}. {who}, activated by {n:,}",
    "contest.prizes": "Each of them has from now on:\n{change}",
    "contest.more_winners": Plural(
        "... and {n:,} more who is level with the last place",
        "... and {n:,} more who are level with the last place",
    ),
}
