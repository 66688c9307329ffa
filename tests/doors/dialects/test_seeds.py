"""The example requests of the five documents in seeds/, as their readers would send them here.

Only the base URL and the key are ours; what is no JSON in a document (single quotes, comments,
Python's False) is written as JSON. The house is the example file's, as the sandbox serves it.
"""

import asyncio
import base64
import json
import shutil
import tomllib
import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
import pytest_asyncio

from bot.core.clock import HandClock
from bot.sandbox.upstreams.row import Row
from bot.settings.community import CommunityFile
from bot.settings.example import example
from bot.storage.database import Database
from tests.conftest import NOON
from tests.doors.dialects.acts import PICTURE, in_events, words
from tests.fakes.house import ADA, House, opened_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

KNOBS = {"presence_penalty": 0, "frequency_penalty": 0, "top_p": 1}


@dataclass(frozen=True)
class Shop:
    """A house, a key, and a client for those who write requests by hand."""

    house: House
    key: str
    client: httpx.AsyncClient

    @property
    def v1(self) -> str:
        """Return what the documents' base URL becomes."""
        return f"{self.house.url}/v1"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Shop]:
    """A house of the example file, and a member who may call all of it."""
    path = tmp_path_factory.mktemp("seeds") / "latchkey.db"
    shutil.copy(sqlite_template, path)
    raw = tomllib.loads(example())
    sections = {name: raw[name] for name in ("models", "temp_mail")}
    file = CommunityFile.model_validate(sections | {"upstreams": raw["upstreams"]})
    async with (
        Database(f"sqlite+aiosqlite:///{path}") as db,
        Row(0.0, "key-of-the-row").served(file) as served,
    ):
        upstreams = [
            {"name": one.name, "dialect": one.dialect, "base_url": one.base_url}
            | {"api_key": one.api_key}
            for one in served.upstreams
        ]
        sections |= {"upstreams": upstreams, "limits": {"daily_tokens": 10**9}}
        async with opened_house(db, HandClock(moment=NOON), **sections) as house:
            key = await house.key(ADA)
            await house.grant(ADA, access="claude")
            yield Shop(house, key, house.client(key))


def completion(body: dict[str, Any], model: str) -> str:
    """Check that an answer has every documented field, of its type, and return what it says."""
    assert isinstance(body["id"], str)
    assert body["object"] == "chat.completion"
    assert type(body["created"]) is int
    assert body["model"] == model
    [choice] = body["choices"]
    assert choice["index"] == 0
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["role"] == "assistant"
    counted = body["usage"]
    assert counted["prompt_tokens"] + counted["completion_tokens"] == counted["total_tokens"] > 0
    return str(choice["message"]["content"])


def shown(entry: dict[str, Any]) -> bytes | None:
    """Return the bytes of a picture that holds them."""
    if inside := entry.get("b64_json"):
        return base64.b64decode(inside)
    url: str = entry["url"]
    return base64.b64decode(url.partition(",")[2]) if url.startswith("data:") else None


# seeds/000_5dd2345b75d5eb73.txt


async def test_freseds_chat_example(shop: Shop) -> None:
    async with openai.AsyncOpenAI(api_key=shop.key, base_url=shop.v1) as client:
        stream = await client.chat.completions.create(
            messages=[{"role": "user", "content": "hi"}], model="gpt-4", stream=True
        )
        # The document reads the first choice of every chunk, so each has to have one.
        said = [chunk.choices[0].delta.content or "" async for chunk in stream]

    assert "".join(said).startswith("Hello!")
    assert len(said) > 2


async def test_freseds_picture_example(shop: Shop) -> None:
    def ask() -> Any:
        with openai.OpenAI(base_url=shop.v1, api_key=shop.key) as client:
            return client.images.generate(
                model="midjourney", prompt="a white siamese cat", size="1024x1024"
            )

    response = await asyncio.to_thread(ask)

    [picture] = response.data
    assert (picture.url or "").startswith("http") or picture.b64_json


