"""Discord's rules for forms, and what its client lets a person send; no network needed."""

from typing import Any

import pytest

from bot.sandbox.discord import components, definitions, modals, options, picks
from bot.sandbox.discord.files import Upload, attachment, dimensions
from bot.sandbox.discord.furniture import ADA, BEA, CHAT, LOBBY, STAFF, furnished
from bot.sandbox.discord.payloads import Resolver
from bot.sandbox.discord.refusals import Form, Refusal, Refused
from bot.sandbox.discord.snowflakes import Snowflakes
from bot.sandbox.discord.world import World

BUTTON = {"type": 2, "style": 1, "label": "x", "custom_id": "x"}
INPUT = {"type": 4, "custom_id": "a", "style": 1}
OPTIONS = [{"label": "a", "value": "a"}, {"label": "b", "value": "b"}]


@pytest.fixture
def world() -> World:
    furnished(made := World())
    return made


def label(component: dict[str, Any]) -> dict[str, Any]:
    return {"type": 18, "label": "L", "component": component}


@pytest.mark.parametrize(
    ("component", "place"),
    [
        ({"type": 2, "style": 5, "label": "x"}, "url"),
        ({"type": 2, "style": 6, "label": "x"}, ""),
        ({"type": 2, "style": 9, "label": "x", "custom_id": "x"}, "style"),
        ({"type": 2, "style": 1, "custom_id": "x"}, "label"),
        (BUTTON | {"url": "https://example.org"}, "BUTTON_COMPONENT"),
        ("no object", "DICT_TYPE"),
        ({"type": 5, "custom_id": "x", "min_values": 3, "max_values": 2}, "min_values"),
        ({"type": 5, "custom_id": "x", "max_values": 26}, "max_values"),
        ({"type": 5, "custom_id": "x", "max_values": "2"}, "max_values"),
        ({"type": 3, "custom_id": "x", "options": OPTIONS, "max_values": 3}, "max_values"),
        ({"type": 3, "custom_id": "x", "options": OPTIONS[:1] * 2}, "DUPLICATED"),
        (
            {"type": 3, "custom_id": "x", "options": OPTIONS, "placeholder": "x" * 151},
            "placeholder",
        ),
    ],
)
def test_a_row_holds_only_what_discord_takes(component: Any, place: str) -> None:
    form = Form()

    components.check([{"type": 1, "components": [component]}], form, (), v2=False)

    if not place:
        form.done()
        return
    with pytest.raises(Refusal) as refused:
        form.done()
    assert place in str(refused.value.errors)


@pytest.mark.parametrize(
    ("component", "place"),
    [
        ({"type": 11, "media": {"url": "https://example.org/a.png"}}, "Value must be one of"),
        ({"type": 9, "components": [], "accessory": BUTTON}, "length"),
        (
            {
                "type": 9,
                "components": [{"type": 10, "content": "x"}],
                "accessory": {"type": 11, "media": {"url": "ftp://example.org/a"}},
            },
            "Scheme",
        ),
        ({"type": 12, "items": [{"media": {}}]}, "required"),
        ({"type": 14, "spacing": 3}, "spacing"),
        ({"type": 10, "content": 5}, "interpret value as string"),
        ({"type": 17, "components": [BUTTON]}, "Value must be one of"),
        ({"type": 17, "components": [{"type": 14}], "accent_color": 1 << 24}, "accent_color"),
        ({"type": 17, "components": [{"type": 14}], "accent_color": -1}, "accent_color"),
    ],
)
def test_v2_components_hold_only_what_discord_takes(component: Any, place: str) -> None:
    form = Form()

    components.check([component], form, (), v2=True)

    with pytest.raises(Refusal) as refused:
        form.done()
    assert place in str(refused.value.errors)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"title": "x" * 46}, "title"),
        ({"title": ""}, "required"),
        ({"custom_id": "x" * 101}, "custom_id"),
        ({"components": []}, "length"),
        ({"components": [label(INPUT | {"custom_id": n}) for n in "abcdef"]}, "length"),
        ({"components": [label(BUTTON)]}, "type"),
        ({"components": [BUTTON]}, "type"),
        ({"components": [{"type": 1, "components": [INPUT]}]}, "label"),
        ({"components": [{"type": 10, "content": ""}]}, "content"),
        ({"components": [label(INPUT | {"style": 3})]}, "style"),
        ({"components": [label(INPUT | {"max_length": 4001})]}, "max_length"),
        ({"components": [label(INPUT | {"value": "xxx", "max_length": 2})]}, "value"),
        (
            {"components": [label({"type": 21, "custom_id": "a", "options": OPTIONS[:1]})]},
            "options",
        ),
        ({"components": [label({"type": 22, "custom_id": "a", "options": []})]}, "options"),
        ({"components": [label({"type": 19, "custom_id": "a", "max_values": 11})]}, "max_values"),
        ({"components": [label({"type": 3, "custom_id": "a", "options": []})]}, "options"),
        ({"components": [label(INPUT), label(INPUT)]}, "DUPLICATED"),
    ],
)
def test_a_modal_holds_only_what_discord_takes(change: dict[str, Any], place: str) -> None:
    good = {"title": "T", "custom_id": "m", "components": [label(INPUT)]}
    for modal in (good, good | change):
        form = Form()
        modals.check(modal, form, ("data",))
        if modal is good:
            form.done()

    with pytest.raises(Refusal) as refused:
        form.done()
    assert place in str(refused.value.errors)


