"""Variables: their defaults, where they may stand, and what is said of wrong ones."""

from pathlib import Path

import pytest

from bot.settings.environment import VARIABLES, LogForm, Part, Shards
from tests.features.settings.conftest import Problems, Read

SECRET = "a" * 32
OLDER = "b" * 40
POSTGRES = "postgresql+asyncpg://latchkey:pass%40word@db/latchkey"


def test_without_any_variable_every_default_holds(read: Read, tmp_path: Path) -> None:
    environment = read().environment

    assert environment.discord_token is None
    assert environment.discord_api_url == "https://discord.com/api/v10"
    assert environment.database_url == f"sqlite+aiosqlite:///{tmp_path}/data/latchkey.db"
    assert environment.embedded
    assert environment.secrets == ()
    assert (environment.host, environment.port) == ("127.0.0.1", 8080)
    assert environment.config is None
    assert environment.data == tmp_path / "data"
    assert environment.public_url == "http://127.0.0.1:8080"
    assert environment.shards is None
    assert environment.metrics_token is None


def test_every_variable_is_taken_as_given(read: Read, tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text("[limits]\ndaily_tokens = 5")

    settings = read(
        LATCHKEY_DISCORD_TOKEN="a.b-c_d",
        LATCHKEY_DISCORD_API_URL="http://127.0.0.1:9000/api/v10/",
        LATCHKEY_DATABASE_URL=POSTGRES,
        LATCHKEY_SECRET_KEY=f"{SECRET}, {OLDER}",
        LATCHKEY_HOST="::1",
        LATCHKEY_PORT="0",
        LATCHKEY_CONFIG="ours.toml",
        LATCHKEY_DATA="/var/lib/latchkey",
        LATCHKEY_PUBLIC_URL="https://keys.example.org/latchkey/",
        LATCHKEY_LOG="text",
        LATCHKEY_SHARDS="0-1,3/4",
        LATCHKEY_METRICS_TOKEN="m",
    )

    environment = settings.environment
    assert environment.discord_token == "a.b-c_d"
    assert environment.discord_api_url == "http://127.0.0.1:9000/api/v10"
    assert environment.database_url == POSTGRES
    assert not environment.embedded
    assert environment.secrets == (SECRET, OLDER)
    assert (environment.host, environment.port) == ("::1", 0)
    assert environment.config == tmp_path / "ours.toml"
    assert environment.data == Path("/var/lib/latchkey")
    assert environment.public_url == "https://keys.example.org/latchkey"
    assert environment.log is LogForm.TEXT
    assert environment.shards == Shards((0, 1, 3), 4)
    assert environment.metrics_token == "m"
    assert settings.file.limits.daily_tokens == 5


def test_the_log_is_text_on_a_terminal_and_json_elsewhere(read: Read) -> None:
    assert read(terminal=True).environment.log is LogForm.TEXT
    assert read().environment.log is LogForm.JSON


def test_the_public_address_follows_host_and_port(read: Read) -> None:
    environment = read(LATCHKEY_HOST="::1", LATCHKEY_PORT="9").environment

    assert environment.public_url == "http://[::1]:9"


def test_the_public_address_of_any_free_port_is_known_once_it_is_bound(read: Read) -> None:
    free = read(LATCHKEY_PORT="0").environment
    given = read(LATCHKEY_PORT="0", LATCHKEY_PUBLIC_URL="https://a.org").environment

    assert free.public_at(4711) == "http://127.0.0.1:4711"
    assert given.public_at(4711) == "https://a.org"


def test_a_dotenv_file_is_honoured_and_the_environment_wins(read: Read) -> None:
    dotenv = "# ours\nexport LATCHKEY_PORT=81\nLATCHKEY_HOST='localhost'\nOTHER=1\n"

    environment = read(dotenv=dotenv, LATCHKEY_PORT="82").environment

    assert (environment.host, environment.port) == ("localhost", 82)


def test_a_dotenv_value_is_taken_as_it_stands(read: Read) -> None:
    dotenv = "LATCHKEY_METRICS_TOKEN=${HOME}$x\n"

    assert read(dotenv=dotenv).environment.metrics_token == "${HOME}$x"


def test_an_empty_variable_is_unset(read: Read) -> None:
    environment = read(
        dotenv="LATCHKEY_HOST=localhost\n",
        LATCHKEY_HOST="",
        LATCHKEY_PORT=" ",
        LATCHKEY_CONFIG="",
        LATCHKEY_NONSENSE="",
        LATCHKEY_METRICS_TOKEN="m",
        LATCHKEY_METRICS_TOKEN_FILE="",
    ).environment

    assert (environment.host, environment.port) == ("localhost", 8080)
    assert environment.metrics_token == "m"


@pytest.mark.parametrize("name", [variable.name for variable in VARIABLES])
def test_every_variable_may_name_a_file_instead(
    name: str, read: Read, problems: Problems, tmp_path: Path
) -> None:
    (tmp_path / "held").write_text("bad value?\n")

    if name == "LATCHKEY_DATA":
        assert read(LATCHKEY_DATA_FILE="held").environment.data == tmp_path / "bad value?"
    else:
        assert problems(**{f"{name}_FILE": "held"})[0].startswith(f"{name}: ")


def test_a_secret_in_a_file_is_read_without_its_line_end(read: Read, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("abc\n")

    environment = read(LATCHKEY_DISCORD_TOKEN_FILE=str(tmp_path / "token")).environment

    assert environment.discord_token == "abc"


def test_a_variable_and_its_file_both_set_is_a_problem(problems: Problems, tmp_path: Path) -> None:
    (tmp_path / "port").write_text("1")

    assert problems(LATCHKEY_PORT="1", LATCHKEY_PORT_FILE="port") == (
        "LATCHKEY_PORT: is set, and LATCHKEY_PORT_FILE too: keep one of them",
    )


def test_the_environment_also_wins_over_a_file_that_dotenv_names(read: Read) -> None:
    dotenv = "LATCHKEY_PORT_FILE=/nowhere\n"

    assert read(dotenv=dotenv, LATCHKEY_PORT="82").environment.port == 82


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "cannot be read (no such file or directory)"),
        (b" \n", "is empty"),
        (b"\xff\xfe", "is not UTF-8 text"),
    ],
)
def test_a_named_file_that_holds_nothing_useful_is_told(
    content: bytes | None, complaint: str, problems: Problems, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "held").write_bytes(content)

    (line,) = problems(LATCHKEY_PORT_FILE="held")

    named = f"LATCHKEY_PORT: LATCHKEY_PORT_FILE names {tmp_path / 'held'}, which"
    assert line == f"{named} {complaint}"


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("LATCHKEY_PORT", "80a", "must be a port from 0 to 65535"),
        ("LATCHKEY_PORT", "65536", "must be a port from 0 to 65535"),
        ("LATCHKEY_PORT", "-1", "must be a port from 0 to 65535"),
        ("LATCHKEY_PORT", "²", "must be a port from 0 to 65535"),
        ("LATCHKEY_PORT", "tcp://10.0.0.1:80", "enableServiceLinks"),
        ("LATCHKEY_HOST", "[::1]", "without brackets"),
        ("LATCHKEY_HOST", "http://localhost", "must be a host name"),
        ("LATCHKEY_LOG", "jsn", 'must be text or json, not "jsn"'),
        ("LATCHKEY_DISCORD_TOKEN", "Bot abc", "without spaces"),
        ("LATCHKEY_DISCORD_API_URL", "discord.com/api", "must begin with http:// or https://"),
        ("LATCHKEY_PUBLIC_URL", "https://example.org/v1", "without /v1"),
        ("LATCHKEY_PUBLIC_URL", "https://example.org/?a=1", "leave out everything from ?"),
        ("LATCHKEY_PUBLIC_URL", "https://", "must name a host"),
        ("LATCHKEY_PUBLIC_URL", "https://a:b", "must have a port from 1 to 65535"),
        ("LATCHKEY_PUBLIC_URL", "https://[::1", "look at the [ and ]"),
        ("LATCHKEY_CONFIG", "none.toml", "names none.toml, and there is no such file"),
        ("LATCHKEY_DISCORD_API_URL", "http://a b", "without spaces"),
        ("LATCHKEY_SECRET_KEY", ",", "holds no secret"),
        ("LATCHKEY_SECRET_KEY", "\udcff" * 32, "must be UTF-8 text"),
        ("LATCHKEY_DATABASE_URL", "postgres://db/x", "postgresql+psycopg://"),
        ("LATCHKEY_DATABASE_URL", "sqlite:///x.db", "sqlite+aiosqlite:///"),
        ("LATCHKEY_DATABASE_URL", "sqlite+aiosqlite://", "must name a file"),
        ("LATCHKEY_DATABASE_URL", "sqlite+aiosqlite:///:memory:", "must name a file"),
        ("LATCHKEY_DATABASE_URL", "postgresql+asyncpg://a:b:c/d", "write @ as %40"),
        ("LATCHKEY_SHARDS", "0-1", 'such as "0-1/4"'),
        ("LATCHKEY_SHARDS", "0-4/4", "must name shards from 0 to 3"),
        ("LATCHKEY_SHARDS", "3-1/4", "lower first"),
        ("LATCHKEY_SHARDS", "1,1/4", "each shard once"),
        ("LATCHKEY_SHARDS", "0/0", "each shard once"),
    ],
)
def test_a_variable_that_will_not_do_is_told_by_name(
    name: str, value: str, complaint: str, problems: Problems
) -> None:
    environ = {name: value}
    if name == "LATCHKEY_DATABASE_URL":
        environ["LATCHKEY_SECRET_KEY"] = SECRET

    (line,) = problems(**environ)

    assert line.startswith(f"{name}: ")
    assert complaint in line


