"""How the tests change settings, as /settings does."""

from typing import Any

from bot.audit import Action
from bot.members.people import Person
from bot.staff.act import Actor
from bot.staff.proposals import Done, Preview
from tests.features.staff.room import MO, Room


async def admin(room: Room, person: Person = MO) -> Actor:
    """Return an administrator."""
    return await room.proposals.actor(person, Action.SETTINGS_CHANGE, staff=True, admin=True)


async def propose(room: Room, wanted: dict[str, Any], by: Person = MO) -> Preview:
    """Propose to change settings, as a moderator."""
    action = Action.SETTINGS_CHANGE
    return await room.propose(action, wanted, by=by, target=None, reason="more for all")


async def change(room: Room, wanted: dict[str, Any], by: Person = MO) -> Done:
    """Change settings, as a moderator."""
    return await room.done(await propose(room, wanted, by), by)