async def test_freseds_speech_example(shop: Shop, tmp_path: Path) -> None:
    def ask() -> None:
        with openai.OpenAI(api_key=shop.key, base_url=shop.v1) as client:
            response = client.audio.speech.create(model="tts-1", voice="alloy", input="hi")
            with warnings.catch_warnings():  # an SDK of today says it differently
                warnings.simplefilter("ignore", DeprecationWarning)
                response.stream_to_file(tmp_path / "output.mp3")

    await asyncio.to_thread(ask)

    assert (tmp_path / "output.mp3").read_bytes().startswith(b"\xff\xf3")


async def test_freseds_mail_example(shop: Shop) -> None:
    headers = {"Authorization": f"Bearer {shop.key}", "Content-Type": "application/json"}
    async with httpx.AsyncClient() as client:
        generated = await client.post(f"{shop.v1}/temp_mail/generate", headers=headers)
        data = generated.json()
        read = await client.get(
            f"{shop.v1}/temp_mail/messages/{data['identifier']}", headers=headers
        )

    assert (generated.status_code, read.status_code) == (200, 200)
    assert data["email"].endswith("@1secmail.com")
    assert isinstance(data["identifier"], str)
    assert data["cost"] == 160  # 800 * 0.2
    [letter] = read.json()["messages"]
    assert letter["subject"]


async def test_freseds_mailbox_at_gmail_costs_ten_times_as_much(shop: Shop) -> None:
    dear = await shop.client.post("/v1/temp_mail/generate", json={"domain": "gmail.com"})

    assert dear.json()["email"].endswith("@gmail.com")
    assert dear.json()["cost"] == 1_600  # 800 * 2.0


async def test_freseds_models_have_coefficients_and_web_access(shop: Shop) -> None:
    listed = (await shop.client.get("/v1/models")).json()
    body = {"model": "gpt-4o+web", "messages": [{"role": "user", "content": "What is new?"}]}
    answer = await shop.client.post("/v1/chat/completions", json=body)

    assert all(type(model["coefficient"]) is float for model in listed["data"])
    assert completion(answer.json(), "gpt-4o+web").startswith("I looked on the web")


# seeds/001_8813f16c073f7ba9.txt


async def test_devsdocodes_models_example(shop: Shop) -> None:
    listed = (await shop.client.get("/models")).json()

    assert listed["object"] == "list"
    [one] = [model for model in listed["data"] if model["id"] == "gpt-4o-mini-2024-07-18"]
    assert one["object"] == "model"
    assert type(one["created"]) is int
    assert isinstance(one["owned_by"], str)


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("How many 'r's are there in Strawberry?", KNOBS),
        ("Hello!", {"stream": False}),
    ],
)
async def test_devsdocodes_chat_examples(shop: Shop, text: str, more: dict[str, Any]) -> None:
    payload = {
        "messages": [{"role": "user", "content": text}],
        "model": "gpt-4o-mini-2024-07-18",
        "temperature": 0.5,
    }

    response = await shop.client.post("/v1/chat/completions", json=payload | more)

    assert completion(response.json(), "gpt-4o-mini-2024-07-18")


@pytest.mark.parametrize(
    ("text", "more"), [("Write 10 lines on India", KNOBS), ("Write a story", {})]
)
async def test_devsdocodes_stream_examples(shop: Shop, text: str, more: dict[str, Any]) -> None:
    payload = {
        "messages": [{"role": "user", "content": text}],
        "model": "gpt-4o-mini-2024-07-18",
        "temperature": 0.5,
        "stream": True,
    }
    said, ended = "", False

    async with shop.client.stream("POST", "/v1/chat/completions", json=payload | more) as response:
        async for line in response.aiter_lines():
            if not line.startswith("data: "):
                continue
            if line[6:] == "[DONE]":
                ended = True
            elif "content" in (delta := json.loads(line[6:])["choices"][0]["delta"]):
                said += delta["content"]

    assert ended
    assert len(said.split()) > 3


