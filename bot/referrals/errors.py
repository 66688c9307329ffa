"""Why a code is not activated, or referrals are not exchanged."""

from bot.core.errors import Failure, Kind
from bot.referrals.rules import State
from bot.words.phrase import Phrase


class OnlyAtHome(Failure):
    """Codes are activated in a home guild only."""

    kind = Kind.NOT_ALLOWED
    message_id = "referral.only_at_home"


class CodeUsedBefore(Failure):
    """This person activated a code before; `unix` says when."""

    kind = Kind.CONFLICT
    message_id = "referral.used"


class TooYoungForCodes(Failure):
    """The Discord account is not old enough to activate a code; `unix` says when it will be."""

    kind = Kind.NOT_ALLOWED
    message_id = "referral.young"


class NoSuchCode(Failure):
    """Nobody has this code."""

    kind = Kind.NOT_FOUND
    message_id = "referral.unknown"


class OwnCode(Failure):
    """The code is one's own."""

    kind = Kind.NOT_ALLOWED
    message_id = "referral.own"


class CodeLoop(Failure):
    """The code's owner activated this person's code."""

    kind = Kind.NOT_ALLOWED
    message_id = "referral.loop"


class CodeResting(Failure):
    """The code's owner is suspended."""

    kind = Kind.NOT_ALLOWED
    message_id = "referral.resting"


class NoSuchPack(Failure):
    """So many referrals cannot be exchanged; `packs` names the numbers that can."""

    kind = Kind.INVALID
    message_id = "exchange.no_such_pack"


class NotEnoughReferrals(Failure):
    """The balance does not cover the exchange."""

    kind = Kind.NOT_ALLOWED
    message_id = "exchange.not_enough"


class ReferralsOwed(NotEnoughReferrals):
    """The balance is below zero, because what was spent already was voided."""

    message_id = "exchange.owed"


class NobodyToAsk(Failure):
    """Staff decide on exchanges, and no channel is set in which to ask them."""

    kind = Kind.UNAVAILABLE
    message_id = "exchange.nobody_to_ask"


class NoSuchExchange(Failure):
    """There is no such exchange of this member."""

    kind = Kind.NOT_FOUND
    message_id = "exchange.unknown"


class ExchangeDecided(Failure):
    """The exchange waits no more; `state` says what became of it."""

    kind = Kind.CONFLICT
    message_id = "exchange.decided"

    def __init__(self, *, state: State) -> None:
        """Say in words what became of it."""
        super().__init__(state=Phrase(f"exchange.state.{state}"))
        self.state = state


class ExchangeUncovered(Failure):
    """Voids have left `n` of the `need` referrals that were reserved for the exchange."""

    kind = Kind.CONFLICT
    message_id = "exchange.uncovered"


class NoSuchActivation(Failure):
    """This member's activation of a code cannot be voided or given back: there is none."""

    kind = Kind.NOT_FOUND
    message_id = "referral.no_activation"


class VoidedBefore(Failure):
    """The activation was voided before."""

    kind = Kind.CONFLICT
    message_id = "referral.voided_before"


class NotVoided(Failure):
    """The activation counts: there is no void to take back."""

    kind = Kind.CONFLICT
    message_id = "referral.not_voided"


class NoSuchMonth(Failure):
    """That is no month that has begun."""

    kind = Kind.INVALID
    message_id = "contest.no_such_month"
