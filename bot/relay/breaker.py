"""When a route rests and when it is probed back: pure, time in seconds of a steady clock."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Rules:
    """How many failures in a row rest a route, and for how long."""

    failures: int
    rest: float  # seconds of the first rest; each further one is twice as long
    longest: float  # seconds


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is remembered of a route that failed lately; a healthy route has none."""

    failures: int = 0  # in a row
    rests: int = 0  # in a row, none of which led to an answer
    until: float = 0.0  # no call before this
    on_trial: bool = False  # it rested for failing: one call at a time, until one is answered
    probing: bool = False  # that one call is on its way


def admits(breaker: Breaker, now: float) -> bool:
    """Say whether a call may go this way now."""
    return now >= breaker.until and not breaker.probing


def asked(breaker: Breaker) -> Breaker:
    """Note that a call goes this way: on trial, it is the probe."""
    return replace(breaker, probing=True) if breaker.on_trial else breaker


def failed(breaker: Breaker, now: float, rules: Rules) -> Breaker:
    """Count a failure; enough in a row, or a failed probe, rest the route for longer each time."""
    if now < breaker.until:  # a call that was on its way when the rest began tells nothing new
        return breaker
    failures = breaker.failures + 1
    if failures < rules.failures and not breaker.on_trial:
        return replace(breaker, failures=failures)
    return _rest(replace(breaker, failures=failures), now, rules)


def misfit(breaker: Breaker, now: float, rules: Rules) -> Breaker:
    """Rest a route that refuses our credentials as long as any: asking soon helps nobody."""
    until = max(breaker.until, now + rules.longest)
    return replace(breaker, until=until, on_trial=True, probing=False)


def limited(breaker: Breaker, now: float, seconds: float) -> Breaker:
    """Rest a route that asked for it; that is no failure."""
    return replace(breaker, until=max(breaker.until, now + seconds), probing=False)


def alive(breaker: Breaker) -> Breaker:
    """End a probe without clearing earlier failures: a refusal, or content that may yet break."""
    return replace(breaker, probing=False, on_trial=False) if breaker.probing else breaker


def let_go(breaker: Breaker) -> Breaker:
    """End a probe that was given up before it showed anything: the next call is the probe."""
    return replace(breaker, probing=False) if breaker.probing else breaker


def answered(breaker: Breaker, now: float) -> Breaker | None:
    """Forget what was, unless the route asked for a rest that still lasts."""
    return breaker if now < breaker.until else None


def wait(breaker: Breaker, now: float) -> float:
    """Return the seconds until a call may go this way; a probe on its way counts as one."""
    return max(breaker.until - now, 1.0 if breaker.probing else 0.0)


def _rest(breaker: Breaker, now: float, rules: Rules) -> Breaker:
    """Rest for the first rest's length, doubled for every rest before this one."""
    doublings = min(breaker.rests, 32)  # beyond that every setting's longest is reached
    length = min(rules.rest * 2**doublings, rules.longest)
    until = max(breaker.until, now + length)
    return replace(breaker, rests=breaker.rests + 1, until=until, on_trial=True, probing=False)