@pytest.mark.parametrize(("text", "more"), [("How are you doing?", KNOBS), ("Tell me a joke", {})])
async def test_devsdocodes_audio_examples(shop: Shop, text: str, more: dict[str, Any]) -> None:
    payload = {
        "messages": [{"role": "user", "content": text}],
        "model": "gpt-4o-audio-preview",
        "modalities": ["text", "audio"],
        "audio": {"voice": "fable", "format": "wav"},
        "temperature": 0.9,
    }

    response = await shop.client.post("/v1/chat/completions", json=payload | more)

    message = response.json()["choices"][0]["message"]
    assert message["content"] == f"You said: {text}"
    wav = base64.b64decode(message["audio"]["data"])
    assert (wav[:4], wav[8:12]) == (b"RIFF", b"WAVE")


@pytest.mark.parametrize(
    "model", ["text-embedding-3-large", "text-embedding-3-small", "text-embedding-ada-002"]
)
async def test_devsdocodes_embedding_models(shop: Shop, model: str) -> None:
    answer = await shop.client.post("/v1/embeddings", json={"model": model, "input": "Hello!"})

    body = answer.json()
    assert (body["object"], body["model"]) == ("list", model)
    assert all(type(number) is float for number in body["data"][0]["embedding"])


async def test_devsdocodes_about(shop: Shop) -> None:
    about = (await shop.client.get("/about")).json()

    assert about["name"] == "Latchkey"
    assert about["version"]


# seeds/002_13c8f910d2aceccb.txt

SPAFES = {
    "messages": [{"role": "user", "content": "Hi"}],
    "stream": False,
    "model": "gpt-4o",
    "temperature": 0.5,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "top_p": 1,
}
SPAFES_CHAT = "/api/v1/chat/completions"


async def test_spafes_text_example(shop: Shop) -> None:
    response = await shop.client.post(SPAFES_CHAT, json=SPAFES)

    assert completion(response.json(), "gpt-4o").startswith("Hello!")


async def test_spafes_javascript_example(shop: Shop) -> None:
    headers = {"Content-Type": "application/json"}

    response = await shop.client.post(SPAFES_CHAT, content=json.dumps(SPAFES), headers=headers)

    assert completion(response.json(), "gpt-4o").startswith("Hello!")


async def test_spafes_picture_example(shop: Shop) -> None:
    response = await shop.client.post(SPAFES_CHAT, json=SPAFES | {"model": "flux"})

    body = response.json()
    assert body["object"] == "chat.completion"
    said = body["choices"][0]["message"]["content"]
    assert said.startswith("![Generated image](")
    assert said.endswith(")")


async def test_spafes_streaming_example(shop: Shop) -> None:
    response = await shop.client.post(SPAFES_CHAT, json=SPAFES | {"stream": True})

    *chunks, done = in_events(response.content)
    assert done == "[DONE]"
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert all(type(chunk["created"]) is int for chunk in chunks)
    assert words(chunks).startswith("Hello!")
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("stream", [False, True])
async def test_spafes_own_models_answer_at_its_own_path(shop: Shop, stream: bool) -> None:
    """The models that the document alone names lead to it: usage is null there, and ours here."""
    body = SPAFES | {"model": "google/gemma-2-9b-it", "stream": stream}

    response = await shop.client.post(SPAFES_CHAT, json=body)

    assert response.headers["x-latchkey-upstream"] == "spafe"
    if stream:
        assert in_events(response.content)[-1] == "[DONE]"
    else:
        assert completion(response.json(), "google/gemma-2-9b-it")


# seeds/003_a40518ba4b92250e.txt


async def test_freetheais_streaming_example(shop: Shop) -> None:
    body = {
        "model": "glm/glm-5.1",
        "messages": [{"role": "user", "content": "Write a tiny Flask route."}],
        "stream": True,
    }

    response = await shop.client.post("/v1/chat/completions", json=body)

    *chunks, done = in_events(response.content)
    assert done == "[DONE]"
    assert words(chunks)


