"""The settings in force are asked by the names that latchkey.toml gives them."""

import tomllib
from zoneinfo import ZoneInfo

from bot.community.service import Community
from bot.settings.community import CommunityFile

FILE = """
[community]
timezone = "Europe/Berlin"
key_prefix = "fresed-"

[limits]
daily_tokens = 1000
"""


def test_every_section_of_the_file_is_in_force() -> None:
    file = CommunityFile.model_validate(tomllib.loads(FILE))
    community = Community(file)

    sections = CommunityFile.model_fields

    assert {
        name for name in sections if getattr(community, name) is not getattr(file, name)
    } == set()
    assert community.limits.daily_tokens == 1_000
    assert community.zone == ZoneInfo("Europe/Berlin")


def test_without_a_file_every_default_holds() -> None:
    community = Community(CommunityFile())

    assert community.community.key_prefix == "lk_"
    assert community.limits.request_unit == 800
    assert community.upstreams == community.models == ()
