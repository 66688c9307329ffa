"""The page at /docs: every route, its fields, and commands that work as they stand."""

import re
import shlex
from collections.abc import AsyncIterator
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qsl

import httpx
import pytest

from bot.api.operation import shown
from tests.doors.api.conftest import Opening
from tests.fakes.bazaar import bazaar
from tests.fakes.house import House

ARTICLE = re.compile(r'<div class="body" id="(\w+)">.*?<pre><code>(.*?)</code>', re.DOTALL)
# Their examples name things that are not there.
ELSEWHERE = {"song_clip": 404, "mail_messages": 404, "root": 307}


@pytest.fixture
async def house(opening: Opening) -> AsyncIterator[House]:
    """A house that has everything."""
    async with bazaar() as goods, opening(**goods.settings) as opened:
        yield opened


def request(client: httpx.AsyncClient, command: str) -> httpx.Request:
    """Return what a curl command would send."""
    words = iter(shlex.split(command.replace("\\\n", " ")))
    assert next(words) == "curl"
    method, url, headers, body, query = "", "", {}, None, []
    for word in words:
        match word:
            case "-G":
                method = "GET"
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "-d":
                method, body = method or "POST", next(words)
            case "--data-urlencode":
                query.append(next(words).partition("=")[::2])
            case "-o":
                next(words)
            case "--no-buffer":
                pass
            case _:
                url = word
    assert parse_qsl(httpx.URL(url).query.decode()) == []
    return client.build_request(
        method or "GET", url, headers=headers, content=body, params=query or None
    )


async def test_every_route_stands_on_the_page_with_a_command_that_works(house: House) -> None:
    key = await house.key()
    await house.grant(unlimited=True)
    client = house.client()
    page = (await client.get("/docs")).text

    commands = {name: unescape(found) for name, found in ARTICLE.findall(page)}
    statuses = {
        name: (await client.send(request(client, command.replace("your-key", key)))).status_code
        for name, command in commands.items()
    }

    expected = {one.name: ELSEWHERE.get(one.name, 200) for one in house.api.app.operations}
    assert statuses == expected


async def test_every_path_is_on_the_page_and_every_link_leads_somewhere(house: House) -> None:
    page = (await house.client().get("/docs")).text
    ids: set[str] = set()
    links: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            known = dict(attrs)
            if name := known.get("id"):
                assert name not in ids
                ids.add(name)
            if link := known.get("href"):
                links.add(link)

    Reader().feed(page)
    assert {link[1:] for link in links if link.startswith("#")} <= ids
    for operation in house.api.app.operations:
        assert f"#{operation.name}" in links
        for path in operation.paths:
            assert f"<code>{shown(path)}</code>" in page


async def test_the_page_says_what_a_route_takes_answers_and_fails_with(house: House) -> None:
    page = (await house.client().get("/docs")).text

    article = page.partition('id="speech"')[2].partition("</details>")[0]
    for said in ("application/json", "audio/mpeg", "<code>voice</code>", "insufficient_quota"):
        assert said in article


async def test_a_community_without_models_has_a_page_too(opening: Opening) -> None:
    async with opening(models=[]) as empty:
        page = await empty.client().get("/docs")

    assert page.status_code == 200
    assert "chat-model" in page.text
