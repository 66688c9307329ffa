"""`latchkey doctor` as a process: sound, beside a running one, and where nothing is there yet."""

from pathlib import Path

import pytest

from tests.fakes.doctor import Report
from tests.fakes.program import Launcher, Outside
from tests.process.conftest import Place

ROLES = "[community.level_roles]\n1 = 2101\n2 = 2102\n3 = 2103\n"


async def examined(launcher: Launcher, **environ: str) -> Report:
    """Run the command and read what it wrote."""
    program = await launcher.start("doctor", **environ)
    report = Report(await program.ended(), program.out)
    assert program.err == ""
    return report


def configure(around: Outside, folder: Path) -> None:
    """Write a latchkey.toml with nothing wrong in it, and a .env that only its owner reads."""
    community = {"chat_channels": [3001], "log_channel": 3002, "announce_channel": 3004}
    around.configure(folder, community=community)
    with (folder / "latchkey.toml").open("a") as file:
        file.write(f"\n{ROLES}")
    (folder / "latchkey.toml").chmod(0o600)


async def test_a_sound_installation_is_found_so_before_its_first_start(
    launcher: Launcher, around: Outside, tmp_path: Path
) -> None:
    configure(around, tmp_path)
    public = {"LATCHKEY_PUBLIC_URL": "https://api.example.org"}

    report = await examined(launcher, **around.environ() | public)

    assert report.code == 0, report.written
    assert report.marked("warn", "fail") == [], report.written
    assert "\033" not in report.written
    (invite,) = report.about("invite")
    assert "&scope=bot+applications.commands&permissions=309506198528&guild_id=1001" in invite.text
    assert [line.text for line in report.about("database")] == [
        f"{tmp_path}/data/latchkey.db is not there yet: `latchkey run` makes it."
    ]
    assert not (tmp_path / "data").exists()


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> Place:
    """A migrated database of either kind."""
    found: Place = request.getfixturevalue(f"{request.param}_place")
    return found


async def test_it_looks_while_latchkey_runs_and_leaves_no_trace(
    place: Place, launcher: Launcher, around: Outside, tmp_path: Path
) -> None:
    configure(around, tmp_path)
    for file in (tmp_path / "data").glob("*"):
        file.chmod(0o600)
    program = await launcher.start("run", **around.environ() | place.environ)
    url = await program.ready()
    port = {"LATCHKEY_PORT": url.rpartition(":")[2]}

    report = await examined(launcher, **around.environ() | place.environ | port)

    assert report.code == 0, report.written
    assert [line.about for line in report.marked("warn", "fail")] == ["public URL"], report.written
    (database,) = report.about("database")
    assert "is up to date" in database.text
    assert ("and a process works on it" in database.text) == place.url.startswith("sqlite")
    assert [line.text for line in report.about("API")] == [f"Latchkey answers at {url}: ok."]
    (commands,) = report.about("commands")
    assert commands.text.endswith("commands are there.")
    assert (await program.health()).status_code == 200
    assert await program.stop() == 0
    after = await examined(launcher, **around.environ() | place.environ | port)
    assert after.code == 0, after.written
    left = {path.name for path in (tmp_path / "data").glob("latchkey.db*")}
    assert left <= {"latchkey.db", "latchkey.db.lock"}


async def test_with_nothing_set_up_it_says_what_is_missing_and_goes_on(launcher: Launcher) -> None:
    report = await examined(launcher)

    assert report.code == 1
    assert [(line.about, line.text.partition(":")[0]) for line in report.marked("fail")] == [
        ("settings", "LATCHKEY_DISCORD_TOKEN"),
        ("settings", "latchkey.toml"),
    ]
    assert report.about("models")[0].mark == "warn"
    assert report.written.endswith("2 to mend before Latchkey works, 2 to look at.\n")


async def test_what_is_broken_at_once_is_told_at_once_without_a_secret(
    launcher: Launcher, around: Outside, tmp_path: Path
) -> None:
    around.configure(tmp_path, community={"log_channel": 9, "home_guilds": [1001, 8]})
    around.first.key = "another-key-than-the-tests-have"
    around.discord.world.application["interactions_endpoint_url"] = "https://elsewhere.example"

    report = await examined(launcher, **around.environ())

    assert report.code == 1
    assert [line.about for line in report.marked("fail")] == [
        *("home servers", "application", "upstreams", "models")
    ], report.written
    assert around.discord.token not in report.written
