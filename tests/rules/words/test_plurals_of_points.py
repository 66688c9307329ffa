"""One point is one point, wherever points are counted."""

from bot.words.say import say


def test_a_level_of_one_point_is_named_in_the_singular() -> None:
    one, many = (say("plans.level", level=1, n=count) for count in (1, 1_200))

    assert (one, many) == ("level 1 (1 point)", "level 1 (1,200 points)")


def test_the_dry_run_starts_from_one_point_in_the_singular() -> None:
    one, many = (say("levels.dry.least", n=count) for count in (1, 400))

    assert (one, many) == ("from 1 point", "from 400 points")
