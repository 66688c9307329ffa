"""Whether the secrets at hand are those of this database, asked before anything starts."""

from bot.core.errors import StartFailed
from bot.core.secrets import Sealer
from bot.storage import values
from bot.storage.database import Database
from bot.storage.sql import insert_new
from bot.storage.tables.system import ValueRow

NAME = "secret_fingerprint"
FOREIGN = (
    "LATCHKEY_SECRET_KEY: none of its secrets is the one this database was sealed with. Bring that"
    " one back (newest first, comma-separated), or accept its loss with `latchkey rekey --lost`."
)


async def check(db: Database, sealer: Sealer) -> None:
    """Raise StartFailed unless one of the secrets fits; a new database takes the newest."""
    async with db.begin() as tx:
        row = {"name": NAME, "value": sealer.fingerprint}
        await insert_new(tx, ValueRow, [row])
        stored = await values.recall(tx, NAME)
    if stored is None or not sealer.knows(stored):
        raise StartFailed(FOREIGN)
