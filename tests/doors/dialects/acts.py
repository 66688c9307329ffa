"""What a caller can ask of Latchkey, and which dialects can answer it."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import urlencode

import httpx
import orjson
import pytest

from bot.sandbox.upstreams.drawing import drawn, mark_of
from tests.doors.api.wire import get, post
from tests.rules.messages.stream import told

HELLO = [{"role": "user", "content": "Hello there"}]
CHATTERS = ("openai", "fresed", "devsdocode", "spafe", "freetheai", "airforce")
PICTURE = f"data:image/png;base64,{base64.b64encode(drawn(mark_of('a cat'), (8, 8))).decode()}"
PUBLIC = "https://93.184.215.14/picture.png"  # passed on, and fetched by nobody here
EMBEDDED = "Hello there, Oslo"


@dataclass(frozen=True)
class Act:
    """One way to call; `said` returns what came, or fails where that is no good answer."""

    name: str
    path: str
    kind: str
    answers: tuple[str, ...]  # dialects that can
    said: Callable[[httpx.Response], str]
    body: dict[str, Any] = field(default_factory=dict)
    method: str = "POST"
    names: bool = True  # takes a model
    streamed: bool = False
    flat: bool = False  # 800 x coefficient in both modes
    once: bool = False  # never asked again once it was sent
    anthropic: bool = False

    def __str__(self) -> str:
        return self.name

    @property
    def asked(self) -> dict[str, Any]:
        """Return what is asked: a body, or a query."""
        return ({"model": self.kind} if self.names else {}) | self.body

    def raw(self, key: str) -> bytes:
        """Return the request as it goes over the wire."""
        if self.method == "GET":
            return get(f"{self.path}?{urlencode(self.asked)}", f"Authorization: Bearer {key}")
        return post(key, self.asked, path=self.path)

    def asking(self, text: str, cap: int) -> Self:
        """Return a talk that asks something else, with room for so many tokens."""
        name = "input" if self.path.endswith("responses") else "messages"
        said = text if name == "input" else [{"role": "user", "content": text}]
        limit = "max_output_tokens" if name == "input" else "max_tokens"
        return replace(self, body=self.body | {name: said, limit: cap})

    async def do(self, client: httpx.AsyncClient) -> httpx.Response:
        """Ask."""
        given = {"params": self.asked} if self.method == "GET" else {"json": self.asked}
        return await client.request(self.method, self.path, **given)

    def other(self, dialect: str) -> str:
        """Return another dialect that can answer, where there is one."""
        at = self.answers.index(dialect)
        return self.answers[(at + 1) % len(self.answers)]

    def early(self, dialect: str) -> int:
        """Return how many events an upstream sends before the first word."""
        if self.name == "ask" and dialect == "airforce":
            return 0
        if self.name == "speech" or dialect == "spafe":
            return 0
        return 3 if self.native(dialect) else 1

    def begun(self, dialect: str) -> str:
        """Return the first three words of what an upstream says."""
        if self.name == "ask":
            return {"airforce": "I am the ", "fresed": "I looked on "}[dialect]
        return "Hello! I am "

    def native(self, dialect: str) -> bool:
        """Say whether an upstream is asked in Anthropic's own words."""
        return self.anthropic and dialect == "freetheai"


def _chat(answer: httpx.Response) -> str:
    body = answer.json()
    assert (body["object"], body["model"]) == ("chat.completion", "chat")
    assert body["usage"]["total_tokens"] > 0
    [choice] = body["choices"]
    assert choice["finish_reason"] in ("stop", "length")
    return str(choice["message"]["content"])


def events(answer: httpx.Response) -> list[Any]:
    """Return a stream's events; [DONE] as text."""
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    return in_events(answer.content)


def in_events(raw: bytes) -> list[Any]:
    """Return the events in bytes that may break off; [DONE] as text."""
    blocks = raw.decode().split("\n\n")[:-1]
    data = [block.rpartition("data: ")[2] for block in blocks]
    return [one if one == "[DONE]" else orjson.loads(one) for one in data]


def heard(raw: bytes) -> str:
    """Return the words in a stream of whichever kind that may break off."""
    found = []
    for event in in_events(raw):
        match event:
            case {"choices": [{"delta": {"content": str(word)}}]}:
                found.append(word)
            case {"type": "content_block_delta", "delta": {"text": str(word)}}:
                found.append(word)
            case {"type": "response.output_text.delta", "delta": str(word)}:
                found.append(word)
            case {"message": str(word), "url": _}:
                found.append(word)
    return "".join(found)


def words(chunks: list[Any]) -> str:
    """Return the text in the chunks of a chat."""
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    return "".join(delta.get("content") or "" for delta in deltas)


def _chat_stream(answer: httpx.Response) -> str:
    *chunks, done = events(answer)
    assert done == "[DONE]"
    assert {chunk["model"] for chunk in chunks} == {"chat"}
    assert chunks[-1]["choices"][0]["finish_reason"] in ("stop", "length")
    assert not any("usage" in chunk for chunk in chunks)
    return words(chunks)


def _message_said(message: dict[str, Any]) -> str:
    assert (message["type"], message["role"], message["model"]) == ("message", "assistant", "chat")
    assert message["stop_reason"] in ("end_turn", "max_tokens")
    return "".join(block.get("text", "") for block in message["content"])


