"""What questions and sights cost, on an airforce upstream and either database."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from bot.core.clock import HandClock
from bot.core.units import Mode
from bot.ledger.rules import Flag, Status
from bot.relay.caller import Caller
from bot.relay.errors import InvalidField, StreamIncomplete, UpstreamFailed
from bot.relay.router import Connected
from bot.relay.search import Search
from bot.relay.sight import MOST_QUESTION, Sight, SightWish
from bot.sandbox.upstreams.airforce import LoopbackAirforce
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.storage.database import Database
from bot.upstreams.airforce import Airforce
from bot.upstreams.fetch import Fetcher, NotFetched, Why
from tests.fakes.serve import serving
from tests.features.relay.house import House, opened_house
from tests.features.relay.senses import FLAT, flats

both_modes = pytest.mark.parametrize("mode", [Mode.TOKENS, Mode.REQUESTS])
ROUTES = [{"upstream": "first"}]
MODELS = [
    {"id": "globalask", "kind": "search", "coefficient": 2, "routes": ROUTES},
    {"id": "seer", "kind": "vision", "coefficient": 2, "routes": ROUTES},
    {"id": "gemini-pro-vision", "kind": "vision", "coefficient": 2, "routes": ROUTES},
]
CAT = "https://pictures.example/cat.png"


@dataclass
class Senses:
    """A house whose first upstream is an airforce."""

    house: House
    air: LoopbackAirforce
    sight: Sight
    looked_up: list[str]

    async def asked(self, caller: Caller, question: str = "What is ChatGPT") -> str:
        """Ask a question and return the answer."""
        search = Search(self.house.relay.catalogue, flats(self.house))
        async with search.ask(caller, question, "ask", self.house.clock.now()) as found:
            return "".join([piece.message async for piece in found])

    async def seen(self, caller: Caller, wish: SightWish | None = None) -> str:
        """Have a picture described and return the words."""
        wish = wish or self.sight.read(CAT)
        now = self.house.clock.now()
        return (await self.sight.see(caller, wish, "images.vision", now)).value


@pytest.fixture
async def senses(db: Database, clock: HandClock) -> AsyncIterator[Senses]:
    """Models that search and see."""
    air = LoopbackAirforce()
    looked_up: list[str] = []

    async def resolve(host: str, _port: int) -> list[str]:
        looked_up.append(host)
        return ["10.0.0.1"] if host == "inside.example" else ["93.184.216.34"]

    async with serving(air.app()) as url, opened_house(db, clock, models=MODELS) as house:
        upstreams = house.relay.router.upstreams
        link = replace(upstreams["first"].link, base_url=url)
        upstreams["first"] = Connected(Airforce(), link)
        sight = Sight(house.relay.catalogue, flats(house), Fetcher(resolve))
        yield Senses(house, air, sight, looked_up)
        air.gate.set()


@both_modes
async def test_a_question_costs_its_flat_price(senses: Senses, mode):
    caller = await senses.house.caller(mode)

    assert "ChatGPT" in await senses.asked(caller)

    assert await senses.house.settled(caller) == FLAT
    [record] = await senses.house.records()
    assert (record.status, record.flags, record.endpoint) == (Status.ANSWERED, 0, "ask")
    assert (record.model, record.upstream) == ("globalask", "first")


@both_modes
async def test_an_answer_from_the_web_that_is_cut_costs_its_flat_price(senses: Senses, mode):
    caller = await senses.house.caller(mode)
    senses.air.faults.next(Trouble(Fault.CUT, 2))

    with pytest.raises(StreamIncomplete):
        await senses.asked(caller)

    assert await senses.house.settled(caller) == FLAT
    [record] = await senses.house.records()
    assert (record.status, record.flags) == (Status.PARTIAL, Flag.PARTIAL)


@both_modes
@pytest.mark.parametrize("what", ["asked", "seen"])
async def test_leaving_before_an_answer_costs_the_flat_price(senses: Senses, mode, what):
    caller = await senses.house.caller(mode)
    senses.air.faults.next(Fault.SLOW)
    call = asyncio.create_task(getattr(senses, what)(caller))
    await senses.air.until(lambda upstream: upstream.asked == 1)

    call.cancel()

    await asyncio.gather(call, return_exceptions=True)
    await senses.air.until(lambda upstream: upstream.hangups == 1)
    assert await senses.house.settled(caller) == FLAT
    [record] = await senses.house.records()
    assert (record.status, record.flags) == (Status.LEFT, Flag.LEFT)


@both_modes
@pytest.mark.parametrize("what", ["asked", "seen"])
@pytest.mark.parametrize("fault", [Fault.EMPTY, Fault.BROKEN, Fault.WRONG_TYPE])
async def test_no_answer_costs_nothing(senses: Senses, mode, what, fault):
    caller = await senses.house.caller(mode)
    senses.air.faults.every(fault)

    with pytest.raises(UpstreamFailed):
        await getattr(senses, what)(caller)

    assert await senses.house.settled(caller) == 0
    assert [record.status for record in await senses.house.records()] == [Status.FAILED]


@both_modes
async def test_a_sight_costs_its_flat_price(senses: Senses, mode):
    caller = await senses.house.caller(mode)

    assert "picture" in await senses.seen(caller)

    assert senses.air.seen[0].body == {"url": CAT, "model": "gemini-pro-vision"}
    assert await senses.house.settled(caller) == FLAT
    [record] = await senses.house.records()
    assert (record.status, record.flags) == (Status.ANSWERED, 0)
    assert (record.endpoint, record.model) == ("images.vision", "gemini-pro-vision")


async def test_an_address_that_is_not_public_costs_nothing_and_goes_nowhere(senses: Senses):
    caller = await senses.house.caller()

    with pytest.raises(NotFetched) as refused:
        await senses.seen(caller, senses.sight.read("http://inside.example/cat.png"))

    assert refused.value.why is Why.NOT_PUBLIC
    assert senses.looked_up == ["inside.example"]
    assert senses.air.asked == 0
    assert await senses.house.settled(caller) == 0
    assert await senses.house.records() == []


@pytest.mark.parametrize("question", ["", "x" * (MOST_QUESTION + 1)])
async def test_a_question_about_a_picture_has_to_be_a_text_of_some_length(senses: Senses, question):
    caller = await senses.house.caller()

    with pytest.raises(InvalidField):
        await senses.seen(caller, senses.sight.read(CAT)._replace(question=question))

    assert await senses.house.settled(caller) == 0
