"""`latchkey` as a process: exit codes and the lines on stderr."""

import subprocess
import sys
from pathlib import Path

import pytest

import bot

ROOT = Path(__file__).parents[3]


def latchkey(*asked: str, at: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder of its own, with nothing of this process's environment."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *asked],
        cwd=at,
        env={"PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_wrong_settings_end_with_every_problem_and_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "latchkey.toml").write_text("[limits]\ndayly_tokens = 3\nin_flight = 0\n")

    ended = latchkey("run", at=tmp_path, LATCHKEY_PORT="x", LATCHKEY_SECRET_KEY="short-secret")

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert [line.rpartition(": ")[0] for line in ended.stderr.splitlines()[:2]] == [
        "LATCHKEY_PORT",
        "LATCHKEY_SECRET_KEY",
    ]
    assert len(ended.stderr.splitlines()) == 6
    assert "did you mean limits.daily_tokens?" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "short-secret" not in ended.stderr


def test_wrong_settings_start_nothing(tmp_path: Path) -> None:
    latchkey("run", at=tmp_path, LATCHKEY_PORT="x")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [["run", "--only", "api"], ["db", "upgrade"], ["rekey"]])
def test_every_command_looks_at_its_settings_first(command: list[str], tmp_path: Path) -> None:
    ended = latchkey(*command, at=tmp_path, LATCHKEY_CONFIG="gone.toml")

    assert ended.returncode == 2
    assert ended.stderr == "LATCHKEY_CONFIG: names gone.toml, and there is no such file\n"


def test_a_missing_home_guild_is_named_where_the_bot_runs(tmp_path: Path) -> None:
    ended = latchkey("run", "--only", "bot", at=tmp_path, LATCHKEY_DISCORD_TOKEN="x")

    assert ended.returncode == 2
    assert ended.stderr.startswith("latchkey.toml: community.home_guilds: must hold the id")


@pytest.mark.parametrize(
    "asked", [[], ["dance"], ["run", "--only", "dance"], ["db"], ["rekey", "--found"]]
)
def test_what_is_no_command_is_told_with_exit_code_2(asked: list[str], tmp_path: Path) -> None:
    ended = latchkey(*asked, at=tmp_path)

    assert ended.returncode == 2
    assert "usage: latchkey" in ended.stderr


def test_the_version_is_said(tmp_path: Path) -> None:
    ended = latchkey("--version", at=tmp_path)

    assert (ended.returncode, ended.stdout) == (0, f"latchkey {bot.__version__}\n")


def test_help_names_every_command(tmp_path: Path) -> None:
    ended = latchkey("--help", at=tmp_path)

    assert ended.returncode == 0
    assert all(name in ended.stdout for name in ("run", "sandbox", "db", "rekey"))