def test_a_modal_that_is_no_object_is_refused() -> None:
    form = Form()

    modals.check(None, form, ("data",))

    with pytest.raises(Refusal):
        form.done()


@pytest.mark.parametrize(
    ("option", "word"),
    [
        ({"type": 12, "name": "a", "description": "a"}, "type"),
        ({"type": 3, "name": "A", "description": "a"}, "invalid"),
        (
            {
                "type": 3,
                "name": "a",
                "description": "a",
                "autocomplete": True,
                "choices": [{"name": "a", "value": "a"}],
            },
            "autocomplete",
        ),
        (
            {"type": 3, "name": "a", "description": "a", "choices": [{"name": "a", "value": ""}]},
            "required",
        ),
        (
            {"type": 4, "name": "a", "description": "a", "choices": [{"name": "a", "value": "a"}]},
            "not int",
        ),
        ({"type": 3, "name": "a", "description": "a", "max_length": 6001}, "6000"),
        (
            {
                "type": 2,
                "name": "a",
                "description": "a",
                "options": [{"type": 3, "name": "b", "description": "b"}],
            },
            "type",
        ),
    ],
)
def test_options_hold_only_what_discord_takes(option: dict[str, Any], word: str) -> None:
    with pytest.raises(Refusal) as refused:
        definitions.check_all([{"name": "c", "description": "c", "options": [option]}])

    assert word in str(refused.value.errors)


def test_definitions_may_not_mix_repeat_or_be_endless() -> None:
    plain = {"type": 3, "name": "a", "description": "a"}
    nested = {"type": 1, "name": "b", "description": "b"}
    long = [
        {
            "type": 3,
            "name": f"o{n}",
            "description": "x" * 100,
            "choices": [{"name": f"{n}{m}", "value": "y" * 90 + str(m)} for m in range(10)],
        }
        for n in range(9)
    ]

    for listed, word in (
        ([plain, nested], "exclusive"),
        ([plain, plain], "unique"),
        (long, "maximum size"),
    ):
        with pytest.raises(Refusal) as refused:
            definitions.check_all([{"name": "c", "description": "c", "options": listed}])
        assert word in str(refused.value.errors)
    with pytest.raises(Refusal):
        definitions.check_all(["no object"])


def test_definitions_are_kept_with_discords_defaults() -> None:
    kept = definitions.kept(
        {"name": "a", "description": "A", "default_member_permissions": 8},
        application_id=1,
        guild_id=None,
    )

    assert (kept["type"], kept["dm_permission"], kept["contexts"]) == (1, True, None)
    assert kept["default_member_permissions"] == "8"


@pytest.mark.parametrize(
    ("definition", "value", "sent"),
    [
        ({"type": 5}, "No", False),
        ({"type": 10, "max_value": 2}, "1.5", 1.5),
        ({"type": 4, "choices": [{"name": "One", "value": 1}]}, "1", 1),
        ({"type": 3, "choices": [{"name": "One", "value": "1"}]}, "One", "1"),
        ({"type": 9}, f"<@{ADA}>", str(ADA)),
        ({"type": 9}, "<@&2101>", "2101"),
        ({"type": 7, "channel_types": [0]}, f"<#{CHAT}>", str(CHAT)),
    ],
)
def test_what_is_typed_is_read_as_discords_client_does(
    world: World, definition: dict[str, Any], value: object, sent: object
) -> None:
    option = definition | {"name": "o"}

    [made] = options.filled([option], {"o": value}, Resolver(world, ADA, CHAT))

    assert made["value"] == sent


@pytest.mark.parametrize(
    ("definition", "value"),
    [
        ({"type": 5}, "maybe"),
        ({"type": 6}, "nobody"),
        ({"type": 6}, 4711),
        ({"type": 8}, 4711),
        ({"type": 7, "channel_types": [2]}, CHAT),
        ({"type": 7}, STAFF),
        ({"type": 7}, LOBBY),
        ({"type": 11}, "no file"),
        ({"type": 11}, ("big.bin", b"x" * (10 * 2**20 + 1), "application/octet-stream")),
        ({"type": 3, "choices": [{"name": "One", "value": "1"}]}, "Two"),
    ],
)
def test_what_cannot_be_sent_is_refused(
    world: World, definition: dict[str, Any], value: object
) -> None:
    with pytest.raises(Refused):
        options.filled([definition | {"name": "o"}], {"o": value}, Resolver(world, ADA, CHAT))


