"""The embedded database's secret lies in a file of its owner's alone."""

import errno
import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from bot.core.errors import StartFailed
from bot.keys.secret_file import secrets_of
from bot.settings.environment import Environment, LogForm


def environment(data: Path, *secrets: str, url: str = "sqlite+aiosqlite:///x.db") -> Environment:
    return Environment(
        discord_token=None,
        discord_api_url="http://127.0.0.1",
        database_url=url,
        secrets=secrets,
        host="127.0.0.1",
        port=0,
        config=None,
        data=data,
        public_url="http://127.0.0.1",
        log=LogForm.TEXT,
        shards=None,
        metrics_token=None,
    )


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("no_umask")
def test_the_first_start_makes_a_secret_that_only_its_owner_reads(tmp_path: Path) -> None:
    data = tmp_path / "deep" / "data"

    (made,) = secrets_of(environment(data))

    assert len(made) >= 32
    assert [path.name for path in data.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((data / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_later_starts_read_the_same_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = secrets_of(environment(tmp_path))

    assert secrets_of(environment(tmp_path)) == made
    assert caplog.records == []


def test_starts_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    starts = 16
    together = Barrier(starts)

    def start(_each: int) -> tuple[str, ...]:
        together.wait()
        return secrets_of(environment(tmp_path))

    with ThreadPoolExecutor(starts) as pool:
        found = set(pool.map(start, range(starts)))

    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_a_secret_that_others_can_read_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = secrets_of(environment(tmp_path))
    (tmp_path / "secret.key").chmod(0o640)

    assert secrets_of(environment(tmp_path)) == made
    assert "chmod 600" in caplog.text
    assert made[0] not in caplog.text


def test_a_file_system_without_links_gets_its_secret_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(_self: Path, _target: Path) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", no_links)

    made = secrets_of(environment(tmp_path))

    assert secrets_of(environment(tmp_path)) == made
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_a_secret_given_by_the_environment_makes_no_file(tmp_path: Path) -> None:
    assert secrets_of(environment(tmp_path, "n" * 32, "o" * 32)) == ("n" * 32, "o" * 32)
    assert list(tmp_path.iterdir()) == []


def test_several_secrets_may_stand_in_the_file_newest_first(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text(f"{'n' * 32}, {'o' * 32}\n")
    (tmp_path / "secret.key").chmod(0o600)

    assert secrets_of(environment(tmp_path)) == ("n" * 32, "o" * 32)


@pytest.mark.parametrize("content", [b"", b"\n", b"short", b"n" * 32 + b",short", b"\xff" * 40])
def test_a_damaged_secret_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret.key"
    path.write_bytes(content)

    with pytest.raises(StartFailed) as refused:
        secrets_of(environment(tmp_path))

    assert str(path) in refused.value.sentence
    assert path.read_bytes() == content


def test_a_secret_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    (tmp_path / "other" / "secret.key").mkdir(parents=True)

    for folder in ("data", "other"):
        with pytest.raises(StartFailed, match="cannot be read or made"):
            secrets_of(environment(tmp_path / folder))


def test_postgresql_never_gets_a_secret_of_its_own_making(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="LATCHKEY_SECRET_KEY"):
        secrets_of(environment(tmp_path, url="postgresql+asyncpg://db/latchkey"))

    assert list(tmp_path.iterdir()) == []