async def test_freetheais_sdk_example(shop: Shop) -> None:
    async with openai.AsyncOpenAI(api_key=shop.key, base_url=shop.v1) as client:
        res = await client.chat.completions.create(
            model="glm/glm-5.1", messages=[{"role": "user", "content": "Reply with OK."}]
        )

    assert res.choices[0].message.content == "You said: Reply with OK."


async def test_freetheais_messages_example(shop: Shop) -> None:
    body = {
        "model": "rev/claude-sonnet-4.5",
        "max_tokens": 256,
        "messages": [{"role": "user", "content": "Give me a short implementation plan."}],
    }

    message = (await shop.client.post("/v1/messages", json=body)).json()

    assert (message["type"], message["role"]) == ("message", "assistant")
    assert message["model"] == "rev/claude-sonnet-4.5"
    assert message["content"][0]["text"]
    assert message["stop_reason"] == "end_turn"
    assert message["usage"]["output_tokens"] > 0


async def test_freetheais_catalogue_examples(shop: Shop) -> None:
    listed = (await shop.client.get("/v1/models")).json()
    full = (await shop.client.get("/v1/models/full")).json()

    assert {model["id"] for model in listed["data"]} == {model["id"] for model in full["data"]}
    tiers = {model["id"]: model["tier"] for model in full["data"]}
    assert tiers["glm/glm-5.1"] == "free"
    assert tiers["rev/claude-sonnet-4.5"] == "claude"


@pytest.mark.parametrize(
    "prompt",
    [
        "A cinematic neon sports car parked under rainy city lights",
        "A clean product mockup on a dark desk",
    ],
)
async def test_freetheais_picture_examples(shop: Shop, prompt: str) -> None:
    res = await shop.client.post(
        "/v1/images/generations",
        json={"model": "vhr/gpt_image_2", "prompt": prompt},
        headers={"Content-Type": "application/json"},
        timeout=180,
    )
    res.raise_for_status()

    item = (res.json().get("data") or [{}])[0]  # as its "save helper" reads it
    data = shown(item)
    if data is None:
        async with httpx.AsyncClient() as client:
            data = (await client.get(item["url"], timeout=120)).raise_for_status().content
    assert data.startswith(b"\x89PNG")


async def test_freetheais_edit_example(shop: Shop) -> None:
    body = {
        "model": "img/gpt-image-2",
        "prompt": "Improve this logo and make it cleaner",
        "image": PICTURE,
    }

    answer = await shop.client.post("/v1/images/edits", json=body)

    [entry] = answer.json()["data"]
    assert (shown(entry) or b"").startswith(b"\x89PNG")


async def test_freetheais_health(shop: Shop) -> None:
    health = await shop.client.get("/v1/health")

    assert (health.status_code, health.json()["status"]) == (200, "ok")


@pytest.mark.parametrize(
    ("body", "key", "status"),
    [
        ({"model": "glm/glm-5.1"}, True, 400),
        ({"model": "glm/nothing", "messages": [{"role": "user", "content": "Hi"}]}, True, 400),
        ({"model": "glm/glm-5.1", "messages": [{"role": "user", "content": "Hi"}]}, False, 401),
    ],
    ids=["missing prompt", "unknown model", "missing key"],
)
async def test_freetheais_common_responses(
    shop: Shop, body: dict[str, Any], key: bool, status: int
) -> None:
    client = shop.client if key else shop.house.client()

    answer = await client.post("/v1/chat/completions", json=body)

    assert answer.status_code == status
    assert ("/signup" in answer.text) is (not key)


# seeds/004_46ff37852360782e.txt


