"""A process that copies a database, and tells when it is in the middle of it.

`python -m tests.features.jobs.copying DATABASE FOLDER` stops before the copy gets its name.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

from bot.community.service import Community
from bot.core.clock import SystemClock
from bot.core.ids import Ids
from bot.jobs.backup import Backup
from bot.outbox import Outbox
from bot.settings.community import CommunityFile
from bot.storage.database import Database


def stay(_handle: int) -> None:
    """Say that the copy is written but not in its place, and stay there."""
    print("in the middle", flush=True)
    time.sleep(60)


if __name__ == "__main__":
    os.fsync = stay
    community = Community(CommunityFile.model_validate({}))
    database, clock = Path(sys.argv[1]), SystemClock()
    outbox = Outbox(Database(f"sqlite+aiosqlite:///{database}"), clock, Ids(1))
    job = Backup(database, Path(sys.argv[2]), community, clock, outbox)
    asyncio.run(job.run(clock.now().date()))
