"""Messages of a mailbox as people read them, and links that nobody follows by accident."""

from datetime import UTC, datetime

import pytest

from bot.cogs.letters import LONGEST_LINE, LONGEST_TEXT, harmless, plain, read

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        {"from": "a@b.c", "subject": "Hi", "date": 1795176000, "body": "Hello"},
        {"sender": "a@b.c", "title": "Hi", "timestamp": 1795176000000, "text": "Hello"},
        {
            "from_address": "a@b.c",
            "subject": "Hi",
            "date": "2026-11-20T12:00:00Z",
            "plain": "Hello",
        },
        {
            "from": {"address": "a@b.c", "name": "A"},
            "subject": "Hi",
            "created_at": "2026-11-20 12:00:00",
            "textBody": "Hello",
        },
        {
            "from": [{"email": "a@b.c"}],
            "subject": "Hi",
            "date": "Fri, 20 Nov 2026 12:00:00 +0000",
            "html": "<p>Hello</p>",
        },
        {"mail_from": "a@b.c", "subject": "Hi", "time": "1795176000", "body": "<div>Hello</div>"},
    ],
)
def test_a_message_is_read_whatever_its_parts_are_called(raw) -> None:
    letter = read(raw)

    assert (letter.sender, letter.subject, letter.text) == ("a@b.c", "Hi", "Hello")
    assert letter.at == AT


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"from": None, "subject": [], "date": "yesterday", "body": {}},
        {"from": {}, "subject": True, "date": float("inf"), "attachments": "none"},
        {"date": 10**30, "text": "\x00\x1b"},
        {"date": [], "html": "<![CDATA[<"},
    ],
)
def test_a_message_may_lack_everything(raw) -> None:
    letter = read(raw)

    assert (letter.sender, letter.subject, letter.at) == ("", "", None)
    assert letter.attached == ()


def test_two_messages_are_told_apart_and_one_stays_itself() -> None:
    first, second = {"subject": "Hi", "body": "1"}, {"subject": "Hi", "body": "2"}

    assert read(first).key == read(dict(reversed(first.items()))).key != read(second).key


def test_a_page_becomes_its_words_with_its_links_beside_them() -> None:
    page = (
        "<html><head><title>x</title><style>p{}</style></head><body><h1>Welcome</h1>"
        "<p>Your&nbsp;code is <b>123&amp;4</b>.<br>Or <a href='https://a.b/c?d=1'>click</a></p>"
        "<script>alert(1)</script></body></html>"
    )

    assert read({"html": page}).text == (
        "Welcome\n\nYour code is 123&4.\nOr click (https://a.b/c?d=1)"
    )


def test_what_is_very_long_is_cut() -> None:
    letter = read({"subject": "s" * 1_000, "text": "t" * 100_000, "from": "f" * 1_000})

    assert len(letter.subject) == len(letter.sender) == LONGEST_LINE
    assert len(letter.text) == LONGEST_TEXT
    assert len(read({"html": "<p>" + "x " * 1_000_000}).text) <= LONGEST_TEXT


def test_attachments_are_named() -> None:
    raw = {"attachments": [{"filename": "a.pdf", "size": 3}, "b.zip", {"name": "c\n.exe"}, {}]}

    assert read(raw).attached == ("a.pdf", "b.zip", "c .exe", "?")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://example.com/a?b=c#d", "hxxps://example[.]com/a?b=c#d"),
        ("HTTP://Example.com", "HxxP://Example[.]com"),
        ("see discord.gg/abc now", "see discord[.]gg/abc now"),
        ("www.example.com", "www[.]example[.]com"),
        ("http://127.0.0.1:80/x", "hxxp://127[.]0[.]0[.]1:80/x"),
        ("http://intranet/x", "hxxp://intranet/x"),
        ("steam://run/1", "steam://run/1"),
        ("ftp://a.example.org", "ftp://a[.]example[.]org"),
        ("ada@example.com, v1.2.3, report.pdf", "ada@example.com, v1.2.3, report.pdf"),
        ("[x](https://evil.example/)", "[x](hxxps://evil[.]example/)"),
    ],
)
def test_no_link_can_be_followed_by_a_click(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_plain_takes_any_markup() -> None:
    assert plain("<") == "<"
    assert plain("</a></p><a>x</a>").strip() == "x"