def _message(answer: httpx.Response) -> str:
    return _message_said(answer.json())


def _message_stream(answer: httpx.Response) -> str:
    return _message_said(told(events(answer)))


def _responded(body: dict[str, Any]) -> str:
    assert (body["object"], body["model"]) == ("response", "chat")
    assert body["status"] in ("completed", "incomplete")
    [message] = body["output"]
    return "".join(part["text"] for part in message["content"])


def _response(answer: httpx.Response) -> str:
    return _responded(answer.json())


def _response_stream(answer: httpx.Response) -> str:
    *_, last = events(answer)
    assert last["type"] in ("response.completed", "response.incomplete")
    return _responded(last["response"])


def _pictures(answer: httpx.Response) -> str:
    [entry] = answer.json()["data"]
    assert base64.b64decode(entry["b64_json"]).startswith(b"\x89PNG")
    return "a picture"


def _imagined(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    return "a picture"


def _sound(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.content.startswith(b"\xff\xf3")
    return "a sound"


def _vector(answer: httpx.Response) -> str:
    body = answer.json()
    [entry] = body["data"]
    assert (entry["object"], body["object"], body["model"]) == ("embedding", "list", "embedding")
    assert len(entry["embedding"]) == 1_536
    assert body["usage"]["prompt_tokens"] == body["usage"]["total_tokens"] > 0
    return "a vector"


def _findings(answer: httpx.Response) -> str:
    found = events(answer)
    assert all(set(one) == {"message", "url"} for one in found)
    return "".join(one["message"] for one in found)


def _seen(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith("I see a picture.")
    return answer.text


def _begun(answer: httpx.Response) -> str:
    body = answer.json()
    assert body["status"] == "success"
    assert len(body["clips"]) == 2
    return "a song"


def _mailbox(answer: httpx.Response) -> str:
    body = answer.json()
    assert body["email"].endswith("@1secmail.com")
    assert body["identifier"]
    return "a mailbox"


_CHAT = {"messages": HELLO}
_MESSAGE = {"messages": HELLO, "max_tokens": 400}
_RESPONSE = {"input": "Hello there"}
_DRAW = {"prompt": "A lighthouse", "response_format": "b64_json"}
_LIVE = {"stream": True}
TALKS = [
    Act("chat", "/v1/chat/completions", "chat", CHATTERS, _chat, _CHAT),
    Act("message", "/v1/messages", "chat", CHATTERS, _message, _MESSAGE, anthropic=True),
    Act("response", "/v1/responses", "chat", CHATTERS, _response, _RESPONSE),
    Act(
        "chat stream",
        *("/v1/chat/completions", "chat", CHATTERS, _chat_stream, _CHAT | _LIVE),
        streamed=True,
    ),
    Act(
        "message stream",
        *("/v1/messages", "chat", CHATTERS, _message_stream, _MESSAGE | _LIVE),
        anthropic=True,
        streamed=True,
    ),
    Act(
        "response stream",
        *("/v1/responses", "chat", CHATTERS, _response_stream, _RESPONSE | _LIVE),
        streamed=True,
    ),
]
PAINTERS = ("openai", "fresed", "spafe", "freetheai", "airforce")
FLATS = [
    Act("picture", "/v1/images/generations", "image", PAINTERS, _pictures, _DRAW, flat=True),
    Act(
        *("imagine", "/v1/imagine", "image", PAINTERS, _imagined, {"prompt": "A lighthouse"}),
        method="GET",
        flat=True,
    ),
    Act(
        *("edit", "/v1/images/edits", "edit", ("openai", "freetheai"), _pictures),
        body=_DRAW | {"image": PICTURE},
        flat=True,
    ),
    Act(
        *("speech", "/v1/audio/speech", "speech", ("openai", "fresed", "airforce"), _sound),
        body={"input": "Say these five words slowly", "voice": "alloy"},
        streamed=True,
        flat=True,
    ),
    Act(
        *("embedding", "/v1/embeddings", "embedding", ("openai", "devsdocode"), _vector),
        body={"input": EMBEDDED},
    ),
    Act(
        *("ask", "/v1/ask", "search", ("airforce", "fresed"), _findings, {"prompt": "Hello there"}),
        method="GET",
        names=False,
        streamed=True,
        flat=True,
    ),
    Act(
        *("sight", "/v1/images/vision", "vision"),
        ("airforce", "openai", "fresed", "devsdocode", "freetheai"),
        _seen,
        {"url": PUBLIC},
        method="GET",
        flat=True,
    ),
    Act(
        *("song", "/v1/suno", "song", ("airforce",), _begun, {"prompt": "A song of rain"}),
        flat=True,
        once=True,
    ),
]
MAIL = Act(
    *("mail", "/v1/temp_mail/generate", "temp_mail", ("fresed",), _mailbox),
    names=False,
    flat=True,
    once=True,
)
ACTS = [*TALKS, *FLATS, MAIL]
STREAMS = [act for act in ACTS if act.streamed]


def each(acts: list[Act]) -> list[Any]:
    """Pair every act with every dialect that can answer it."""
    return [
        pytest.param(act, dialect, id=f"{act}-{dialect}".replace(" ", "_"))
        for act in acts
        for dialect in act.answers
    ]
