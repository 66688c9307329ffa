"""Fetching what strangers' addresses name: where it may connect to, how much it takes, and what."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.upstreams import fetch
from bot.upstreams.fetch import Fetcher, NotFetched, Why
from bot.words.say import explain

PUBLIC, PRIVATE = "127.0.0.1", "127.0.0.2"  # in these tests the first stands for the internet
PNG = b"\x89PNG\r\n\x1a\n" + b"a picture's bytes" * 20
MP3 = b"ID3\x04" + b"a song's bytes" * 20
Answers = Callable[[str, bytes], Awaitable[AsyncIterator[bytes]] | bytes]


class Names:
    """A resolver that knows a few names, and says something else each time where told to."""

    def __init__(self, **known: Sequence[Sequence[str]]) -> None:
        self._known = {name.replace("_", "."): list(turns) for name, turns in known.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, _port: int) -> Sequence[str]:
        self.asked.append(host)
        if host in (PUBLIC, PRIVATE):
            return [host]
        turns = self._known.get(host)
        if not turns:
            raise OSError("no such name")
        return turns.pop(0) if len(turns) > 1 else turns[0]


class Site:
    """A web server on one loopback address; notes the heads of the requests that came."""

    def __init__(self, answer: Callable[[str], bytes]) -> None:
        self.answer = answer
        self.heads: list[bytes] = []
        self.port = 0
        self.sent = 0  # bytes that it could write before the caller hung up
        self.endless = False

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        writer.write(self.answer(head.split()[1].decode()))
        try:
            await writer.drain()
            while self.endless:
                writer.write(bytes(64 * 1024))
                await writer.drain()
                self.sent += 64 * 1024
            if b"/silent" in head:
                await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def open_site(
    answer: Callable[[str], bytes],
    *,
    at: str = PUBLIC,
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Site]:
    site = Site(answer)
    server = await asyncio.start_server(site, at, port, ssl=tls)
    site.port = server.sockets[0].getsockname()[1]
    async with server:
        yield site


def ok(body: bytes, *headers: str, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {size}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def moved(to: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


def fetcher(names: Names | None = None, **how: float) -> Fetcher:
    return Fetcher(names or Names(), lambda address: address == PUBLIC, **how)


async def refused(fetching: Awaitable[object]) -> Why:
    with pytest.raises(NotFetched) as failure:
        await fetching
    assert explain(failure.value)
    assert failure.value.params["param"] == "image"
    return failure.value.why


# What is fetched


async def test_a_picture_at_a_public_address_is_fetched_under_its_name() -> None:
    names = Names(pictures_example=[[PUBLIC]])
    async with open_site(lambda _: ok(PNG, "Content-Type: text/plain")) as site:
        got = await fetcher(names).picture(f"http://pictures.example:{site.port}/a b?q=1#part")

    assert (got.data, got.media) == (PNG, "image/png")
    assert site.heads[0].startswith(b"GET /a%20b?q=1 HTTP/1.1\r\n")
    assert f"host: pictures.example:{site.port}".encode() in site.heads[0].lower()
    assert b"authorization" not in site.heads[0].lower()
    assert names.asked == ["pictures.example"]


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (b"\xff\xd8\xff\xe0" + b"j" * 30, "image/jpeg"),
        (b"RIFF\x30\0\0\0WEBP" + b"w" * 30, "image/webp"),
        (b"GIF89a" + b"g" * 30, "image/gif"),
    ],
)
async def test_a_pictures_type_is_what_its_bytes_say(body: bytes, media: str) -> None:
    async with open_site(lambda _: ok(body, "Content-Type: image/png")) as site:
        got = await fetcher().picture(f"http://{PUBLIC}:{site.port}/")

    assert got.media == media


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (MP3, "audio/mpeg"),
        (b"\xff\xfb\x90\x00" + bytes(30), "audio/mpeg"),
        (b"\xff\xf1\x50\x80" + bytes(30), "audio/aac"),
        (b"RIFF\x30\0\0\0WAVE" + bytes(30), "audio/wav"),
        (b"OggS" + bytes(30), "audio/ogg"),
        (b"\0\0\0\x20ftypM4A " + bytes(30), "audio/mp4"),
    ],
)
async def test_sounds_are_fetched_too(body: bytes, media: str) -> None:
    async with open_site(lambda _: ok(body)) as site:
        got = await fetcher().sound(f"http://{PUBLIC}:{site.port}/song")

    assert (got.data, got.media) == (body, media)


async def test_a_few_redirects_are_followed() -> None:
    names = Names(a_example=[[PUBLIC]], b_example=[[PUBLIC]])

    def answer(path: str) -> bytes:
        hops = {"/1": moved("/2"), "/2": moved(f"http://b.example:{site.port}/3", 307)}
        return hops.get(path) or ok(PNG)

    async with open_site(answer) as site:
        got = await fetcher(names).picture(f"http://a.example:{site.port}/1")

    assert got.data == PNG
    assert names.asked == ["a.example", "a.example", "b.example"]


async def test_a_circle_of_redirects_is_left() -> None:
    async with open_site(lambda _: moved("/")) as site:
        why = await refused(fetcher().picture(f"http://{PUBLIC}:{site.port}/"))

    assert why is Why.UNREACHABLE
    assert len(site.heads) == 1 + fetch.REDIRECTS


# Where it may connect to


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.2:{port}/",
        "http://localhost:{port}/",
        "http://2130706434:{port}/",
        "http://0x7f.0.0.2:{port}/",
        "http://127.2:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.2]:{port}/",
        "http://0.0.0.0:{port}/",
        "http://inside.example:{port}/",
        "http://unknown.example:{port}/",
        "http://outside.example:22/",
    ],
)
async def test_nothing_but_public_addresses_is_connected_to(address: str) -> None:
    names = Names(inside_example=[[PRIVATE]], outside_example=[[PUBLIC]])
    async with open_site(lambda _: ok(PNG), at=PRIVATE) as site:
        why = await refused(fetcher(names).picture(address.format(port=site.port)))

    assert why is Why.NOT_PUBLIC
    assert site.heads == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0"])
async def test_as_this_machine_resolves_them_its_own_names_are_not_public(host: str) -> None:
    async with open_site(lambda _: ok(PNG)) as site:
        why = await refused(Fetcher().picture(f"http://{host}:{site.port}/"))

    assert why is Why.NOT_PUBLIC
    assert site.heads == []


async def test_a_name_with_a_public_and_a_private_address_leads_to_the_public_one() -> None:
    names = Names(both_example=[[PRIVATE, PUBLIC]])
    async with (
        open_site(lambda _: ok(PNG)) as site,
        open_site(lambda _: ok(MP3), at=PRIVATE, port=site.port) as inside,
    ):
        got = await fetcher(names).picture(f"http://both.example:{site.port}/")

    assert got.data == PNG
    assert inside.heads == []


async def test_a_name_that_changes_its_address_between_check_and_use_gains_nothing() -> None:
    names = Names(rebinding_example=[[PUBLIC], [PRIVATE]])
    async with (
        open_site(lambda _: ok(PNG)) as site,
        open_site(lambda _: ok(PNG), at=PRIVATE, port=site.port) as inside,
    ):
        address = f"http://rebinding.example:{site.port}/"
        got = await fetcher(names).picture(address)
        why = await refused(fetcher(names).picture(address))

    assert got.data == PNG
    assert why is Why.NOT_PUBLIC
    assert (len(site.heads), inside.heads) == (1, [])


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://127.0.0.2:{port}/", Why.NOT_PUBLIC),
        ("//localhost:{port}/", Why.NOT_PUBLIC),
        ("http://rebinding.example:{port}/again", Why.NOT_PUBLIC),
        ("http://me@rebinding.example:{port}/", Why.ADDRESS),
        ("file:///etc/passwd", Why.ADDRESS),
        ("gopher://rebinding.example:{port}/", Why.ADDRESS),
    ],
)
async def test_a_redirect_is_judged_as_the_first_address_is(location: str, why: Why) -> None:
    names = Names(rebinding_example=[[PUBLIC], [PRIVATE]])
    async with (
        open_site(lambda _: moved(location.format(port=site.port))) as site,
        open_site(lambda _: ok(PNG), at=PRIVATE, port=site.port) as inside,
    ):
        found = await refused(fetcher(names).picture(f"http://rebinding.example:{site.port}/"))

    assert found is why
    assert inside.heads == []


@pytest.mark.parametrize(
    "address",
    [
        "",
        "picture.png",
        "/etc/passwd",
        "ftp://outside.example/a.png",
        "javascript:alert(1)",
        "http://",
        "http://user:word@outside.example/a.png",
        "http://127.0.0.1\\@outside.example/",
        "http://outside.example:0/",
        "http://outside.example:99999/",
        "http://out side.example/",
        "http://[fe80::1%25eth0]/",
        "http://[::1/",
        "http://outside.example/\r\nHost: inside.example",
        "http://outside.example/" + "a" * 9_000,
        "http://" + "a" * 64 + ".example/",
    ],
)
async def test_what_is_no_plain_web_address_is_refused_unseen(address: str) -> None:
    names = Names(outside_example=[[PUBLIC]])

    assert await refused(fetcher(names).picture(address)) is Why.ADDRESS
    assert names.asked == []


async def test_an_upstreams_links_may_lead_to_its_own_host_and_to_no_other_private_one() -> None:
    async with open_site(lambda path: moved(path[1:]) if "http" in path else ok(PNG)) as site:
        own = f"http://127.0.0.1:{site.port}/v1"
        got = await Fetcher().picture(f"http://127.0.0.1:{site.port}/made.png", own=own)
        elsewhere = await refused(Fetcher().picture(f"http://127.0.0.2:{site.port}/", own=own))
        beyond = f"http://127.0.0.1:{site.port}/http://127.0.0.2:{site.port}/"
        away = await refused(Fetcher().picture(beyond, own=own))
        neighbour = f"http://127.0.0.1:{site.port}/made.png"
        beside = await refused(Fetcher().picture(neighbour, own="http://127.0.0.1:1/v1"))

    assert got.data == PNG
    assert (elsewhere, away, beside) == (Why.NOT_PUBLIC,) * 3


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("https://pictures.example/a.png", True),
        ("http://8.8.8.8/a.png", True),
        ("http://10.0.0.5:8000/a.png", True),
        ("http://10.0.0.5:8001/a.png", False),
        ("http://10.0.0.5/a.png", False),
        ("http://10.0.0.6:8000/a.png", False),
        ("http://169.254.169.254/a.png", False),
        ("http://0x7f.1/a.png", False),
        ("http://localhost/a.png", False),
        ("file:///etc/passwd", False),
    ],
)
def test_a_link_is_answered_if_it_looks_public_or_is_the_upstreams_own(address, may) -> None:
    assert Fetcher().answers(address, own="http://10.0.0.5:8000/v1") is may


async def test_over_tls_the_name_that_was_asked_for_is_the_one_that_is_proven(
    tmp_path: Path,
) -> None:
    said: list[str | None] = []
    tls = self_signed(tmp_path)
    tls.sni_callback = lambda _socket, name, _context: said.append(name)
    names = Names(pictures_example=[[PUBLIC]])
    async with open_site(lambda _: ok(PNG), tls=tls) as site:
        why = await refused(fetcher(names).picture(f"https://pictures.example:{site.port}/"))

    assert why is Why.UNREACHABLE  # nobody vouches for its certificate
    assert said == ["pictures.example"]
    assert site.heads == []


# How much it takes, and what


@pytest.mark.parametrize("length", [fetch.LARGEST_PICTURE + 1, 10**18])
async def test_an_announced_giant_is_not_read(length: int) -> None:
    async with open_site(lambda _: ok(PNG, length=length)) as site:
        why = await refused(fetcher().picture(f"http://{PUBLIC}:{site.port}/"))

    assert why is Why.TOO_LARGE


async def test_a_giant_that_does_not_say_so_is_left_at_the_limit() -> None:
    async with open_site(lambda _: b"HTTP/1.1 200 OK\r\n\r\n" + PNG) as site:
        site.endless = True
        why = await refused(fetcher().picture(f"http://{PUBLIC}:{site.port}/"))

    assert why is Why.TOO_LARGE
    assert site.sent < 2 * fetch.LARGEST_PICTURE


async def test_what_is_packed_is_not_unpacked() -> None:
    bomb = gzip.compress(PNG + bytes(50 * 1024 * 1024))
    async with open_site(lambda _: ok(bomb, "Content-Encoding: gzip")) as site:
        why = await refused(fetcher().picture(f"http://{PUBLIC}:{site.port}/"))

    assert why is Why.WRONG_TYPE


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 9, MP3, b"\x89PNG"],
    ids=["nothing", "page", "svg", "song", "a picture's first bytes"],
)
async def test_what_is_no_picture_is_refused_whatever_it_says_it_is(body: bytes) -> None:
    async with open_site(lambda _: ok(body, "Content-Type: image/png")) as site:
        why = await refused(fetcher().picture(f"http://{PUBLIC}:{site.port}/"))

    assert why is Why.WRONG_TYPE


async def test_something_else_without_end_is_left_at_its_first_bytes() -> None:
    async with open_site(lambda _: b"HTTP/1.1 200 OK\r\n\r\n" + b"<html>" * 10) as site:
        site.endless = True
        why = await refused(fetcher().picture(f"http://{PUBLIC}:{site.port}/"))

    assert why is Why.WRONG_TYPE
    assert site.sent < fetch.LARGEST_PICTURE


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
        b"no HTTP at all\r\n\r\n",
        ok(PNG, length=len(PNG) + 5),
    ],
    ids=["404", "500", "nowhere", "noise", "cut"],
)
async def test_whatever_is_no_whole_answer_is_unreachable(answer: bytes) -> None:
    async with open_site(lambda _: answer) as site:
        why = await refused(fetcher().picture(f"http://{PUBLIC}:{site.port}/"))

    assert why is Why.UNREACHABLE


async def test_nobody_listening_is_unreachable() -> None:
    async with open_site(lambda _: ok(PNG)) as site:
        pass

    assert await refused(fetcher().picture(f"http://{PUBLIC}:{site.port}/")) is Why.UNREACHABLE


async def test_the_whole_fetch_has_one_time_whatever_the_site_does() -> None:
    async with open_site(lambda _: b"") as site:
        hurried = fetcher(seconds=0.05)
        why = await refused(hurried.picture(f"http://{PUBLIC}:{site.port}/silent"))

    assert why is Why.LATE


def self_signed(folder: Path) -> ssl.SSLContext:
    """Return a server's side of TLS with a certificate for pictures.example that it made itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pictures.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("pictures.example")]), False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "made.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def test_unknown_and_private_names_are_refused_in_one_sentence_true_of_both() -> None:
    names = Names(inside_example=[[PRIVATE]])
    said = []
    for host in ("inside.example", "unknown.example"):
        with pytest.raises(NotFetched) as found:
            await fetcher(names).picture(f"http://{host}/cat.png")
        said.append(explain(found.value))

    assert said[0] == said[1]
    assert "does not lead to a public address" in said[0]
    assert "not known" in said[0]


