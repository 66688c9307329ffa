"""When a route rests, for how long, and how it comes back."""

from hypothesis import given
from hypothesis import strategies as st

from bot.relay import breaker as rules
from bot.relay.breaker import Breaker, Rules

RULES = Rules(failures=5, rest=10.0, longest=300.0)


def after_failures(number: int, breaker: Breaker | None = None, now: float = 0.0) -> Breaker:
    breaker = breaker or Breaker()
    for _ in range(number):
        breaker = rules.failed(breaker, now, RULES)
    return breaker


def test_four_failures_in_a_row_rest_nothing():
    assert rules.admits(after_failures(4), 0.0)


def test_the_fifth_failure_in_a_row_rests_a_route_for_ten_seconds():
    resting = after_failures(5)

    assert not rules.admits(resting, 9.9)
    assert rules.wait(resting, 4.0) == 6.0
    assert rules.admits(resting, 10.0)


def test_an_answer_forgets_the_failures_before_it():
    assert rules.answered(after_failures(4), 0.0) is None


def test_after_its_rest_a_route_gets_one_probe_at_a_time():
    probed = rules.asked(after_failures(5))

    assert not rules.admits(probed, 10.0)
    assert rules.wait(probed, 10.0) == 1.0


def test_a_probe_that_fails_doubles_the_rest():
    again = rules.failed(rules.asked(after_failures(5)), 10.0, RULES)

    assert not rules.admits(again, 29.9)
    assert rules.admits(again, 30.0)


def test_the_rest_never_grows_beyond_the_longest():
    breaker, now = after_failures(5), 0.0
    for _ in range(100):
        now = breaker.until
        breaker = rules.failed(rules.asked(breaker), now, RULES)

    assert breaker.until - now == 300.0


def test_a_probe_that_was_given_up_lets_the_next_call_probe():
    given_up = rules.let_go(rules.asked(after_failures(5)))

    assert rules.admits(given_up, 10.0)
    assert not rules.admits(rules.asked(given_up), 10.0)


def test_content_ends_a_probe_but_one_more_failure_rests_the_route_again():
    streaming = rules.alive(rules.asked(after_failures(5)))

    assert rules.admits(streaming, 10.0)
    assert not rules.admits(rules.failed(streaming, 10.0, RULES), 29.9)


def test_calls_that_were_on_their_way_do_not_lengthen_a_rest():
    assert after_failures(50).until == 10.0


def test_a_rest_that_was_asked_for_is_no_failure_and_needs_no_probe():
    resting = rules.limited(Breaker(), 0.0, 7.0)

    assert not rules.admits(resting, 6.9)
    assert rules.admits(resting, 7.0)
    assert not rules.asked(resting).probing
    assert resting.failures == 0


def test_an_answer_to_a_neighbour_does_not_end_a_rest_that_was_asked_for():
    resting = rules.limited(Breaker(), 0.0, 7.0)

    assert rules.answered(resting, 3.0) == resting
    assert rules.answered(resting, 7.0) is None


def test_refused_credentials_rest_a_route_as_long_as_any():
    resting = rules.misfit(Breaker(), 0.0, RULES)

    assert rules.wait(resting, 0.0) == 300.0
    assert rules.asked(resting).probing


@given(
    st.lists(
        st.sampled_from(["asked", "failed", "limited", "alive", "let_go", "misfit", "wait"]),
        max_size=60,
    )
)
def test_a_route_always_comes_back(steps: list[str]):
    breaker, now = Breaker(), 0.0
    for step in steps:
        match step:
            case "failed" | "misfit":
                breaker = getattr(rules, step)(breaker, now, RULES)
            case "limited":
                breaker = rules.limited(breaker, now, 20.0)
            case "wait":
                now += 7.0
            case _ if step != "asked" or rules.admits(breaker, now):
                breaker = getattr(rules, step)(breaker)

    breaker = rules.let_go(breaker)  # whoever probes ends somehow

    assert rules.admits(breaker, now + RULES.longest)
