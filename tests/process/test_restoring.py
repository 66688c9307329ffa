"""A lost database is put back from a nightly copy, the way the README says."""

import shutil
from pathlib import Path

import httpx

from tests.fakes.program import PATIENCE, Launcher, Outside, issued
from tests.process.conftest import Place

PARTS = ("run", "--only", "api", "--only", "jobs")


def restore(data: Path) -> None:
    """Put the newest copy in the database's place, as the README tells people to."""
    newest = max((data / "backups").glob("latchkey-*.db"))
    for left in ("latchkey.db-wal", "latchkey.db-shm"):
        (data / left).unlink(missing_ok=True)
    shutil.copy(newest, data / "latchkey.db")


async def test_a_lost_database_is_restored_from_the_nightly_copy(
    launcher: Launcher, around: Outside, sqlite_place: Place, tmp_path: Path
) -> None:
    around.configure(tmp_path)
    key = await issued(sqlite_place.url)
    data = tmp_path / "data"
    first = await launcher.start(*PARTS, **sqlite_place.environ)
    await first.says("the database is copied to .*/latchkey-")
    assert await first.stop() == 0
    (data / "latchkey.db").write_bytes(b"what a broken disk leaves")

    restore(data)

    second = await launcher.start(*PARTS, **sqlite_place.environ)
    url = await second.serves()
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
        answer = await http.get(f"{url}/v1/usage", headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 200
    assert await second.stop() == 0
