"""The unit everything is metered in: whole tokens, priced by integer thousandths."""

from enum import StrEnum

THOUSAND = 1_000  # a coefficient of 1.0


class Mode(StrEnum):
    """How a member's calls are priced."""

    TOKENS = "tokens"
    REQUESTS = "requests"


def metered(raw: int, coefficient: int) -> int:
    """Return ceil(raw tokens x coefficient), the coefficient in thousandths."""
    return -(-raw * coefficient // THOUSAND)


def affordable(tokens: int, coefficient: int) -> int:
    """Return the most raw tokens whose metered price stays within `tokens`."""
    return tokens * THOUSAND // coefficient if coefficient else 2**53
