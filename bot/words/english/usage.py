"""What /usage and /leaderboard say."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "plans.title": "Ways to get more",
    "plans.activation": Plural(
        "**A friend's code** (/activate_referral, once ever): {gives}, for {n} day",
        "**A friend's code** (/activate_referral, once ever): {gives}, for {n} days",
    ),
    "plans.exchange": "**Referrals of your own** (/exchange_referrals), a month each:",
    "plans.referrals": Plural("{n} referral", "{n} referrals"),
    "plans.levels": "**Talking here**: the month after so many points,",
    "plans.level": Plural("level {level} ({n:,} point)", "level {level} ({n:,} points)"),
    "plans.donations": "**Donations**, a month each (ask the staff):",
    "plans.refund": "Donated money is given back by the staff where models do not work.",
    "plans.contest": Plural(
        "**The contest** (/contest): who brings the most in a month gets {gives}",
        "**The contest** (/contest): the {n} who bring the most in a month get {gives}",
    ),
    "plans.line": "- {what}: {gives}",
    "profile.code": "Referral code `{code}`, activated by {n}",
    "profile.balance": Plural("**{n}** referral to exchange", "**{n}** referrals to exchange"),
    "profile.level": "Level **{level}**",
    "profile.no_level": "No level yet",
    "profile.points": Plural(
        "{n:,} point this month, place {place}", "{n:,} points this month, place {place}"
    ),
    "usage.title": Plural("What you used today", "What you used in {n} days"),
    "usage.span": Plural("{n} day", "{n} days"),
    "usage.none": "No calls yet. Make the first with your key, or with /chat.",
    "usage.tokens": Plural("{n:,} token", "{n:,} tokens"),
    "usage.tokens.sum": Plural("**{n:,}** token", "**{n:,}** tokens"),
    "usage.sum": Plural(
        "Together {spent} in **{n:,}** call.", "Together {spent} in **{n:,}** calls."
    ),
    "usage.day": Plural("{day}: {spent}, {n:,} call", "{day}: {spent}, {n:,} calls"),
    "usage.model": Plural("`{model}`: {cost}, {n:,} call", "`{model}`: {cost}, {n:,} calls"),
    "usage.others": Plural("and {n:,} other: {cost}", "and {n:,} others: {cost}"),
    "usage.csv": "Your days, one a line: the day, metered tokens, calls.",
    "board.referrals": "Referrals in {month}",
    "board.levels": "Talking in {month}",
    "board.usage": "Usage in {month}",
    "board.until.referrals": "So far; the month's prizes go out when it is over.",
    "board.until.levels": "So far; levels are awarded when the month is over.",
    "board.until.usage": "Up to last night.",
    "board.line.referrals": Plural(
        "{mark} {who}: {n:,} activation", "{mark} {who}: {n:,} activations"
    ),
    "board.line.levels": Plural("{mark} {who}: {n:,} point", "{mark} {who}: {n:,} points"),
    "board.line.usage": Plural("{mark} {who}: {n:,} token", "{mark} {who}: {n:,} tokens"),
    "board.mine": "You: {line}",
    "board.somebody": "somebody who is not listed",
    "board.deep": "beyond the first thousand,",
    "board.empty": "Nobody yet. You could be the first.",
    "board.empty.usage": "Nobody up to last night. Today's calls are counted tonight.",
    "board.empty.over": "Nobody that month.",
    "board.listed": "You are listed on leaderboards again.",
    "board.hidden": "Leaderboards no longer name you. Your place stays, without your name.",
}
