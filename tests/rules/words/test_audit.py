"""Every audited act has its words, whoever looks at the record."""

import pytest

from bot.audit import Action
from bot.words.language import Language
from bot.words.say import catalogue

OF_OTHERS = {Action.DECLINED, Action.REFUSED, Action.UNDONE}
ONLY_REFUSED = {Action.MEMBER_INFO, Action.LEVEL_BOARD, Action.REFERRALS_LIST, Action.AUDIT}


@pytest.mark.parametrize("action", Action)
def test_every_audited_action_has_its_words(action: Action) -> None:
    wanted = {f"act.{action}", f"did.{action}"}
    if action in OF_OTHERS:
        wanted = {f"audit.{action}"}
    elif action in ONLY_REFUSED:
        wanted = {f"act.{action}"}

    assert wanted <= catalogue(Language.EN).keys()
