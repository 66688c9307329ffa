"""Each thing that can be wrong gives the doctor's line for it, and the exit code that fits."""

import os
import re
import shutil
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from bot.keys import fingerprint
from bot.sandbox.discord import shapes
from bot.sandbox.discord.furniture import BOT_ROLE, HOME, LEVELS
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.upstreams.troubles import Fault
from bot.storage import values
from bot.storage.database import Database
from bot.storage.tables.system import PeriodRow, ValueRow
from tests.fakes.doctor import Report, visited
from tests.fakes.postgres import execute
from tests.fakes.program import SECRET, Outside, services
from tests.fakes.serve import nobody

SOUND = {"home_guilds": [1001], "moderator_roles": [2001], "staff_channel": 3002}
OTHER_SECRET = "another-secret-of-the-tests-just-as-long"


@dataclass
class Surgery:
    """An installation in a folder of its own, what is outside of it, and the doctor."""

    folder: Path
    around: Outside
    template: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """Where the embedded database is."""
        return self.folder / "data" / "latchkey.db"

    def configure(self, more: str = "", **sections: Any) -> None:
        """Write latchkey.toml, with `more` below."""
        self.around.configure(self.folder, **sections)
        path = self.folder / "latchkey.toml"
        path.write_text(f"{path.read_text()}\n{more}")
        path.chmod(0o600)

    def settle(self) -> str:
        """Put a migrated database there; return its URL."""
        self.file.parent.mkdir(exist_ok=True)
        shutil.copy(self.template, self.file)
        self.file.chmod(0o600)
        return f"sqlite+aiosqlite:///{self.file}"

    async def visit(self) -> Report:
        """Let the doctor look."""
        usual = {"LATCHKEY_PORT": "0", "LATCHKEY_PUBLIC_URL": "https://api.example.org"}
        return await visited(self.folder, usual | self.around.environ() | self.environ)


@pytest.fixture
def surgery(tmp_path: Path, around: Outside, sqlite_template: Path) -> Surgery:
    """A sound installation that has not been started yet."""
    made = Surgery(tmp_path, around, sqlite_template)
    made.configure()
    return made


Break = Callable[[Surgery], Awaitable[None] | None]


def deny(surgery: Surgery, *, channel: int = 3002) -> None:
    """Take the right to write from the bot, in a channel."""
    overwrites = surgery.around.discord.world.channels[channel]["permission_overwrites"]
    overwrites[:] = [shapes.overwrite(BOT_ROLE, deny=Permission.SEND_MESSAGES)]


def raise_role(surgery: Surgery) -> None:
    """Lift a level's role above the bot's."""
    for role in surgery.around.discord.world.guilds[HOME]["roles"]:
        if role["id"] == str(LEVELS[1]):
            role["position"] = 40
    surgery.configure("[community.level_roles]\n2 = 2102\n")


def stale_commands(surgery: Surgery) -> None:
    """Let Discord have a command of an earlier version, and one of ours in both scopes."""
    commands = surgery.around.discord.world.commands
    make_id = surgery.around.discord.world.ids.next
    kept = [{"name": name, "type": 1} for name in ("gen_key", "forgotten")]
    commands.overwrite(None, kept, make_id)
    commands.overwrite(HOME, kept[:1], make_id)


def list_of_others(surgery: Surgery) -> None:
    surgery.around.first.models = ("something-else",)


def unlisted(surgery: Surgery) -> None:
    surgery.around.first.aside.every(Fault.NOT_FOUND)


def wrong_type(surgery: Surgery) -> None:
    surgery.around.first.aside.every(Fault.WRONG_TYPE)


def keyless(surgery: Surgery) -> None:
    path = surgery.folder / "latchkey.toml"
    path.write_text("".join(x for x in path.read_text().splitlines(True) if "api_key" not in x))


def garbage(surgery: Surgery) -> None:
    surgery.file.parent.mkdir()
    surgery.file.write_bytes(b"this is no database, and was never one" * 100)
    surgery.file.chmod(0o600)


