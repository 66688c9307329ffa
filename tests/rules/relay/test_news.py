"""What is new in an upstream's list of models."""

from bot.relay.digest import LONGEST, Found, digest
from bot.relay.news import Known, News, Price, Routed, news

ROUTED = Routed(prices={"gpt-4": 2_000, "tts-1": 1_000}, chats=frozenset({"gpt-4"}))
NOTHING = News([], [], [], [], [], {})


def listed(*names: str, coefficient: int | None = None) -> dict[str, Known]:
    return {name: Known(coefficient) for name in names}


def test_the_first_list_is_held_against_our_routes() -> None:
    told = news({}, listed("gpt-5", "tts-1", coefficient=1_500), ROUTED)

    assert told.fresh == ["gpt-5"]
    assert told.unlisted == ["gpt-4"]
    assert told.prices == [Price("tts-1", 1_000, 1_500)]
    assert told.remember["gpt-4"] == Known(seen=False, gone=True)
    assert (told.gone, told.back) == ([], [])


def test_a_list_that_has_not_changed_is_no_news() -> None:
    first = news({}, listed("gpt-4", "gpt-5", coefficient=2_000), ROUTED)

    again = news(first.remember, listed("gpt-4", "gpt-5", coefficient=2_000), ROUTED)

    assert again == NOTHING
    assert digest(Found({"fresed": again}, [], []), applied=False) is None


def test_what_is_missing_is_told_once_and_what_is_back_too() -> None:
    known = dict(listed("gpt-4", "gpt-5"))

    told = news(known, listed("gpt-5"), ROUTED)
    assert (told.gone, told.unlisted) == (["gpt-4"], [])
    known |= told.remember
    assert news(known, listed("gpt-5"), ROUTED) == NOTHING

    told = news(known, listed("gpt-4", "gpt-5"), ROUTED)
    assert (told.back, told.fresh, told.gone) == (["gpt-4"], [], [])
    assert news(known | told.remember, listed("gpt-4", "gpt-5"), ROUTED) == NOTHING


def test_what_was_never_listed_is_told_once_and_never_gone() -> None:
    known = news({}, listed("gpt-5"), ROUTED).remember

    again = news(known, listed("gpt-5"), ROUTED)
    at_last = news(known, listed("gpt-4", "gpt-5"), ROUTED)

    assert again == NOTHING
    assert (at_last.fresh, at_last.back, at_last.unlisted) == ([], [], [])
    assert at_last.remember["gpt-4"] == Known()


def test_a_price_that_changes_is_told_against_the_upstreams_last_one() -> None:
    known = listed("gpt-4", "gpt-5", coefficient=2_500)

    told = news(known, listed("gpt-4", "gpt-5", coefficient=3_000), ROUTED)

    assert told.prices == [Price("gpt-4", 2_500, 3_000), Price("gpt-5", 2_500, 3_000)]


def test_a_tier_that_changes_is_remembered_and_not_told() -> None:
    told = news(listed("gpt-4"), {"gpt-4": Known(tier="premium")}, ROUTED)

    assert told.remember == {"gpt-4": Known(tier="premium")}
    assert digest(Found({"a": told}, [], []), applied=False) is None


def test_a_web_entry_is_there_where_its_model_is() -> None:
    routed = Routed(prices={"gpt-4+web": 1_500}, chats=frozenset({"gpt-4+web"}))

    assert news({}, listed("gpt-4"), routed).unlisted == []
    assert news({}, listed("gpt-5"), routed).unlisted == ["gpt-4+web"]


def test_models_that_routes_name_stand_first_among_those_that_went() -> None:
    told = news(listed("a", "gpt-4", "b"), {}, ROUTED)

    assert told.gone == ["gpt-4", "a", "b"]


def test_the_post_says_whether_the_changes_are_in_force() -> None:
    told = News([], [], ["x"], [], [Price("y", None, 1_500)], {})

    reported = digest(Found({"a": told}, [], []), applied=False)
    applied = digest(Found({"a": told}, [], []), applied=True)

    assert reported is not None
    assert reported.lines == ["lists.title", "lists.gone", "lists.prices"]
    assert applied is not None
    assert applied.lines == ["lists.title", "lists.gone_applied", "lists.prices_applied"]
    assert applied.params == {"gone": "a: `x`", "prices": "a: `y` x? → x1.5"}


def test_the_post_stays_short_however_much_is_new() -> None:
    many = News([f"model-number-{at}" for at in range(5_000)], [], [], [], [], {})

    letter = digest(Found({"a": many, "b": many}, ["c"], ["d"]), applied=False)

    assert letter is not None
    assert letter.lines == ["lists.title", "lists.fresh", "lists.lost", "lists.regained"]
    assert len(letter.params["fresh"]) < 2 * (LONGEST + 20)
    assert letter.params["fresh"].endswith("(+4984)")