def test_a_modals_fields_of_every_type_are_sent(world: World) -> None:
    fields = [
        {"type": 4, "custom_id": "text", "style": 1, "required": False},
        {"type": 3, "custom_id": "select", "options": [OPTIONS[0] | {"default": True}, OPTIONS[1]]},
        {"type": 5, "custom_id": "who"},
        {"type": 21, "custom_id": "radio", "options": OPTIONS},
        {"type": 22, "custom_id": "boxes", "options": OPTIONS},
        {"type": 23, "custom_id": "box"},
    ]
    shown = [label(each | {"id": n}) | {"id": 9 + n} for n, each in enumerate(fields, 1)]
    modal = {"components": [{"type": 10, "id": 99, "content": "Hello"}, *shown]}
    resolver = Resolver(world, ADA, CHAT)
    given = {"who": str(BEA), "radio": "b", "boxes": ["a", "b"], "box": True}

    sent = picks.submitted(modal, given, resolver)

    inner = {each["component"]["custom_id"]: each["component"] for each in sent[1:]}
    assert inner["text"]["value"] == ""
    assert inner["select"]["values"] == ["a"]
    assert inner["who"]["values"] == [str(BEA)]
    assert inner["radio"]["value"] == "b"
    assert inner["boxes"]["values"] == ["a", "b"]
    assert inner["box"]["value"] is True
    assert str(BEA) in resolver.objects["users"]


@pytest.mark.parametrize(
    ("component", "given"),
    [
        ({"type": 21, "options": OPTIONS}, None),
        ({"type": 21, "options": OPTIONS}, "c"),
        ({"type": 22, "options": OPTIONS}, ["c"]),
        ({"type": 19}, []),
        ({"type": 19, "max_values": 1}, [Upload("a", b""), Upload("b", b"")]),
        ({"type": 4, "min_length": 3}, "x"),
        ({"type": 5, "max_values": 1}, [str(ADA), str(BEA)]),
    ],
)
def test_a_modal_that_is_filled_wrongly_is_not_sent(
    world: World, component: dict[str, Any], given: object
) -> None:
    modal = {"components": [label(component | {"custom_id": "c", "id": 2}) | {"id": 1}]}

    with pytest.raises(Refused):
        picks.submitted(modal, {"c": given}, Resolver(world, ADA, CHAT))


def test_a_radio_group_that_is_optional_may_stay_empty(world: World) -> None:
    group = {"type": 21, "options": OPTIONS, "required": False, "custom_id": "c", "id": 2}

    [sent] = picks.submitted(
        {"components": [label(group) | {"id": 1}]}, {}, Resolver(world, ADA, CHAT)
    )

    assert sent["component"]["value"] is None


def test_the_sizes_of_pictures_are_read_from_their_bytes() -> None:
    jpeg = b"\xff\xd8\xff\xe0\x00\x04\x00\x00\xff\xc0\x00\x0b\x08\x00\x05\x00\x07\x03\x00\x00"

    assert dimensions(b"GIF89a" + bytes([7, 0, 5, 0])) == (7, 5)
    assert dimensions(jpeg) == (7, 5)
    assert dimensions(b"\xff\xd8 broken") is None
    assert dimensions(b"text") is None


def test_names_of_files_lose_what_an_address_cannot_hold() -> None:
    made = attachment(Upload("my / cat?.png", b"x"), 5, 6, "http://h")

    assert made["filename"] == "my_cat_.png"
    assert made["url"] == "http://h/attachments/6/5/my_cat_.png"


def test_ids_grow_even_when_the_clock_goes_back() -> None:
    times = iter([1_800_000_000.0, 1_700_000_000.0, 1_800_000_000.0])
    ids = Snowflakes(lambda: next(times))

    made = [ids.next() for _ in range(3)]

    assert made == sorted(set(made))


def test_the_world_forgets_its_oldest_messages_and_files(world: World, monkeypatch) -> None:
    monkeypatch.setattr("bot.sandbox.discord.world.KEPT_MESSAGES", 2)
    monkeypatch.setattr("bot.sandbox.discord.world.KEPT_BYTES", 10)
    for key in range(3):
        file = world.keep_file(Upload("a", b"xxxx"))
        made = {"id": str(key), "channel_id": "1", "attachments": [{"id": str(file)}]}
        world.keep_message(made)

    assert list(world.messages) == [1, 2]
    assert len(world.files) == 2
