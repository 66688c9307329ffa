"""The example file and the tables: made from the models, and true."""

from pathlib import Path

from bot.settings.community import CommunityFile
from bot.settings.environment import VARIABLES, Part
from bot.settings.example import example
from bot.settings.names import settings_in
from bot.settings.notices import nothing_to_call, notices
from bot.settings.overrides import CHANGEABLE, locked
from bot.settings.serving import TempMail
from bot.settings.tables import environment_table, toml_table
from tests.features.settings.conftest import Read

ROOT = Path(__file__).parents[3]
OWN = {"community", "upstreams", "models", "temp_mail"}
KEYS = {
    name: f"key-of-{name}" for name in ("FRESED_API_KEY", "FREETHEAI_API_KEY", "OPENAI_API_KEY")
}


def test_the_example_file_is_what_the_models_say() -> None:
    assert (ROOT / "latchkey.example.toml").read_text() == example()


def test_the_example_file_loads_and_holds_the_defaults(read: Read) -> None:
    file = read(example(), **KEYS).file

    assert file.model_dump(exclude=OWN) == CommunityFile().model_dump(exclude=OWN)
    assert file.community.home_guilds == (1001,)
    assert file.community.level_roles == {1: 2101, 2: 2102, 3: 2103}
    assert file.temp_mail == TempMail(upstream="fresed")


def test_the_example_file_leaves_to_settings_whatever_is_no_id(read: Read) -> None:
    file = read(example(), **KEYS).file
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
    silent = list(notices(read().file, frozenset(Part)))
    told = list(notices(read(example(), **KEYS).file, frozenset(Part)))

    assert len(silent) == len(set(silent)) == 7
    assert "community.level_roles is not set: levels give no roles; /settings sets it." in silent
    assert told == []


def test_a_process_without_the_bot_says_nothing_of_what_discord_lacks(read: Read) -> None:
    api = list(notices(read().file, frozenset({Part.API})))
    jobs = list(notices(read().file, frozenset({Part.JOBS})))

    assert api == ["temp_mail.upstream is not set: there are no temporary mailboxes."]
    assert jobs == []


def test_that_nothing_can_be_called_names_the_file_that_is_to_blame(
    read: Read, tmp_path: Path
) -> None:
    usual, other, every = tmp_path / "latchkey.toml", tmp_path / "other.toml", frozenset(Part)

    absent = nothing_to_call(read().file, every, None, usual)
    empty = nothing_to_call(read().file, every, other, usual)

    assert f"there is no {usual}, and LATCHKEY_CONFIG names no other" in (absent or "")
    assert f"{other} has no upstreams or no models" in (empty or "")
    assert nothing_to_call(read(example(), **KEYS).file, every, usual, usual) is None
    assert nothing_to_call(read(**KEYS).file, frozenset({Part.JOBS}), None, usual) is None