async def behind(surgery: Surgery) -> None:
    await revise(surgery, "0001")


async def ahead(surgery: Surgery) -> None:
    await revise(surgery, "9999")


async def revise(surgery: Surgery, revision: str) -> None:
    async with Database(surgery.settle()) as db, db.begin() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})


async def sealed(surgery: Surgery, secret: str = OTHER_SECRET) -> None:
    """Let the database be sealed with another secret."""
    url = surgery.settle()
    async with services(url) as house, house.db.begin() as tx:
        other = type(house.sealer).from_secrets([secret])
        await tx.execute(insert(ValueRow), [{"name": fingerprint.NAME, "value": other.fingerprint}])


async def rotated(surgery: Surgery) -> None:
    """Put a new secret before the one in use."""
    await sealed(surgery, SECRET)
    surgery.environ["LATCHKEY_SECRET_KEY"] = f"{OTHER_SECRET},{SECRET}"


async def secret_gone(surgery: Surgery) -> None:
    await sealed(surgery)
    surgery.environ["LATCHKEY_SECRET_KEY"] = ""


def short_secret(surgery: Surgery) -> None:
    surgery.environ["LATCHKEY_SECRET_KEY"] = ""
    surgery.file.parent.mkdir()
    surgery.file.with_name("secret.key").write_text("short")


async def overdue(surgery: Surgery) -> None:
    """Let the backup have run last five days ago."""
    done = datetime.now(UTC) - timedelta(days=5)
    row = {"job": "backup", "period": done.date().isoformat(), "begun_at": done, "done_at": done}
    async with Database(surgery.settle()) as db, db.begin() as tx:
        await tx.execute(insert(PeriodRow), [row])


def old_backup(surgery: Surgery) -> None:
    surgery.settle()
    copy = surgery.file.parent / "backups" / "latchkey-2026-01-01.db"
    copy.parent.mkdir()
    copy.touch(0o600)
    os.utime(copy, (time.time() - 10 * 86_400,) * 2)


def open_secret(surgery: Surgery) -> None:
    (surgery.folder / ".env").write_text("LATCHKEY_LOG=text\n")
    (surgery.folder / ".env").chmod(0o644)


def setting(**environ: str) -> Break:
    """Return what sets variables."""
    return lambda surgery: surgery.environ.update(environ)


def configured(more: str = "", **sections: Any) -> Break:
    """Return what writes latchkey.toml anew."""
    return lambda surgery: surgery.configure(more, **sections)


def application(**fields: Any) -> Break:
    """Return what changes the application in the portal."""
    return lambda surgery: surgery.around.discord.world.application.update(fields)


def mail(surgery: Surgery) -> None:
    surgery.configure('[temp_mail]\nupstream = "first"\n')


