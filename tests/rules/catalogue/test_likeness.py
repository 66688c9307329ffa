"""Which names come near to what somebody typed, among all the models of the example file."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogue.likeness import Likeness
from bot.catalogue.service import Catalogue
from bot.settings.community import CommunityFile
from bot.settings.example import example

RAW = tomllib.loads(example())
ALL = Catalogue(CommunityFile.model_validate({name: RAW[name] for name in ("upstreams", "models")}))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gpt4o", "gpt-4o"),
        ("GPT-4o", "gpt-4o"),
        ("gpt-4-o", "gpt-4o"),
        ("gpt 4o mini", "gpt-4o-mini"),
        ("gpt-4o-web", "gpt-4o+web"),
        ("chatgpt-4o", "gpt-4o"),
        ("gpt3.5-turbo", "gpt-3.5-turbo"),
        ("claude-sonet-3.5", "claude-sonnet-3.5"),
        ("claude-3-5-sonnet", "claude-sonnet-3.5"),
        ("claude-sonnet-4-5", "rev/claude-sonnet-4.5"),
        ("opus", "claude-3-opus"),
        ("midjorney", "midjourney"),
        ("glm5.1", "glm/glm-5.1"),
        ("Llama-3.1-8B-Instruct", "meta-llama/Meta-Llama-3.1-8B-Instruct"),
        ("stable-diffusion-xl", "stable-diffusion-xl-base"),
        ("embedding-3-small", "text-embedding-3-small"),
        ("nano-banana", "vhr/nano_banana_2"),
        ("chirp", "chirp-v3-5"),
    ],
)
def test_a_slip_is_understood(typed: str, meant: str) -> None:
    assert ALL.closest(typed)[0] == meant


def test_three_different_models_are_named() -> None:
    close = ALL.closest("claude")

    assert len(set(close)) == 3
    assert all("claude" in name for name in close)


@given(st.text(max_size=300), st.text(max_size=120))
def test_any_two_texts_can_be_compared(typed: str, name: str) -> None:
    assert Likeness(typed)(name) >= -0.01


@given(st.sampled_from([model.id for model in ALL.visible()]))
def test_the_name_itself_in_capitals_comes_first(name: str) -> None:
    assert ALL.closest(name.upper())[0] == name


def test_prices_that_are_laid_over_can_be_taken_off_again() -> None:
    catalogue = Catalogue(
        CommunityFile.model_validate({name: RAW[name] for name in ("upstreams", "models")})
    )

    catalogue.reprice({"gpt-4o": 2_500, "no such model": 1})
    assert catalogue.get("gpt-4o").coefficient == 2_500
    assert [model.id for model in catalogue.visible()] == [model.id for model in ALL.visible()]

    catalogue.reprice({})
    assert catalogue.visible() == ALL.visible()
