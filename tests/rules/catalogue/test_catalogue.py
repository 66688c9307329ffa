"""Finding models by what callers name."""

from typing import Any

import pytest

from bot.catalogue.service import Catalogue, UnknownModel
from bot.core.errors import Kind
from bot.settings.community import CommunityFile
from bot.words.say import explain

UPSTREAMS = [
    {"name": name, "dialect": "openai", "base_url": "http://127.0.0.1:1/v1"} for name in "abc"
]


def catalogue(*entries: dict[str, Any]) -> Catalogue:
    models = [{"routes": [{"upstream": "a"}]} | entry for entry in entries]
    return Catalogue(CommunityFile.model_validate({"upstreams": UPSTREAMS, "models": models}))


FEW = catalogue(
    {"id": "gpt-4o", "aliases": ["gpt-4o-latest"]},
    {"id": "gpt-4o+web", "coefficient": 1.5},
    {"id": "meta/llama-3", "kind": ["chat", "vision"]},
    {"id": "flux", "kind": "image"},
    {"id": "claude-3", "access": "claude"},
)


def test_a_model_is_found_by_its_id_and_by_its_aliases():
    assert FEW.get("gpt-4o").id == "gpt-4o"
    assert FEW.get("gpt-4o-latest").id == "gpt-4o"
    assert FEW.get("meta/llama-3").kinds == ("chat", "vision")


def test_a_model_with_web_is_a_model_of_its_own():
    assert FEW.get("gpt-4o+web").coefficient == 1_500
    assert FEW.get("gpt-4o").coefficient == 1_000


@pytest.mark.parametrize("name", ["gpt4o", "GPT-4O", "gpt-4o-mini"])
def test_an_unknown_model_names_the_closest_three(name: str):
    with pytest.raises(UnknownModel) as unknown:
        FEW.get(name)

    assert unknown.value.kind is Kind.UNKNOWN_MODEL
    assert unknown.value.params["closest"][0] == "gpt-4o"
    assert len(unknown.value.params["closest"]) == 3
    assert "`gpt-4o`" in explain(unknown.value)


def test_without_models_there_is_nothing_to_suggest():
    with pytest.raises(UnknownModel) as unknown:
        catalogue().get("gpt-4o")

    assert unknown.value.params["closest"] == []
    assert "gpt-4o" in explain(unknown.value)


def test_a_name_of_any_length_gives_a_short_sentence():
    with pytest.raises(UnknownModel) as unknown:
        FEW.get("x" * 1_000_000)

    assert len(explain(unknown.value)) < 500


def test_all_models_are_visible_in_the_order_of_the_settings():
    ids = [model.id for model in FEW.visible()]

    assert ids == ["gpt-4o", "gpt-4o+web", "meta/llama-3", "flux", "claude-3"]


def test_the_first_of_a_kind_is_the_first_in_the_settings():
    assert FEW.first_of("vision") == FEW.get("meta/llama-3")
    assert FEW.first_of("image") == FEW.get("flux")
    assert FEW.first_of("song") is None


def test_access_and_kind_say_who_may_ask_what():
    assert not FEW.get("claude-3").free
    assert FEW.get("gpt-4o").free
    assert FEW.get("meta/llama-3").talks
    assert not FEW.get("flux").talks


def test_routes_stand_in_the_order_of_their_priority_and_name_the_model_as_upstreams_do():
    model = catalogue(
        {
            "id": "m",
            "routes": [
                {"upstream": "a", "priority": 2},
                {"upstream": "b", "model": "theirs"},
                {"upstream": "c", "priority": 1, "weight": 3},
            ],
        }
    ).get("m")

    assert [(route.upstream, route.model) for route in model.routes] == [
        ("b", "theirs"),
        ("c", "m"),
        ("a", "m"),
    ]
