"""What the process is told from outside: the variables, and what they come to."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

DISCORD_API_URL = "https://discord.com/api/v10"


class Part(StrEnum):
    """A part of Latchkey that a process runs."""

    BOT = "bot"
    API = "api"
    JOBS = "jobs"


class LogForm(StrEnum):
    """The form of the log's lines."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Shards:
    """Which of how many shards this bot process serves."""

    ids: tuple[int, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Environment:
    """The environment, checked; paths are absolute, addresses without a last slash."""

    discord_token: str | None = field(repr=False)
    discord_api_url: str
    database_url: str = field(repr=False)  # may hold a password
    secrets: tuple[str, ...] = field(repr=False)  # newest first
    host: str
    port: int
    config: Path | None
    data: Path
    public_url: str
    log: LogForm
    shards: Shards | None  # None: all
    metrics_token: str | None = field(repr=False)

    @property
    def embedded(self) -> bool:
        """Say whether the database is a file of this process's own."""
        return self.database_url.startswith("sqlite")

    def public_at(self, port: int) -> str:
        """Return the public address where LATCHKEY_PORT left the port to the system."""
        default = self.public_url.endswith(":0")  # no address that is given may end so
        return f"{self.public_url[:-1]}{port}" if default else self.public_url


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable's name, its default in words, and what it means."""

    name: str
    default: str
    meaning: str


VARIABLES = (
    Variable("LATCHKEY_DISCORD_TOKEN", "-", "the bot's token; needed where the bot runs"),
    Variable(
        "LATCHKEY_DISCORD_API_URL",
        DISCORD_API_URL,
        "any Discord-compatible REST base: a rate-limit proxy, a test server",
    ),
    Variable(
        "LATCHKEY_DATABASE_URL",
        "sqlite+aiosqlite, latchkey.db in LATCHKEY_DATA",
        "SQLAlchemy async URL; PostgreSQL as postgresql+asyncpg:// or postgresql+psycopg://",
    ),
    Variable(
        "LATCHKEY_SECRET_KEY",
        "embedded database: made on first start in data/secret.key; PostgreSQL: required",
        "seals keys at rest; 32 characters or more; several, comma-separated: newest first",
    ),
    Variable("LATCHKEY_HOST", "127.0.0.1", "where the HTTP API listens"),
    Variable("LATCHKEY_PORT", "8080", "its port; 0: any that is free"),
    Variable(
        "LATCHKEY_CONFIG", "latchkey.toml where it exists", "the file of the community's settings"
    ),
    Variable("LATCHKEY_DATA", "data", "folder of the embedded database, its secret and backups"),
    Variable(
        "LATCHKEY_PUBLIC_URL",
        "http://HOST:PORT",
        "what members are told as the API's address; required where HOST is 0.0.0.0 or ::",
    ),
    Variable("LATCHKEY_LOG", "text on a terminal, else json", "form of the log: text or json"),
    Variable("LATCHKEY_SHARDS", "all", 'shards of this bot process, for example "0-1/4"'),
    Variable(
        "LATCHKEY_METRICS_TOKEN",
        "-",
        "bearer token for /metrics; without it only loopback callers are answered",
    ),
)
