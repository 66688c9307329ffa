"""The copy of one's own data: all of it, sealed texts in plain, nothing of anybody else."""

import json

import pytest
from sqlalchemy import insert, select

from bot.core.clock import HandClock
from bot.storage.database import Database
from bot.storage.tables.ledger import CallRow
from tests.conftest import NOON
from tests.fakes.owned import ADA, MO, member_of, owned
from tests.features.privacy.conftest import Known, privacy_of
from tests.features.privacy.filling import (
    ACT,
    CODE,
    EMAIL,
    EXCHANGE,
    GRANT,
    IDENTIFIER,
    RECEIPT,
    SUSPENSION,
)


async def test_everything_that_is_known_is_told_in_plain(everybody: Known) -> None:
    told = await everybody.privacy.export(ADA)

    assert told["you"] == {
        "discord_id": str(ADA.discord_id),
        "member_number": everybody.ada,
        "member_since": NOON.isoformat(),
        "mode": "tokens",
        "mode_last_switched_on": None,
        "shown_on_leaderboards": True,
        "told_when_grants_end": True,
        "suspended_at": NOON.isoformat(),
        "suspension_reason": SUSPENSION,
        "last_seen_in_our_server_at": NOON.isoformat(),
    }
    assert [each["reason"] for each in told["grants"]] == [GRANT, GRANT, None, None]
    (donation,) = told["donations"]
    assert (donation["dollars"], donation["receipt"]) == (5, RECEIPT)
    assert told["referral_code"] == CODE
    assert len(told["code_you_activated"]) == len(told["activations_of_your_code"]) == 1
    assert told["exchanges"][0]["reason"] == EXCHANGE
    assert told["contest_prizes"][0]["place"] == 1
    assert told["points"] == [{"month": "2026-11", "points": 120}]
    assert told["levels"][0]["level"] == 1
    assert told["roles"][0]["role_id"] == "2101"
    assert [each["model"] for each in told["songs"]] == ["chirp-v3-5", "chirp-v3-5"]
    assert [each["email"] for each in told["mailboxes"]] == [EMAIL]
    assert [each["channel_id"] for each in told["songs_awaited_in_discord"]] == ["3001"]
    assert told["acts_of_staff_about_you"][0]["reason"] == ACT
    assert told["acts_of_yours"] == []
    assert [each["day"] for each in told["days"]] == ["2026-11-19", "2026-11-20"]
    assert [each["model"] for each in told["calls"]] == ["gpt-4o", "gpt-4o"]
    assert told["calls"][0]["flags"] == ["estimated"]
    assert told["older_calls_left_out"] == 0


async def test_it_is_json_without_the_key(everybody: Known) -> None:
    told = json.dumps(await everybody.privacy.export(ADA))

    assert everybody.key not in told
    assert f"lk_\\u2026{everybody.key[-4:]}" in told


async def test_what_opens_a_mailbox_upstream_is_not_in_it(everybody: Known) -> None:
    told = json.dumps(await everybody.privacy.export(ADA))

    assert IDENTIFIER not in told


async def test_nothing_of_others_is_in_it(everybody: Known) -> None:
    told = json.dumps(await everybody.privacy.export(ADA))

    assert str(MO.discord_id) not in told
    mine = json.dumps(await everybody.privacy.export(MO))
    others = (SUSPENSION, GRANT, RECEIPT, ACT, EXCHANGE, CODE, EMAIL, str(ADA.discord_id))
    for secret in others:
        assert secret not in mine


async def test_of_very_many_calls_the_latest_are_told(
    everybody: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.privacy.export.MOST_CALLS", 10)
    async with everybody.house.db.begin() as tx:
        one = select(CallRow.__table__).where(CallRow.id == 2)
        record = dict((await tx.execute(one)).mappings().one())
        await tx.execute(insert(CallRow), [record | {"id": each} for each in range(100, 115)])

    told = await everybody.privacy.export(ADA)

    assert len(told["calls"]) == 10
    assert told["older_calls_left_out"] == 7


async def test_a_used_code_is_told_even_when_all_else_was_deleted_before(
    everybody: Known,
) -> None:
    await everybody.privacy.forget(ADA)
    await member_of(everybody.house)

    told = await everybody.privacy.export(ADA)

    assert told["activated_a_code_at"] == NOON.isoformat()
    assert told["code_you_activated"] == []


async def test_a_newcomer_has_little_to_tell(db: Database, clock: HandClock) -> None:
    house = owned(db, clock)
    await member_of(house)

    told = await privacy_of(house).export(ADA)

    assert told["keys"] == told["calls"] == told["days"] == []
    assert told["referral_code"] is None