FAILS: list[tuple[str, Break, str, str]] = [
    ("an unknown setting", configured("[limits]\ndaly_tokens = 1"), "settings", "daily_tokens"),
    ("a mistyped variable", setting(LATCHKEY_PROT="1"), "settings", "did you mean LATCHKEY_PORT"),
    ("no home", configured(community={"home_guilds": []}), "settings", "the id of your Discord"),
    ("the token", setting(LATCHKEY_DISCORD_TOKEN="x"), "discord", "Bot, Reset Token"),
    (
        "a Discord that is down",
        lambda surgery: surgery.environ.update(LATCHKEY_DISCORD_API_URL=f"{nobody()}/api/v10"),
        *("discord", r"does not answer at \S+ \(no connection\)\. Look at discordstatus\.com"),
    ),
    (
        "somebody who is not Discord",
        lambda surgery: surgery.environ.update(
            LATCHKEY_DISCORD_API_URL=f"{surgery.around.urls['first']}/v1"
        ),
        *("discord", "does not answer as Discord does"),
    ),
    (
        "a deaf Gateway",
        lambda surgery: setattr(surgery.around.discord.gateway, "deaf", 9),
        *("gateway", "let this machine open WebSockets"),
    ),
    (
        "an intent",
        configured(community={"members": True}),
        *("application", "Privileged Gateway Intents, switch Server Members Intent on"),
    ),
    (
        "an endpoint",
        application(interactions_endpoint_url="https://elsewhere.example/"),
        *("application", "General Information, empty that field"),
    ),
    ("a code grant", application(bot_require_code_grant=True), "application", "Code Grant off"),
    (
        "a home without the bot",
        configured(community={"home_guilds": [77]}),
        *("home servers", "is not in the home server 77. Open the invite link"),
    ),
    (
        "a home without our commands",
        lambda surgery: surgery.around.discord.faults.refuse("GET", "/guilds/1001/commands", 403),
        *("commands", "carries the scope applications.commands"),
    ),
    (
        "a channel that is gone",
        configured(community={"log_channel": 9}),
        *("channels", r"The channel with the id 9 \(Log channel\)"),
    ),
    ("a closed channel", deny, "channels", r"cannot post in #staff \(Staff channel\): it lacks"),
    ("a role above", raise_role, "level roles", "drag Latchkey above Level 2"),
    (
        "an upstream's key",
        lambda surgery: setattr(surgery.around.first, "key", "a-key-that-we-do-not-have"),
        *("upstreams", r"first refuses our key \(HTTP 401\)"),
    ),
    ("an upstream without a key", keyless, "upstreams", "first wants a key"),
    (
        "an upstream that is down",
        lambda surgery: surgery.around.urls.update(first=nobody()) or surgery.configure(),
        *("upstreams", "first cannot be reached"),
    ),
    (
        "a broken upstream",
        lambda surgery: surgery.around.first.aside.every(Fault.BROKEN),
        *("upstreams", r"first fails \(HTTP 500\)"),
    ),
    ("an upstream without mail", mail, "temp mail", "an upstream of the dialect fresed"),
    ("a broken database", garbage, "database", "cannot be read: file is not a database"),
    ("a newer database", ahead, "database", "another version of Latchkey"),
    ("a foreign secret", sealed, "secret", "none of its secrets is the one"),
    ("a secret that is gone", secret_gone, "secret", r"secret\.key is gone"),
    ("half a secret", short_secret, "secret", "must hold one secret of 32 characters"),
    (
        "a PostgreSQL that is down",
        lambda surgery: surgery.environ.update(
            LATCHKEY_DATABASE_URL=f"postgresql+asyncpg://{nobody().partition('//')[2]}/latchkey"
        ),
        *("database", "does not answer: Connection refused. Check that it runs"),
    ),
]
WARNS: list[tuple[str, Break, str, str]] = [
    ("old commands", stale_commands, "commands", "/forgotten are left of an earlier version"),
    ("doubled commands", stale_commands, "commands", "/gen_key are shown twice"),
    ("missing commands", stale_commands, "commands", r"/all_limits, .* are missing\. Mend: rest"),
    (
        "a moderator role",
        configured(community={"moderator_roles": [2001, 55]}),
        *("moderators", "The moderator role with the id 55"),
    ),
    (
        "few sessions",
        lambda surgery: setattr(surgery.around.discord.gateway, "identified", 995),
        *("gateway", "Only 5 sessions are left today"),
    ),
    ("a list without our model", list_of_others, "upstreams", "first does not list `gpt-4o`"),
    ("no list", unlisted, "upstreams", r"has no list of models to compare with \(HTTP 404\)"),
    ("a page for a list", wrong_type, "upstreams", "dialect openai ends in /v1"),
    (
        "a tired upstream",
        lambda surgery: surgery.around.first.aside.every(Fault.RATE_LIMITED),
        *("upstreams", "first wants a rest"),
    ),
    ("an older database", behind, "database", r"is \d+ migrations behind\. Mend: `latchkey run`"),
    ("a new secret", rotated, "secret", "`latchkey rekey`"),
    ("a late job", overdue, "jobs", "The job backup is overdue since"),
    ("an old backup", old_backup, "backups", r"latchkey-2026-01-01\.db, is 10 days old"),
    ("no backups", configured(retention={"backups": 0}), "backups", "no copies are made"),
    ("an open file", open_secret, "files", r"may read \S+/\.env\. Mend: chmod 600 \S+/\.env"),
    (
        "an open address",
        setting(LATCHKEY_PUBLIC_URL="http://203.0.113.9"),
        *("public URL", "carries members' keys unencrypted"),
    ),
    (
        "an address of this machine",
        setting(LATCHKEY_PUBLIC_URL="http://localhost:9"),
        *("public URL", "is reached from this machine alone"),
    ),
]


