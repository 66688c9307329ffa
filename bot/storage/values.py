"""A few named values that processes share."""

from sqlalchemy import select

from bot.storage.database import Tx
from bot.storage.sql import insert_new, put
from bot.storage.tables.system import ValueRow


async def recall(tx: Tx, name: str, *, lock: bool = False) -> str | None:
    """Return the value under a name, if any; `lock`: nobody else changes it meanwhile."""
    wanted = select(ValueRow.value).where(ValueRow.name == name)
    return await tx.scalar(wanted.with_for_update() if lock else wanted)


async def remember(tx: Tx, name: str, value: str) -> None:
    """Set the value under a name."""
    await put(tx, ValueRow, {"name": name, "value": value})


async def count(tx: Tx, name: str) -> int:
    """Count the number under a name up, and return it; no two transactions get the same."""
    await insert_new(tx, ValueRow, [{"name": name, "value": "0"}])
    counted = select(ValueRow.value).where(ValueRow.name == name).with_for_update()
    number = int(await tx.scalar(counted) or 0) + 1
    await remember(tx, name, str(number))
    return number
