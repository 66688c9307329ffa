"""The example file and the tables: made from the models, and true."""

from pathlib import Path

from bot.settings.community import CommunityFile
from bot.settings.environment import VARIABLES
from bot.settings.example import MODELS, example
from bot.settings.names import settings_in
from bot.settings.notices import notices
from bot.settings.overrides import CHANGEABLE, locked
from bot.settings.tables import environment_table, toml_table
from tests.features.settings.conftest import Read

ROOT = Path(__file__).parents[3]
OWN = {"community", "upstreams", "models"}


def test_the_example_file_is_what_the_models_say() -> None:
    assert (ROOT / "latchkey.example.toml").read_text() == example()


def test_the_example_file_loads_and_holds_the_defaults(read: Read) -> None:
    file = read(example()).file

    assert file.model_dump(exclude=OWN) == CommunityFile().model_dump(exclude=OWN)
    assert file.community.home_guilds == (1001,)
    assert file.community.level_roles == {1: 2101, 2: 2102, 3: 2103}
    assert [upstream.dialect for upstream in file.upstreams] == ["openai"]
    assert [f'"{model.id}"' for model in file.models] == [model["id"] for model in MODELS]


def test_the_example_file_leaves_to_settings_whatever_is_no_id(read: Read) -> None:
    file = read(example()).file
    ids = {name for name in CHANGEABLE if name.startswith("community.")}

    assert {name for name in CHANGEABLE if locked(file, name)} == ids


def test_the_example_file_names_every_setting() -> None:
    text = example()
    names = {path.rpartition(".")[2] for path, _ in settings_in(CommunityFile)}

    assert {name for name in names if f"{name} =" not in text} == set()


def test_every_setting_says_what_it_means() -> None:
    silent = [path for path, field in settings_in(CommunityFile) if not field.description]

    assert silent == []


def test_the_tables_hold_every_variable_and_value() -> None:
    rows = toml_table().splitlines()

    assert "| `limits.daily_tokens` | `80000` | everyone's tokens a day |" in rows
    assert "| `models[].coefficient` | `1.0` | its price, up to three decimals |" in rows
    assert len([row for row in rows if row.startswith("| `plans.exchange.")]) == 5
    assert [v.name for v in VARIABLES if f"| `{v.name}` |" not in environment_table()] == []
    assert {row.count(" | ") for row in rows if row.startswith("| ")} == {2}


def test_what_is_switched_off_is_said_once_each(read: Read) -> None:
    silent = list(notices(read().file))
    told = list(notices(read(example()).file))

    assert len(silent) == len(set(silent)) == 8
    assert silent[0].startswith("Nothing can be called yet")
    assert "community.level_roles is not set: levels give no roles; /settings sets it." in silent
    assert told == ["temp_mail.upstream is not set: there are no temporary mailboxes."]
