"""Who writes in a channel with the bot's own token takes turns, whoever waited longest first."""

import asyncio

from bot.cogs.chat.lanes import Lanes


async def test_turns_go_round_and_the_crowd_is_counted() -> None:
    lanes, order = Lanes(), []

    async def write(who: int) -> None:
        for _ in range(3):
            async with lanes.turn(1, who):
                order.append(who)
                await asyncio.sleep(0)

    await asyncio.gather(*(write(who) for who in (7, 8, 9)))
    crowd = lanes.crowd(1)
    for who in (7, 8):
        lanes.leave(1, who)

    assert order == [7, 8, 9] * 3
    assert crowd == 3
    assert lanes.crowd(1) == 1
    assert lanes.crowd(2) == 1


async def test_who_leaves_while_others_write_takes_nobodys_turn() -> None:
    lanes = Lanes()
    async with lanes.turn(1, 7):
        lanes.leave(1, 7)
        waiting = asyncio.create_task(_turn(lanes, 8))
        await asyncio.sleep(0)
        early = waiting.done()
    await waiting
    lanes.leave(1, 8)
    lanes.leave(1, 8)

    assert not early
    assert lanes.crowd(1) == 1


async def _turn(lanes: Lanes, who: int) -> None:
    async with lanes.turn(1, who):
        pass
