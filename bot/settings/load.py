"""Everything the operator fixed, read once at start: all of it sound, or every problem at once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from bot.core.errors import StartFailed
from bot.settings import addresses, api_keys, crosses, reading, values
from bot.settings.community import CommunityFile
from bot.settings.environment import DISCORD_API_URL, Environment, LogForm, Part
from bot.settings.variables import Variables, gather
from bot.settings.words import Unfit

CONFIG = "latchkey.toml"
Value = TypeVar("Value")


class SettingsProblems(StartFailed):
    """Settings that will not do: one line each, naming the variable or the TOML path."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Settings:
    """What a process is started with."""

    environment: Environment
    file: CommunityFile

    @property
    def unspeakable(self) -> tuple[str, ...]:
        """Return every secret in them, for the log to hide."""
        outside = self.environment
        password = urlsplit(outside.database_url).password or ""
        held = (
            *(outside.discord_token, outside.metrics_token, password, unquote(password)),
            *outside.secrets,
            *(upstream.api_key for upstream in self.file.upstreams),
        )
        return tuple(one for one in held if one)


@dataclass(frozen=True, slots=True)
class Survey:
    """Settings with everything that is wrong with them; a variable that is unfit has its default.

    `file` is None where latchkey.toml will not do.
    """

    environment: Environment
    file: CommunityFile | None
    problems: tuple[str, ...]


def load(
    environ: Mapping[str, str],
    *,
    parts: frozenset[Part],
    cwd: Path,
    terminal: bool = False,
    dotenv: bool = True,
    upstream_key: str | None = None,
) -> Settings:
    """Return the settings for a process that runs `parts`, or raise SettingsProblems.

    No parts at all: for `db` and `rekey`, which need neither a token nor a public address.
    Without `dotenv` no `.env` is read. `upstream_key` stands in for every "env:NAME" of the file.
    """
    found = survey(
        environ, parts=parts, cwd=cwd, terminal=terminal, dotenv=dotenv, upstream_key=upstream_key
    )
    if found.problems or found.file is None:
        raise SettingsProblems(found.problems)
    return Settings(found.environment, found.file)


def survey(
    environ: Mapping[str, str],
    *,
    parts: frozenset[Part],
    cwd: Path,
    terminal: bool = False,
    dotenv: bool = True,
    upstream_key: str | None = None,
) -> Survey:
    """Read settings as `load` does, whatever is wrong with them."""
    cwd = cwd.absolute()
    variables, problems = gather(environ, cwd, dotenv=dotenv)
    reader = _Reader(variables, problems, cwd)
    environment = reader.environment(parts, terminal=terminal)
    problems += variables.unknown()
    file = reader.file(environment.config, bot=Part.BOT in parts, upstream_key=upstream_key)
    return Survey(environment, file, tuple(dict.fromkeys(problems)))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads on after a problem, with the default in place of what will not do."""

    variables: Variables
    problems: list[str]
    cwd: Path

    def environment(self, parts: frozenset[Part], *, terminal: bool) -> Environment:
        host = self.value("LATCHKEY_HOST", values.host, "127.0.0.1")
        port = self.value("LATCHKEY_PORT", values.port, 8080)
        data = self.cwd / self.value("LATCHKEY_DATA", str, "data")
        config = self.value("LATCHKEY_CONFIG", str, None)
        embedded = f"sqlite+aiosqlite:///{data / 'latchkey.db'}"
        usual_log = LogForm.TEXT if terminal else LogForm.JSON
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        made = Environment(
            discord_token=self.value("LATCHKEY_DISCORD_TOKEN", values.token, None),
            discord_api_url=self.value(
                "LATCHKEY_DISCORD_API_URL", addresses.base_url, DISCORD_API_URL
            ),
            database_url=self.value("LATCHKEY_DATABASE_URL", values.database_url, embedded),
            secrets=self.value("LATCHKEY_SECRET_KEY", values.secrets, ()),
            host=host,
            port=port,
            config=self.config(config),
            data=data,
            public_url=self.value("LATCHKEY_PUBLIC_URL", values.public_url, address),
            log=self.value("LATCHKEY_LOG", values.log, usual_log),
            shards=self.value("LATCHKEY_SHARDS", values.shards, None),
            metrics_token=self.value("LATCHKEY_METRICS_TOKEN", values.token, None),
        )
        self.problems.extend(self.needed(made, parts))
        return made

    def value(self, name: str, check: Callable[[str], Value], default: Value) -> Value:
        try:
            given = self.variables.get(name)
            return default if given is None else check(given)
        except Unfit as unfit:
            self.problems.append(f"{name}: {unfit}")
            return default

    def needed(self, made: Environment, parts: frozenset[Part]) -> Iterator[str]:
        given = self.variables.given
        if Part.BOT in parts and not given("LATCHKEY_DISCORD_TOKEN"):
            yield (
                "LATCHKEY_DISCORD_TOKEN: is not set: copy your application's bot token "
                "from Discord's developer portal"
            )
        if not made.embedded and not given("LATCHKEY_SECRET_KEY"):
            yield (
                "LATCHKEY_SECRET_KEY: is not set, and PostgreSQL needs it: "
                "`openssl rand -hex 32` makes one"
            )
        if parts and values.is_everywhere(made.host) and not given("LATCHKEY_PUBLIC_URL"):
            yield (
                f"LATCHKEY_PUBLIC_URL: is not set, and LATCHKEY_HOST is {made.host}: "
                "set the address at which members reach the API"
            )
        if made.data.exists() and not made.data.is_dir():
            yield f"LATCHKEY_DATA: must be a folder, and {made.data} is none"

    def config(self, given: str | None) -> Path | None:
        path = self.cwd / (given or CONFIG)
        if path.is_file():
            return path
        if given is not None:
            self.problems.append(f"LATCHKEY_CONFIG: names {given}, and there is no such file")
        elif path.exists():
            self.problems.append(f"{CONFIG}: is not a file")
        return None

    def file(
        self, path: Path | None, *, bot: bool, upstream_key: str | None
    ) -> CommunityFile | None:
        label = self.label(path)
        try:
            raw = reading.parse(path) if path else {}
        except Unfit as unfit:
            self.problems.append(f"{label}: {unfit}")
            return None
        raw, absent = api_keys.filled_in(raw, self.variables, upstream_key)
        file, unfit_values = reading.check(raw)
        for line in (*unfit_values, *absent, *crosses.problems(raw, bot=bot)):
            self.problems.append(f"{label}: {line}")
        return file

    def label(self, path: Path | None) -> str:
        if path is None:
            return CONFIG
        return str(path.relative_to(self.cwd) if path.is_relative_to(self.cwd) else path)
