"""The example file names every model, voice and domain that any seed names."""

import re
from pathlib import Path

import pytest

from bot.settings.community import CommunityFile
from bot.settings.example import example
from bot.settings.serving import Dialect, Kind, ModelEntry
from tests.conftest import missing
from tests.features.settings.conftest import Read
from tests.features.settings.test_documents import KEYS

SEEDS = Path(__file__).parents[4] / "shared" / "seeds"
FRESED, DEVSDOCODE, SPAFE, FREETHEAI, AIRFORCE = (
    *("000_5dd2345b75d5eb73.txt", "001_8813f16c073f7ba9.txt", "002_13c8f910d2aceccb.txt"),
    *("003_a40518ba4b92250e.txt", "004_46ff37852360782e.txt"),
)
# In a code example of any seed, JSON or Python: "model": "x", 'model': 'x', model="x".
EXAMPLE = re.compile(r"""['"]?model['"]?\s*[:=]\s*['"]([^'"]+)['"]""")


def seed(name: str) -> str:
    if not SEEDS.is_dir():
        missing("The seeds are not beside this clone: the example file is not held against them.")
    return (SEEDS / name).read_text()


def between(text: str, first: str, last: str) -> str:
    return text.split(first, 1)[1].split(last, 1)[0]


def fresed() -> set[str]:
    text = seed(FRESED)
    return set(EXAMPLE.findall(text)) | set(re.findall(r"\((\S+\+web)\)", text))


def devsdocode() -> set[str]:
    text = seed(DEVSDOCODE)
    listed = re.findall(r"- `([^`]+)`", between(text, "## Available Models", "## Parameters"))
    return {*listed, *EXAMPLE.findall(text)}


def spafe() -> set[str]:
    text = seed(SPAFE)
    listed = re.findall(r"• (\S+)", between(text, "Available Models", "Example Requests"))
    return {*listed, *EXAMPLE.findall(text)}


def freetheai() -> set[str]:
    text = seed(FREETHEAI)
    return {*EXAMPLE.findall(text), *re.findall(r"\b(?:img|vhr|rev|glm)/[\w.-]*\w", text)}


def airforce() -> set[str]:
    text = seed(AIRFORCE)
    chats = re.findall(r"'([^']+)'", between(text, "https://api.airforce'\n[", "]"))
    painters = re.findall(r"[\w-]+", between(text, "'model': 'flux' [one of", "]"))
    seers = re.findall(r"'([^']+)'", between(text, "Valid models:", "\n"))
    singers = re.findall(r'"(chirp[^"]+)"', text)
    return {*chats, *painters, *seers, *singers, *EXAMPLE.findall(text)}


NAMED = {
    "fresed": (fresed, {"gpt-4", "gpt-4o+web", "midjourney", "tts-1"}),
    "devsdocode": (devsdocode, {"gpt-3.5-turbo-0301", "text-embedding-ada-002"}),
    "spafe": (spafe, {"01-ai/Yi-34B-Chat", "Sao10K/L3-70B-Euryale-v2.1", "o1-preview"}),
    "freetheai": (freetheai, {"glm/glm-5.1", "rev/claude-sonnet-4.5", "img/gpt-image-2"}),
    "airforce": (airforce, {"claude-3-opus", "any-dark", "chirp-v2-xxl-alpha", "gpt-4-turbo"}),
}


@pytest.fixture
def file(read: Read) -> CommunityFile:
    return read(example(), **KEYS).file


@pytest.mark.parametrize("upstream", NAMED)
def test_every_model_that_a_seed_names_is_in_the_example_file_and_routed_there(
    upstream: str, file: CommunityFile
) -> None:
    named, certain = NAMED[upstream]
    models = {model.id: model for model in file.models}

    ids = named()

    assert certain <= ids, "the seed is read wrongly"
    assert ids - models.keys() == set()
    assert {name for name in ids if not serves(models[name], upstream)} == set()


def test_the_seeds_name_well_over_a_hundred_models() -> None:
    every = set[str]().union(*(named() for named, _ in NAMED.values()))

    assert len(every) > 100


def test_there_is_an_upstream_of_every_dialect_and_each_serves_something(
    file: CommunityFile,
) -> None:
    assert {entry.dialect for entry in file.upstreams} == set(Dialect)
    assert len({entry.base_url for entry in file.upstreams}) == len(Dialect)
    for entry in file.upstreams:
        assert any(serves(model, entry.name) for model in file.models)


def test_there_is_a_model_of_every_kind_and_claude_is_nobodys_by_default(
    file: CommunityFile,
) -> None:
    kinds = {kind for model in file.models for kind in model.kinds}
    claude = {model.id: model.access for model in file.models if "claude" in model.id}

    assert kinds == set(Kind)
    assert len(claude) == 3
    assert set(claude.values()) == {"claude"}


def test_network_access_is_asked_of_upstreams_that_have_it(file: CommunityFile) -> None:
    web = [model for model in file.models if model.id.endswith("+web")]

    assert "gpt-4o+web" in {model.id for model in web}
    assert {route.upstream for model in web for route in model.routes} == {"fresed"}


def test_the_voices_are_the_seeds(file: CommunityFile) -> None:
    voices = {model.id: model.voices for model in file.models if Kind.SPEECH in model.kinds}

    assert voices["tts-1"] == ("alloy", "echo", "fable", "onyx", "nova", "shimmer")
    assert voices["get-audio"] == ("alex", "sophia")


def test_the_first_of_each_kind_is_what_a_route_without_a_model_means(
    file: CommunityFile,
) -> None:
    def first(kind: Kind) -> str:
        return next(model.id for model in file.models if kind in model.kinds)

    assert first(Kind.IMAGE) == "flux"
    assert first(Kind.SONG) == "chirp-v3-5"
    assert first(Kind.EDIT) == "img/gpt-image-2"
    assert first(Kind.CHAT) == "gpt-4o"


def test_every_domain_of_the_seed_has_its_price(file: CommunityFile) -> None:
    named = re.findall(r'"([a-z0-9.-]+)": ([0-9.]+)', seed(FRESED))

    assert len(named) == 48
    assert file.temp_mail.domains == {name: int(float(price) * 1000) for name, price in named}


def test_a_copy_whose_keys_are_not_set_says_so_a_line_each(read: Read) -> None:
    with pytest.raises(Exception, match="FRESED_API_KEY") as refused:
        read(example())

    lines = str(refused.value).splitlines()
    assert len(lines) == len(KEYS)
    assert all("is not set: set it, or take api_key out" in line for line in lines)


def serves(model: ModelEntry, upstream: str) -> bool:
    return any(route.upstream == upstream for route in model.routes)
