"""What stands in the way of a start: one clear sentence each, or a retry that says so."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from bot.sandbox.discord.server import LoopbackDiscord
from tests.fakes.postgres import execute, named
from tests.fakes.program import SECRET, Launcher, Outside, Program, until
from tests.fakes.serve import nobody

OTHER_SECRET = "another-secret-of-the-tests-just-as-long"
GUARDED = "guarded"
PASSWORD = "the-right-password-of-guarded"


def sentence(program: Program) -> str:
    """Return the one line on stderr that is not the log's."""
    plain = [line for line in program.err.splitlines() if not line.startswith("{")]
    assert len(plain) == 1, program.output
    assert program.out == ""
    return plain[0]


async def refused(launcher: Launcher, *asked: str, code: int = 2, **environ: str) -> str:
    """Start what must not start; return the sentence it leaves."""
    program = await launcher.start(*asked, **environ)
    ended = await program.ended()
    assert ended == code, program.output
    return sentence(program)


@pytest.fixture
def guarded(postgres_server: str) -> Iterator[str]:
    """A PostgreSQL role whose password is asked for; the URL holds the right one."""
    execute(postgres_server, f"CREATE ROLE {GUARDED} LOGIN PASSWORD '{PASSWORD}'")
    execute(postgres_server, f"CREATE DATABASE {GUARDED} OWNER {GUARDED}")
    plain = make_url(postgres_server).set(drivername="postgresql")
    with psycopg.connect(plain.render_as_string(), autocommit=True) as admin:
        row = admin.execute("SHOW hba_file").fetchone()
        assert row is not None
        rules = Path(row[0])
        before = rules.read_text()
        rules.write_text(f"host all {GUARDED} 127.0.0.1/32 scram-sha-256\n{before}")
        admin.execute("SELECT pg_reload_conf()")
    url = make_url(named(postgres_server, GUARDED)).set(username=GUARDED, password=PASSWORD)
    yield url.render_as_string(hide_password=False)
    rules.write_text(before)
    execute(postgres_server, f"DROP DATABASE {GUARDED} WITH (FORCE)")
    execute(postgres_server, f"DROP ROLE {GUARDED}")


async def test_discord_that_is_down_is_said_and_tried_until_it_is_up(
    launcher: Launcher, around: Outside, tmp_path: Path
) -> None:
    around.configure(tmp_path)
    down = nobody()
    program = await launcher.start(
        "run", **around.environ() | {"LATCHKEY_DISCORD_API_URL": f"{down}/api/v10"}
    )

    await program.says("Discord does not answer .* tried again in 2 s")
    before = (await program.health()).json()
    async with LoopbackDiscord().serve(port=int(down.rpartition(":")[2])):
        await program.ready()

        assert (before["status"], before["discord"]) == ("starting", "starting")
        assert (await program.health()).json()["discord"] == "ok"
        assert await program.stop() == 0


async def test_a_token_that_discord_refuses_ends_it(
    launcher: Launcher, around: Outside, tmp_path: Path
) -> None:
    around.configure(tmp_path)
    wrong = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GwRoNg.a-token-that-no-discord-has-ever-made-x"

    said = await refused(launcher, "run", **around.environ() | {"LATCHKEY_DISCORD_TOKEN": wrong})

    assert said.startswith("Discord refuses LATCHKEY_DISCORD_TOKEN: copy")


async def test_a_value_that_is_missing_is_named(launcher: Launcher, tmp_path: Path) -> None:
    (tmp_path / "latchkey.toml").write_text("[community]\nhome_guilds = [1001]\n")

    said = await refused(launcher, "run")

    assert said.startswith("LATCHKEY_DISCORD_TOKEN: is not set: copy")


