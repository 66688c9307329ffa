"""A house in which songs and mailboxes are made, and two people who have them made."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.core.clock import HandClock
from bot.members.people import Person
from bot.relay.caller import Caller
from bot.relay.mail import Made
from bot.relay.songs import Begun, SongWish
from bot.storage.database import Database
from tests.fakes.house import ADA, MO, House, opened_house
from tests.fakes.workshop import MODELS, Workshop, put_to_work

MAIL = {"upstream": "first"}


@dataclass
class Studio:
    """What a test does there."""

    house: House
    first: Workshop
    second: Workshop
    ada: Caller
    mo: Caller

    async def sing(self, caller: Caller, prompt: str = "A sea shanty", **wish: object) -> Begun:
        """Have a song made."""
        return await self.house.inner.songs.begin(
            caller,
            SongWish(prompt, **wish),
            endpoint="suno",
            arrived=self.house.clock.now(),
        )

    async def mailbox(self, caller: Caller, domain: str | None = None) -> Made:
        """Have a mailbox made."""
        return await self.house.inner.mail.make(
            caller, domain, endpoint="temp_mail", arrived=self.house.clock.now()
        )

    async def letters(self, caller: Caller, which: str) -> list[dict[str, object]]:
        """Read a mailbox."""
        return await self.house.inner.mail.letters(caller.member_id, which)


async def caller(house: House, person: Person) -> Caller:
    """Let somebody in."""
    return await house.inner.callers.by_person(person)


@pytest.fixture
async def studio(db: Database, clock: HandClock) -> AsyncIterator[Studio]:
    """A studio with two upstreams for songs, the first of which makes mailboxes."""
    async with opened_house(db, clock, models=MODELS, temp_mail=MAIL) as house:
        ada, mo = await caller(house, ADA), await caller(house, MO)
        yield Studio(house, put_to_work(house), put_to_work(house, "second"), ada, mo)