@pytest.mark.parametrize("text", ["short", f"{SECRET},short", f"{SECRET[:31]}"])
def test_a_short_secret_is_refused_and_never_repeated(text: str, problems: Problems) -> None:
    (line,) = problems(LATCHKEY_SECRET_KEY=text)

    assert "must have at least 32" in line
    assert text.rpartition(",")[2] not in line


def test_all_shards_may_be_said_in_words(read: Read) -> None:
    assert read(LATCHKEY_SHARDS="all").environment.shards is None


def test_an_unknown_variable_is_told_with_the_closest_known(problems: Problems) -> None:
    lines = problems(
        dotenv="LATCHKEY_PROT=1\n",
        LATCHKEY_DISCORD_TOKN_FILE="x",
        LATCHKEY_ZZZ="1",
    )

    assert [line.replace(": is not a variable of Latchkey; ", " -> ") for line in lines] == [
        "LATCHKEY_DISCORD_TOKN_FILE -> did you mean LATCHKEY_DISCORD_TOKEN_FILE?",
        "LATCHKEY_ZZZ -> take it out",
        "LATCHKEY_PROT -> did you mean LATCHKEY_PORT?",
    ]


def test_a_dotenv_line_that_is_none_is_told_by_number(problems: Problems) -> None:
    assert problems(dotenv="A=1\n\n what is this ==\nB=2\n") == (".env: line 3: is not NAME=value",)