async def test_airforces_base_url_has_no_version(shop: Shop) -> None:
    async with openai.AsyncOpenAI(api_key=shop.key, base_url=shop.house.url) as client:
        answer = await client.chat.completions.create(
            model="llama-3.1-70b-chat", messages=[{"role": "user", "content": "Hi"}]
        )

    assert answer.choices[0].message.content.startswith("Hello!")


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/chat/completions"])
async def test_airforces_chat_example(shop: Shop, path: str) -> None:
    body = {
        "model": "claude-3-opus",
        "messages": [
            {"role": "system", "content": "System prompt (only the first message, once)"},
            {"role": "user", "content": "Message content"},
            {"role": "assistant", "content": "Assistant response"},
        ],
        "max_tokens": 2048,
        "stream": False,
        "temperature": 0.7,
        "top_p": 0.5,
        "top_k": 0,
    }

    answer = (await shop.client.post(path, json=body)).json()

    assert completion(answer, "claude-3-opus")
    assert isinstance(answer["system_fingerprint"], str)
    assert answer["choices"][0]["logprobs"] is None


@pytest.mark.parametrize("path", ["/v1/models", "/models"])
async def test_airforces_models_example(shop: Shop, path: str) -> None:
    listed = (await shop.client.get(path)).json()

    assert listed["object"] == "list"
    assert all({"id", "object", "created", "owned_by"} <= set(model) for model in listed["data"])


@pytest.mark.parametrize("path", ["/v1/imagine", "/imagine", "/v1/imagine2", "/imagine2"])
async def test_airforces_picture_example(shop: Shop, path: str) -> None:
    query = "prompt=A+beautiful+landscape&size=1:1&seed=123456&model=flux-realism"

    picture = await shop.client.get(f"{path}?{query}")

    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")


@pytest.mark.parametrize("path", ["/v1/ask", "/ask"])
async def test_airforces_question_example(shop: Shop, path: str) -> None:
    answer = await shop.client.get(path, params={"prompt": "What is ChatGPT"})

    assert answer.headers["content-type"].startswith("text/event-stream")
    found = in_events(answer.content)
    assert all(isinstance(one["message"], str) and isinstance(one["url"], str) for one in found)
    assert 'about "What is ChatGPT"' in "".join(one["message"] for one in found)


@pytest.mark.parametrize(
    "asked",
    [
        "/v1/images/vision?url=https://example.com/image.png&model=gemini-pro-vision",
        # The same host as an address, which nobody has to look up.
        "/v1/images/vision?url=https://93.184.215.14/image.png",
        "/images/vision?url=https://93.184.215.14/image.png&model=gpt-4o-mini",
    ],
)
async def test_airforces_vision_example(shop: Shop, asked: str) -> None:
    answer = await shop.client.get(asked)

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith("I see a picture.")


@pytest.mark.parametrize("path", ["/v1/suno", "/suno"])
@pytest.mark.parametrize(
    "body",
    [
        {
            "model": "chirp-v3-5",
            "prompt": "A catchy pop song with upbeat rhythm",
            "instrumental": "false",
            "custom": "false",
        },
        {
            "model": "chirp-v3-5",
            "prompt": "Describe the type of song you want to generate.",
            "instrumental": "false",
            "style": "genre or style",
            "custom": "false",
        },
    ],
)
async def test_airforces_song_example(shop: Shop, path: str, body: dict[str, Any]) -> None:
    begun = (await shop.client.post(path, json=body)).json()
    first, second = begun["clips"]
    early = (await shop.client.get(f"{path}/{first}")).json()
    late = (await shop.client.get(f"{path}/{first}")).json()

    assert begun["status"] == "success"
    assert first != second
    assert early["status"] == "generating"
    assert late["status"] == "finished"
    links = [late[name] for name in ("image_url", "audio_url", "video_url")]
    assert all(link.startswith("http") for link in links)


@pytest.mark.parametrize(
    "query",
    [
        "text=Your+text+here&voice=alex",
        "text=Hello+world&voice=sophia",
        "text=Hello+world&voice=alex",
    ],
)
async def test_airforces_speech_examples(shop: Shop, query: str) -> None:
    sound = await shop.client.get(f"/get-audio?{query}")

    assert sound.headers["content-type"] == "audio/mpeg"
    assert sound.content.startswith(b"\xff\xf3")


async def test_airforces_usage_example(shop: Shop) -> None:
    usage = await shop.house.client().get(f"/check?key={shop.key}")

    assert usage.status_code == 200
    assert usage.json()["spent"] >= 0