# What others will look at


async def test_an_address_for_others_to_look_at_is_judged_and_not_fetched() -> None:
    names = Names(pictures_example=[[PUBLIC, PUBLIC]])
    async with open_site(lambda _: ok(PNG)) as site:
        address = f"http://Pictures.example:{site.port}/a b.png?q=ü#part"
        judged = await fetcher(names).judged(address)

    assert judged == f"http://pictures.example:{site.port}/a%20b.png?q=%C3%BC"
    assert site.heads == []


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://127.0.0.2/", Why.NOT_PUBLIC),
        ("http://both.example/", Why.NOT_PUBLIC),
        ("http://localhost/", Why.NOT_PUBLIC),
        ("http://unknown.internal/", Why.NOT_PUBLIC),
        ("http://outside.example:22/", Why.NOT_PUBLIC),
        ("http://me:secret@outside.example/", Why.ADDRESS),
        ("ftp://outside.example/", Why.ADDRESS),
        ("cat.png", Why.ADDRESS),
    ],
)
async def test_an_address_is_for_others_only_if_all_it_leads_to_is_public(
    address: str, why: Why
) -> None:
    names = Names(both_example=[[PUBLIC, PRIVATE]], outside_example=[[PUBLIC]])

    assert await refused(fetcher(names).judged(address)) is why


async def test_a_name_that_we_cannot_look_up_is_left_to_whoever_looks_there() -> None:
    judged = await fetcher(Names()).judged("https://unknown.example/cat.png")

    assert judged == "https://unknown.example/cat.png"


async def test_a_name_that_takes_too_long_to_look_up_is_not_waited_for() -> None:
    async def never(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    assert await refused(Fetcher(never, seconds=0.05).judged("http://slow.example/")) is Why.LATE
