"""More calls at once than the day allows, against one process on the embedded database."""

from pathlib import Path

from bot.core.units import Mode
from bot.storage.database import Database
from tests.fakes.program import Launcher, Outside, issued
from tests.features.ledger.books import assert_books_agree
from tests.process.calls import CALLS, FOR_TEN, PASSING, twenty_five_at_once
from tests.process.conftest import Place


async def test_twenty_five_calls_on_an_allowance_for_ten_are_exactly_ten(
    launcher: Launcher, around: Outside, sqlite_place: Place, tmp_path: Path
) -> None:
    around.configure(tmp_path, limits=FOR_TEN)
    launcher.secrets.add(key := await issued(sqlite_place.url, Mode.REQUESTS))
    program = await launcher.start("run", "--only", "api", **sqlite_place.environ)
    url = await program.ready()

    answers = await twenty_five_at_once([url], key, around.first)

    assert answers == {(200, None): PASSING, (429, "insufficient_quota"): CALLS - PASSING}
    assert await program.stop() == 0
    async with Database(sqlite_place.url) as db:
        await assert_books_agree(db, at_rest=True)