async def test_a_port_that_is_taken_is_named(launcher: Launcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        said = await refused(launcher, "run", "--only", "api", LATCHKEY_PORT=port)

    assert said.startswith(f"Port {port} on 127.0.0.1 is taken by another program.")


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
async def test_a_database_that_is_down_is_named(launcher: Launcher, driver: str) -> None:
    port = nobody().rpartition(":")[2]
    url = f"postgresql+{driver}://latchkey:{PASSWORD}@127.0.0.1:{port}/latchkey"
    launcher.secrets.add(PASSWORD)

    said = await refused(
        launcher,
        *("run", "--only", "api"),
        code=1,
        LATCHKEY_DATABASE_URL=url,
        LATCHKEY_SECRET_KEY=SECRET,
    )

    assert said.startswith(f"The database at 127.0.0.1:{port} does not answer: ")
    assert "Connection refused. Check that it runs" in said
    assert "LATCHKEY_DATABASE_URL" in said


@pytest.mark.parametrize("what", ["a folder", "no database", "below a file"])
async def test_an_embedded_database_that_cannot_be_one_is_a_setting_to_mend(
    launcher: Launcher, tmp_path: Path, what: str
) -> None:
    (tmp_path / "text").write_text("This is no database. " * 100)
    (tmp_path / "folder").mkdir()
    file = {"a folder": "folder", "no database": "text", "below a file": "text/latchkey.db"}[what]
    url = f"sqlite+aiosqlite:///{tmp_path / file}"

    said = await refused(launcher, "run", "--only", "api", LATCHKEY_DATABASE_URL=url)

    assert said.startswith(f"The database {tmp_path / file} cannot be opened: ")


async def test_what_is_made_is_for_its_owner_alone_and_what_is_there_is_left_alone(
    launcher: Launcher, tmp_path: Path
) -> None:
    def modes() -> dict[str, int]:
        found = [data, *data.iterdir()]
        return {each.name: each.stat().st_mode & 0o777 for each in found}

    data, open_to_all = tmp_path / "a" / "b", tmp_path / "there"
    open_to_all.mkdir(mode=0o755)
    for folder in (data, open_to_all):
        program = await launcher.start("db", "upgrade", LATCHKEY_DATA=str(folder))
        assert await program.ended() == 0, program.output

    assert modes()["b"] == 0o700
    assert modes()["latchkey.db"] == 0o600
    assert {name: mode for name, mode in modes().items() if mode & 0o077} == {}
    assert open_to_all.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
async def test_a_wrong_password_of_the_database_is_named_and_not_shown(
    launcher: Launcher, guarded: str, driver: str
) -> None:
    wrong = make_url(guarded).set(password="the-wrong-password", drivername="postgresql")

    async def guards() -> bool:
        try:
            psycopg.connect(wrong.render_as_string(hide_password=False)).close()
        except psycopg.OperationalError:
            return True
        return False

    await until(guards)
    launcher.secrets.add("the-wrong-password")
    url = wrong.set(drivername=f"postgresql+{driver}").render_as_string(hide_password=False)

    said = await refused(
        launcher,
        *("run", "--only", "api"),
        LATCHKEY_DATABASE_URL=url,
        LATCHKEY_SECRET_KEY=SECRET,
    )

    assert "does not let us in: " in said
    assert "password authentication failed" in said


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
async def test_a_database_that_does_not_exist_is_named(
    launcher: Launcher, postgres_server: str, driver: str
) -> None:
    url = make_url(postgres_server).set(database="nowhere", drivername=f"postgresql+{driver}")

    said = await refused(
        launcher,
        *("run", "--only", "api"),
        LATCHKEY_DATABASE_URL=url.render_as_string(hide_password=False),
        LATCHKEY_SECRET_KEY=SECRET,
    )

    assert 'database "nowhere" does not exist' in said


async def test_the_embedded_database_has_one_owner(launcher: Launcher) -> None:
    owner = await launcher.start("run", "--only", "api")
    await owner.ready()

    said = [
        await refused(launcher, *asked)
        for asked in (["run", "--only", "jobs"], ["db", "upgrade"], ["rekey"])
    ]

    assert len(set(said)) == 1
    assert said[0].startswith("Another Latchkey process uses the database ")
    assert await owner.stop() == 0


async def test_a_foreign_secret_is_refused_until_rekey_has_made_it_the_databases_own(
    launcher: Launcher,
) -> None:
    async def runs(secret: str) -> None:
        program = await launcher.start("run", "--only", "api", LATCHKEY_SECRET_KEY=secret)
        await program.ready()
        assert await program.stop() == 0

    await runs(SECRET)
    said = await refused(launcher, "run", "--only", "api", LATCHKEY_SECRET_KEY=OTHER_SECRET)
    rekey = await launcher.start("rekey", LATCHKEY_SECRET_KEY=f"{OTHER_SECRET},{SECRET}")
    assert await rekey.ended() == 0, rekey.output
    await runs(OTHER_SECRET)

    assert said.startswith("LATCHKEY_SECRET_KEY: none of its secrets is the one")


async def test_a_data_folder_that_cannot_be_written_is_named(
    launcher: Launcher, tmp_path: Path
) -> None:
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o500)
    data = Path("/proc/latchkey") if os.access(shut, os.W_OK) else shut / "data"

    said = await refused(launcher, "run", "--only", "api", LATCHKEY_DATA=str(data))

    assert said.startswith(f"The database {data}/latchkey.db cannot be opened: ")


async def test_a_database_of_a_newer_latchkey_is_left_alone(
    launcher: Launcher, postgres_url: str
) -> None:
    execute(postgres_url, "UPDATE alembic_version SET version_num = '9999'")

    said = await refused(
        launcher,
        *("run", "--only", "api"),
        code=1,
        LATCHKEY_DATABASE_URL=postgres_url,
        LATCHKEY_SECRET_KEY=SECRET,
    )

    assert "could not be brought up to date: " in said
    assert "9999" in said


async def test_processes_that_start_at_once_migrate_an_empty_database_once(
    launcher: Launcher, empty_postgres: str
) -> None:
    environ = {"LATCHKEY_DATABASE_URL": empty_postgres, "LATCHKEY_SECRET_KEY": SECRET}

    programs = [await launcher.start("run", "--only", "api", **environ) for _ in range(3)]
    for program in programs:
        await program.ready()

    assert [await program.stop() for program in programs] == [0, 0, 0]
