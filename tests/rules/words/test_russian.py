"""Russian: whole, nothing left over, every place filled, forms that fit their numbers."""

import re
import string
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.words import english, russian
from bot.words.catalogue import read
from bot.words.language import Language, speaking
from bot.words.plural import Forms, Plural, Template
from bot.words.say import NO_BREAK, catalogue, duration, number, say
from tests.rules.words.areas import ids_by_area

API_ONLY = ("api", "responses")  # areas of English that Discord never shows
MENUS = ("command.", "choice.")  # ids of what Discord's menus say; the code's docstrings are theirs
CASES = [(1, 0), (2, 1), (4, 1), (5, 2), (11, 2), (12, 2), (21, 0), (22, 1), (101, 0), (111, 2)]


@pytest.fixture
def in_russian() -> Iterator[None]:
    """Speak Russian during the test."""
    with speaking(Language.RU):
        yield


def forms(template: Template) -> tuple[str, ...]:
    """Return every form of a sentence."""
    match template:
        case str():
            return (template,)
        case Plural(one, other):
            return (one, other)
        case Forms(given, _):
            return given


def places(template: str) -> set[str]:
    """Return the names of what is filled in."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize(("area", "ids"), ids_by_area(english).items())
def test_every_message_is_translated(area: str, ids: set[str]) -> None:
    wanted = set() if area in API_ONLY else ids

    assert sorted(wanted - read(russian).keys()) == []


def test_no_translation_is_left_over() -> None:
    left = {each for each in read(russian) if not each.startswith(MENUS)}

    assert sorted(left - catalogue(Language.EN).keys()) == []


def test_translations_fill_the_same_places() -> None:
    translated = read(russian)
    unlike = [
        f"{message_id}: {form}"
        for message_id, text in catalogue(Language.EN).items()
        for form in forms(translated.get(message_id, text))
        # Not every form names its number.
        if places(form) | {"n"} != set[str]({"n"}).union(*map(places, forms(text)))
    ]

    assert unlike == []


def test_what_has_forms_in_english_has_them_in_russian() -> None:
    plural = {each for each, text in catalogue(Language.EN).items() if isinstance(text, Plural)}
    plain = {each for each, text in read(russian).items() if isinstance(text, str)}

    assert sorted(plural & plain) == []


def test_every_form_is_written() -> None:
    counts = {len(text.forms) for text in read(russian).values() if isinstance(text, Forms)}
    empty = [each for each, text in read(russian).items() if not all(forms(text))]

    assert counts == {3}
    assert empty == []


@pytest.mark.parametrize(("n", "form"), CASES)
def test_a_number_chooses_its_form(n: int, form: int) -> None:
    text = Forms(("токен", "токена", "токенов"), _rule())

    assert text.form(n) == text.forms[form]
    assert text.form(-n) == text.forms[form]


@given(st.integers(0, 10**12))
def test_the_forms_follow_the_last_two_digits(n: int) -> None:
    few, teens = n % 10 in (2, 3, 4), 11 <= n % 100 <= 19
    expected = 2 if teens else 0 if n % 10 == 1 else 1 if few else 2

    with speaking(Language.RU):
        said = say("limit.tokens", n=n)

    words = ("токен", "токена", "токенов")
    assert said == f"{number_of(n)} {words[expected]} в день"


def number_of(n: int) -> str:
    """Write a number as Russian does."""
    return f"{n:,}".replace(",", NO_BREAK)


def test_no_full_stop_follows_a_day() -> None:
    """A Russian day ends in a full stop of its own."""
    ends = re.compile(r"<t:\{\w+\}:D>\W*\.|создан \{moment\}\.")
    doubled = [
        message_id
        for message_id, text in read(russian).items()
        if any(ends.search(form) for form in forms(text))
    ]

    assert doubled == []


@pytest.mark.usefixtures("in_russian")
def test_numbers_are_written_as_russian_does() -> None:
    took = say("status.seconds", n=1.25)
    said = say("status.recent", share=0.955, tried=1_200, took=took)

    assert number(1_600_000) == f"1{NO_BREAK}600{NO_BREAK}000"
    assert f"96{NO_BREAK}%" in said
    assert " 1,2 " in said
    assert say("model.multiple", multiple=0.2).endswith("0,2")


@pytest.mark.usefixtures("in_russian")
@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "1 секунду"),
        (62, "1 минуту 2 секунды"),
        (3 * 86_400, "3 дня"),
        (5 * 3_600 + 60, "5 часов 1 минуту"),
    ],
)
def test_spans_are_said_as_after_in_or_for(seconds: int, said: str) -> None:
    assert duration(seconds) == said


def _rule():
    return next(text.rule for text in read(russian).values() if isinstance(text, Forms))
