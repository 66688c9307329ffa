"""What a letter of the outbox keeps, and what a change reads like."""

import json

import pytest

from bot.words.changes import changes
from bot.words.language import Language, speaking
from bot.words.letter import Knob, Letter, Line, Sealed, Style
from bot.words.names import power
from bot.words.phrase import Phrase
from bot.words.say import spoken


def test_a_letter_survives_the_row_it_is_written_into() -> None:
    letter = Letter(
        [
            "did.grant.give",
            Line("levels.count", {"level": Phrase("levels.role"), "n": 2}, {"who": [4, 5]}),
            "log.change",
        ],
        params={"n": 5, "powers": [Phrase("power", {"name": "Fly"}), Phrase("power.ban_members")]},
        people={"actor": 1},
        sealed={"reason": Sealed(2, b"\x00\xff", "proposal:3")},
        change=({"limit": 1}, {"limit": None}),
        buttons=[Knob("button.undo", "staff.undo", (4, "x"), Style.DANGER)],
    )

    assert Letter.read(json.loads(json.dumps(letter.written()))) == letter


def test_a_letter_of_one_sentence_is_enough() -> None:
    read = Letter.read(json.loads(json.dumps(Letter(["staff.second"]).written())))

    assert read == Letter(["staff.second"], buttons=[])


def test_a_change_names_what_it_was_and_what_it_is() -> None:
    before = {"limit": 80_000, "access": [], "suspended": False}
    after = {"limit": None, "access": ["Claude"], "suspended": False, "ends_at": 1_795_435_200}

    assert changes(before, after).splitlines() == [
        "Their daily limit: 80,000 → **no limit**",
        "Their access: free models only → **Claude**",
        "Suspended: no (as before)",
        "Ends: **<t:1795435200:f>**",
    ]


def test_what_only_the_machine_reads_is_not_shown() -> None:
    assert changes({"suspension_sealed": "x"}, {"grant_id": 5, "receipt_id": "ab"}) == ""


def test_a_field_without_a_name_of_its_own_is_named_as_it_is_kept() -> None:
    assert changes({}, {"some_thing": 1_000}) == "Some thing: **1,000**"


def test_a_limit_of_nought_says_that_nobody_can_call() -> None:
    limit = "limits.daily_tokens"

    assert changes({limit: 80_000}, {limit: 0}).endswith(
        "80,000 → **0: nobody can call, except who was granted more**"
    )


def test_a_letter_is_put_into_words_once_its_readers_language_is_known() -> None:
    letter = Letter(
        [
            "contest.announced",
            Line("contest.winner", {"place": 1, "n": 3}, {"who": 7}),
            Line("contest.winner", {"place": 2, "n": 1, "who": Phrase("contest.hidden")}),
        ],
        {"month": "2026-11"},
    )
    kept = Letter.read(json.loads(json.dumps(letter.written())))

    english = kept.said({7: "@ada"}, {})
    with speaking(Language.RU):
        russian = kept.said({7: "@ada"}, {})

    assert kept.members == {7}
    assert english.splitlines()[1:] == [
        "1. @ada, activated by 3",
        "2. somebody who is not listed, activated by 1",
    ]
    assert russian.splitlines()[1:] == ["1. @ada, 3 активации", "2. скрытый участник, 1 активация"]


@pytest.mark.parametrize("kept", ["level 2", "Level 2"])
def test_a_grant_of_the_record_is_named_in_its_readers_language(kept: str) -> None:
    english = changes({"grant": kept}, {"grant": None})
    with speaking(Language.RU):
        russian = changes({"grant": kept}, {"grant": None})

    assert english == "Grant: Level 2 → **revoked**"
    assert russian == "Бонус: Уровень 2 → **отозван**"


def test_what_discord_calls_a_permission_is_said_in_its_readers_language() -> None:
    powers = [power("manage_roles"), power("Ban Members"), power("fly")]
    with speaking(Language.RU):
        russian = spoken(powers)

    assert spoken(powers) == "Manage Roles, Ban Members, fly"
    assert russian == "«Управлять ролями», «Банить участников», fly"