def test_a_dotenv_file_that_is_not_text_is_told(problems: Problems, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=\xff\n")

    assert problems() == (".env: is not UTF-8 text",)


def test_postgresql_needs_a_secret_from_outside(problems: Problems) -> None:
    (line,) = problems(LATCHKEY_DATABASE_URL=POSTGRES)

    assert line.startswith("LATCHKEY_SECRET_KEY: is not set, and PostgreSQL needs it")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "::0"])
def test_listening_everywhere_needs_a_public_address(host: str, problems: Problems) -> None:
    (line,) = problems(LATCHKEY_HOST=host)

    assert line.startswith("LATCHKEY_PUBLIC_URL: is not set")


def test_the_bot_needs_a_token_and_a_home(problems: Problems) -> None:
    token, home = problems(parts=frozenset(Part))

    assert token.startswith("LATCHKEY_DISCORD_TOKEN: is not set")
    assert home.startswith("latchkey.toml: community.home_guilds: must hold the id")


def test_looking_after_the_database_needs_neither(read: Read) -> None:
    assert read(parts=frozenset(), LATCHKEY_HOST="0.0.0.0").environment.host == "0.0.0.0"


def test_a_wrong_value_is_not_also_called_missing(problems: Problems) -> None:
    lines = problems(
        "[community]\nhome_guilds = [1001]\n",
        parts=frozenset(Part),
        LATCHKEY_DISCORD_TOKEN="Bot x",
        LATCHKEY_DATABASE_URL=POSTGRES,
        LATCHKEY_SECRET_KEY="short",
    )

    assert [line.partition(":")[0] for line in lines] == [
        "LATCHKEY_DISCORD_TOKEN",
        "LATCHKEY_SECRET_KEY",
    ]


def test_a_data_folder_that_is_a_file_is_told(problems: Problems, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    assert problems() == (f"LATCHKEY_DATA: must be a folder, and {tmp_path / 'data'} is none",)


def test_what_is_secret_is_neither_shown_nor_forgotten(read: Read) -> None:
    toml = '[[upstreams]]\nname="a"\ndialect="openai"\nbase_url="http://a"\napi_key="sk-hidden"\n'

    settings = read(
        toml,
        LATCHKEY_DISCORD_TOKEN="token-hidden",
        LATCHKEY_DATABASE_URL=POSTGRES,
        LATCHKEY_SECRET_KEY=f"{SECRET},{OLDER}",
        LATCHKEY_METRICS_TOKEN="metrics-hidden",
    )

    told = {"sk-hidden", "token-hidden", "metrics-hidden", "pass%40word", "pass@word"}
    assert set(settings.unspeakable) == told | {SECRET, OLDER}
    assert not [secret for secret in settings.unspeakable if secret in repr(settings)]
