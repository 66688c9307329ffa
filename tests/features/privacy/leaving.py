"""A process in which somebody has everything deleted, stopped in the middle.

`python -m tests.features.privacy.leaving URL STEP` stays in the first statement of that name.
"""

import asyncio
import sys
import time

from sqlalchemy import event

from bot.core.clock import HandClock
from bot.storage.database import Database
from tests.conftest import NOON
from tests.fakes.owned import ADA, owned
from tests.features.privacy.conftest import privacy_of


async def main(url: str, step: str) -> None:
    """Let Ada go, as far as the step."""
    async with Database(url) as db:
        engine = db.connect().sync_engine

        @event.listens_for(engine, "before_cursor_execute")
        def stay(*arguments: object) -> None:
            if str(arguments[2]).startswith(step):
                print("in the middle", flush=True)
                time.sleep(60)

        await privacy_of(owned(db, HandClock(moment=NOON))).forget(ADA)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