def told(report: Report, mark: str, about: str, words: str) -> None:
    """Look for a line."""
    texts = [line.text for line in report.about(about) if line.mark == mark]
    assert any(re.search(words, each) for each in texts), report.written


@pytest.mark.parametrize(
    ("break_", "about", "words"), [f[1:] for f in FAILS], ids=[f[0] for f in FAILS]
)
async def test_what_keeps_latchkey_from_working_fails(
    surgery: Surgery, break_: Break, about: str, words: str
) -> None:
    if (done := break_(surgery)) is not None:
        await done

    report = await surgery.visit()

    told(report, "fail", about, words)
    assert report.code == 1


@pytest.mark.parametrize(
    ("break_", "about", "words"), [w[1:] for w in WARNS], ids=[w[0] for w in WARNS]
)
async def test_what_is_only_not_as_it_should_be_warns(
    surgery: Surgery, break_: Break, about: str, words: str
) -> None:
    if (done := break_(surgery)) is not None:
        await done

    report = await surgery.visit()

    told(report, "warn", about, words)
    assert report.code == 0, report.written


async def test_settings_that_will_not_do_keep_it_from_nothing_else(surgery: Surgery) -> None:
    (surgery.folder / "latchkey.toml").write_text("[community\n")

    report = await surgery.visit()

    (fail,) = report.marked("fail")
    assert fail.about == "settings"
    assert "is not TOML" in fail.text
    assert [line.mark for line in report.about("discord")] == ["ok"]
    assert "[[upstreams]]" not in report.written


async def test_what_staff_changed_in_discord_counts(surgery: Surgery) -> None:
    async with services(surgery.settle()) as house, house.db.begin() as tx:
        await values.remember(tx, "settings_version", "1")
        await tx.execute(
            text("INSERT INTO settings (name, value, changed_at) VALUES (:name, :value, :at)"),
            {"name": "community.log_channel", "value": "9", "at": "2026-11-20 00:00:00.000000"},
        )

    report = await surgery.visit()

    told(report, "fail", "channels", r"The channel with the id 9 \(Log channel\)")


async def test_a_port_where_somebody_else_answers_is_told(surgery: Surgery) -> None:
    port = surgery.around.urls["first"].rpartition(":")[2]
    address = f"http://127.0.0.1:{port}"
    surgery.environ |= {"LATCHKEY_PORT": port, "LATCHKEY_PUBLIC_URL": address}

    report = await surgery.visit()

    told(report, "warn", "API", rf"What answers at {address} \(HTTP 404\) is not Latchkey")


async def test_a_postgresql_that_lets_us_make_no_tables_is_told_with_the_grant(
    surgery: Surgery, postgres_server: str, empty_postgres: str
) -> None:
    user = f"guest_{socket.gethostname()[:8].lower().replace('-', '_')}"
    execute(postgres_server, f'CREATE ROLE "{user}" LOGIN')
    try:
        surgery.environ["LATCHKEY_DATABASE_URL"] = empty_postgres.replace("latchkey@", f"{user}@")

        report = await surgery.visit()
    finally:
        execute(postgres_server, f'DROP ROLE "{user}"')

    told(report, "fail", "database", "may make no tables there. Mend, .*GRANT CREATE")
