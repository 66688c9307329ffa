"""What must never be written is taken out, whatever stands around it."""

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.core.redaction import HIDDEN, Redactor, without_keys
from bot.core.secrets import BASE62, mint
from tests.rules.core.test_secrets import PREFIXES

WORDY = st.text(BASE62 + "_-=?&:/. \"'\n\\", max_size=60)
AROUND = WORDY | st.text(max_size=40)
BOT_TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAwMQ.GaBcDe.0123456789abcdefghijklmnopqrstuvwxyz01"


def keys(prefix: str = "lk_") -> st.SearchStrategy[str]:
    return st.builds(mint, st.just(prefix))


@given(PREFIXES.map(mint), AROUND, AROUND)
@settings(max_examples=300)
def test_no_issued_key_survives_in_any_text_around_it(key: str, before: str, after: str) -> None:
    cleaned = Redactor().clean(before + key + after)

    assert key[-36:] not in cleaned
    assert key[-36:-4] not in cleaned


@given(st.lists(keys("lk_") | keys("fresed-"), min_size=2, max_size=4), st.data())
def test_none_of_several_keys_survives(several: list[str], data: st.DataObject) -> None:
    text = "".join(key + data.draw(st.sampled_from(["", " ", ",", "x", "_"])) for key in several)

    cleaned = Redactor().clean(text)

    assert not any(key[-36:] in cleaned for key in several)


@given(PREFIXES.map(mint))
def test_a_key_stays_recognisable_by_prefix_and_last_four(key: str) -> None:
    assert Redactor().clean(f"made {key}.") == f"made {key[:-36]}…{key[-4:]}."


@given(keys(), st.text(st.sampled_from("abc_"), min_size=1, max_size=500))
@example(mint("lk_"), "a" * 500)
def test_a_key_inside_one_endless_word_does_not_survive(key: str, noise: str) -> None:
    assert key[-36:] not in Redactor().clean(noise + key + noise)


def test_a_key_without_its_prefix_is_seen_too() -> None:
    key = mint("lk_")

    assert key[-36:] not in Redactor().clean(f"lk\\_{key[3:]}")


def test_a_key_of_a_prefix_that_was_announced_is_seen_without_it() -> None:
    redactor, key = Redactor(), mint("fresed-")
    redactor.expect("fresed-")

    assert key[-36:] not in redactor.clean(f"fresed%2D {key[7:]}")


@given(keys(), st.data())
def test_a_mistyped_key_is_hidden_as_well(key: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(3, len(key) - 1))
    wrong = key[:at] + data.draw(st.sampled_from(BASE62)) + key[at + 1 :]
    assume(wrong != key)

    assert Redactor().clean(f"tried {wrong} twice") == f"tried lk_{HIDDEN} twice"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("GET /check?key=abc&x=1", "GET /check?key=[hidden]&x=1"),
        ("query_string=b'key=abc'", "query_string=b'key=[hidden]'"),
        ("POST /a?model=m&api_key=s3cret HTTP", "POST /a?model=m&api_key=[hidden] HTTP"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer [hidden]"),
        (
            "{'authorization': 'bearer a+b/c+d/e===', 'x': 1}",
            "{'authorization': 'bearer [hidden]', 'x': 1}",
        ),
        ("(b'x-api-key', b'12345678')", "(b'x-api-key', b'[hidden]')"),
        ("x-api-key: 12345678", "x-api-key: [hidden]"),
        (f"Bot {BOT_TOKEN}", "Bot [hidden]"),
        (f"token was {BOT_TOKEN}!", "token was [hidden]!"),
        ("POST /webhooks/12/aB-c_d/messages", "POST /webhooks/12/[hidden]/messages"),
        ("/interactions/12/aW50ZXJhY3Rpb24/callback", "/interactions/12/[hidden]/callback"),
        ("Incorrect API key: sk-proj-abcdefghijklmnop", "Incorrect API key: [hidden]"),
    ],
)
def test_what_opens_a_door_is_hidden(text: str, cleaned: str) -> None:
    assert Redactor().clean(text) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "the bot connected to the gateway",
        "bot restarting_everything_now",
        "authorization succeeded",
        "call 550e8400-e29b-41d4-a716-446655440000 settled",
        "digest e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "bot.relay.service.StreamIncomplete in /usr/lib/python3/dist-packages/bot/relay/service.py",
        "lk_…aB3z was replaced",
        "the sorted_primary_keys=3",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert Redactor().clean(text) == text


def test_known_secrets_are_hidden_the_longest_first() -> None:
    redactor = Redactor()
    redactor.learn("hunter", "hunter2-and-more", None, "", "short")

    assert redactor.clean("hunter2-and-more, hunter, short") == f"{HIDDEN}, {HIDDEN}, short"


@given(st.text())
@example("\ud800")
def test_every_text_can_be_cleaned(text: str) -> None:
    cleaned = Redactor().clean(text)

    assert Redactor().clean(cleaned) == cleaned


def test_a_pasted_key_is_taken_out_of_what_a_person_wrote() -> None:
    key = mint("lk_")

    assert without_keys(f"leaked {key} in chat") == f"leaked lk_…{key[-4:]} in chat"


def test_what_stands_between_two_keys_stays() -> None:
    one, two = mint("lk_"), mint("lk_")

    assert Redactor().clean(f"{one}_and_{two}") == f"lk_…{one[-4:]}_and_lk_…{two[-4:]}"
