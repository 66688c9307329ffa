"""Links are written so that Discord shows no preview of them."""

import pytest

from bot.cogs.chat.searching import quiet


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://a.example/b", "<https://a.example/b>"),
        ("(https://a.example/b).", "(<https://a.example/b>)."),
        ("[words](https://a.example/b)", "[words](<https://a.example/b>)"),
        ("<https://a.example/b>", "<https://a.example/b>"),
        ("https://a.example/b_(c)!", "<https://a.example/b_(c)>!"),
        ("**https://a.example/b**", "**<https://a.example/b>**"),
        ("no link: http: //", "no link: http: //"),
    ],
)
def test_links_are_written_so_that_discord_previews_none(text: str, shown: str) -> None:
    assert quiet(text) == shown
