"""What pictures cost, row by row of the table of outcomes, and in which form they are given."""

import asyncio
import base64
from collections.abc import AsyncIterator

import pytest

from bot.core.clock import HandClock
from bot.core.errors import Draining, Failure, Kind
from bot.core.units import Mode
from bot.ledger.errors import AllowanceSpent, LimitReached
from bot.ledger.rules import Flag, Status
from bot.relay.errors import (
    InvalidField,
    NoAccess,
    NoModelFor,
    NoRoute,
    RefusedUpstream,
    SuspendedMeanwhile,
    UpstreamFailed,
    UpstreamTimeout,
    WrongKind,
)
from bot.relay.running import Stop
from bot.relay.studio import Form
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.storage.database import Database
from bot.upstreams.fetch import Fetcher, NotFetched, Why
from bot.words.say import explain
from tests.fakes.serve import serving
from tests.features.relay.easel import (
    FLAT,
    MODELS,
    PAINTER,
    PROMPT,
    Gallery,
    as_data_url,
    drawing,
    edited,
    inside,
    opened_easel,
    painted,
    pictures,
    size_of,
)
from tests.features.relay.house import House
from tests.features.relay.stepping import struck

both_modes = pytest.mark.parametrize("mode", [Mode.TOKENS, Mode.REQUESTS])
WELL = Trouble()


@pytest.fixture
async def house(db: Database, clock: HandClock) -> AsyncIterator[House]:
    """A house with models that make pictures, on either database."""
    async with opened_easel(db, clock) as made:
        yield made


@pytest.fixture
async def cottage(small_db: Database, clock: HandClock) -> AsyncIterator[House]:
    """The same on the embedded database alone."""
    async with opened_easel(small_db, clock) as made:
        yield made


# Refused by Latchkey


@pytest.mark.parametrize(
    ("fields", "failure", "param"),
    [
        ({"model": "gpt-4o"}, WrongKind, "model"),
        ({"model": "fluxx"}, Failure, None),
        ({"model": 7}, InvalidField, "model"),
        ({"model": "claude-paints"}, NoAccess, "model"),
        ({"prompt": ""}, InvalidField, "prompt"),
        ({"prompt": " \n"}, InvalidField, "prompt"),
        ({"prompt": ["a cat"]}, InvalidField, "prompt"),
        ({"prompt": "a" * 32_001}, InvalidField, "prompt"),
        ({"n": 0}, InvalidField, "n"),
        ({"n": 11}, InvalidField, "n"),
        ({"n": True}, InvalidField, "n"),
        ({"n": "2"}, InvalidField, "n"),
        ({"size": 1024}, InvalidField, "size"),
        ({"size": ""}, InvalidField, "size"),
        ({"size": "7x7garbage"}, InvalidField, "size"),
        ({"size": "99999x99999"}, InvalidField, "size"),
        ({"size": "63x1024"}, InvalidField, "size"),
        ({"size": "1024x4097"}, InvalidField, "size"),
        ({"size": "1024X1024"}, InvalidField, "size"),
        ({"size": " 1:1"}, InvalidField, "size"),
        ({"size": "4:3"}, InvalidField, "size"),
        ({"seed": -1}, InvalidField, "seed"),
        ({"seed": "seven"}, InvalidField, "seed"),
        ({"response_format": "png"}, InvalidField, "response_format"),
        ({"stream": True}, InvalidField, "stream"),
    ],
)
async def test_what_latchkey_refuses_costs_nothing_and_leaves_no_record(
    cottage: House, fields, failure, param
):
    caller = await cottage.caller()

    with pytest.raises(failure) as refused:
        await painted(cottage, caller, **fields)

    assert explain(refused.value)
    assert refused.value.params.get("param") == param
    assert cottage.first.asked == 0
    assert await cottage.settled(caller) == 0
    assert await cottage.records() == []


async def test_a_model_that_makes_no_pictures_is_refused_in_words(cottage: House):
    with pytest.raises(WrongKind) as refused:
        await painted(cottage, await cottage.caller(), "gpt-4o")
    with pytest.raises(WrongKind) as unable:
        await edited(cottage, await cottage.caller(), as_data_url(drawing()), model="flux")

    assert refused.value.kind is unable.value.kind is Kind.INVALID
    assert "`gpt-4o` is not for image, it is for: chat" in explain(refused.value)
    assert "`flux` is not for edit, it is for: image" in explain(unable.value)


async def test_without_any_model_of_the_kind_there_is_no_usual_one(small_db, clock):
    async with opened_easel(small_db, clock, models=[MODELS[0]]) as house:
        with pytest.raises(NoModelFor):
            pictures(house).read({"prompt": PROMPT})


async def test_without_a_model_flux_paints_or_else_the_first_that_does(small_db, clock):
    late = [MODELS[2], MODELS[1]]
    async with opened_easel(small_db, clock, models=late) as house:
        assert pictures(house).read({"prompt": PROMPT}).model.id == "flux"
    async with opened_easel(small_db, clock, models=[MODELS[0], MODELS[2], MODELS[3]]) as house:
        assert pictures(house).read({"prompt": PROMPT}).model.id == "one-a-call"


async def test_a_day_that_does_not_cover_every_picture_refuses_them_all(small_db, clock):
    async with opened_easel(small_db, clock, limits={"daily_tokens": 3 * FLAT - 1}) as house:
        caller = await house.caller()

        with pytest.raises(AllowanceSpent):
            await painted(house, caller, n=3)

        assert house.first.asked == 0
        assert await house.settled(caller) == 0
        await painted(house, caller, n=2)
        assert await house.settled(caller) == 2 * FLAT


async def test_several_pictures_are_one_call_of_the_minute(small_db, clock):
    async with opened_easel(small_db, clock, limits={"requests_per_minute": 1}) as house:
        caller = await house.caller(Mode.REQUESTS)
        await painted(house, caller, n=4)

        with pytest.raises(LimitReached) as refused:
            await painted(house, caller)

        assert refused.value.kind is Kind.MINUTE_SPENT


# Answered


@both_modes
@pytest.mark.parametrize("n", [1, 3, 10])
async def test_every_picture_costs_its_flat_price(house: House, mode, n):
    caller = await house.caller(mode)

    served = await painted(house, caller, n=n)

    assert len({picture.url for picture in served.value}) == n
    assert (served.upstream, served.settled.cost) == ("first", n * FLAT)
    assert await house.settled(caller) == n * FLAT
    [record] = await house.records()
    assert (record.status, record.flags, record.cost) == (Status.ANSWERED, 0, n * FLAT)
    assert (record.prompt_tokens, record.completion_tokens) == (0, 0)
    assert (record.endpoint, record.model) == ("images.generations", "flux")
    assert (record.upstream, record.mode) == ("first", mode)
    assert house.first.asked == 1


async def test_the_price_of_all_is_held_while_they_are_made(house: House):
    caller = await house.caller()
    house.first.faults.next(Fault.SLOW)
    call = asyncio.create_task(painted(house, caller, n=3))
    await house.first.until(lambda upstream: upstream.asked == 1)

    assert await house.books(caller) == (0, 3 * FLAT, 1, 1)

    house.first.gate.set()
    await call
    assert await house.settled(caller) == 3 * FLAT


@pytest.mark.parametrize(("coefficient", "price"), [(0.001, 3), (0.2, 480), (1.234, 2_964), (0, 0)])
async def test_a_fraction_is_rounded_up_for_each_picture(small_db, clock, coefficient, price):
    models = [PAINTER | {"coefficient": coefficient}]
    async with opened_easel(small_db, clock, models=models) as house:
        caller = await house.caller()

        await painted(house, caller, n=3)

        assert await house.settled(caller) == price


async def test_what_a_caller_says_reaches_the_upstream(cottage: House):
    said = {"n": 2, "size": "16:9", "seed": 7, "quality": "hd", "user": "me", "stream": False}

    await painted(cottage, await cottage.caller(), response_format="url", **said)

    [seen] = cottage.first.seen
    assert seen.body == {
        "model": "their-gpt",
        "prompt": PROMPT,
        "n": 2,
        "size": "1792x1024",
        "seed": 7,
        "quality": "hd",
        "user": "me",
        "response_format": "url",
    }


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ("auto", None),
        ("64x4096", "64x4096"),
        ("1024x1024", "1024x1024"),
        ("9:21", "1024x1792"),
        (None, None),
    ],
)
async def test_sizes_that_are_taken_reach_the_upstream_in_its_words(cottage: House, size, told):
    await painted(cottage, await cottage.caller(), size=size)

    assert cottage.first.seen[0].body.get("size") == told


async def test_a_size_that_is_none_is_answered_with_those_that_are(cottage: House):
    with pytest.raises(InvalidField) as refused:
        await painted(cottage, await cottage.caller(), size="7x7garbage")

    for part in ('"auto"', "1:1, 16:9, 9:16, 21:9, 9:21, 1:2, 2:1", "64 to 4,096 pixels each"):
        assert part in explain(refused.value)


# Several calls where an upstream gives fewer than were asked for


@both_modes
async def test_an_upstream_that_gives_one_a_call_is_asked_for_each(house: House, mode):
    caller = await house.caller(mode)

    served = await painted(house, caller, "one-a-call", n=5, seed=7)

    assert len({picture.url for picture in served.value}) == 5
    assert house.first.asked == 5
    assert sorted(seen.body["seed"] for seen in house.first.seen) == [7, 8, 9, 10, 11]
    assert await house.settled(caller) == 5 * FLAT
    assert [record.cost for record in await house.records()] == [5 * FLAT]


@both_modes
async def test_those_that_were_delivered_are_paid_and_no_others(house: House, mode):
    caller = await house.caller(mode)
    house.first.faults.next(WELL, *[Fault.BAD_REQUEST] * 2)

    served = await painted(house, caller, "one-a-call", n=3)

    assert len(served.value) == 1
    assert served.settled.cost == FLAT
    assert await house.settled(caller) == FLAT
    assert [record.status for record in await house.records()] == [Status.ANSWERED]
    assert house.second.asked == 0


async def test_one_that_failed_is_asked_for_again_while_others_come(cottage: House):
    caller = await cottage.caller()
    cottage.first.faults.next(WELL, WELL, Fault.BAD_REQUEST)

    served = await painted(cottage, caller, "one-a-call", n=3)

    assert len(served.value) == 3
    assert cottage.first.asked == 4
    assert await cottage.settled(caller) == 3 * FLAT


async def test_few_are_asked_for_at_one_time(cottage: House):
    caller = await cottage.caller()
    cottage.first.faults.next(WELL, *[Fault.SLOW] * 9)
    call = asyncio.create_task(painted(cottage, caller, "one-a-call", n=10))
    await cottage.first.until(lambda upstream: upstream.asked == 4)
    for _ in range(20):
        await asyncio.sleep(0)

    assert cottage.first.asked == 4

    cottage.first.gate.set()
    assert len((await call).value) == 10


# No content from any route


@pytest.mark.parametrize(
    ("trouble", "failure"),
    [
        (Fault.REFUSE, UpstreamFailed),
        (Fault.BROKEN, UpstreamFailed),
        (Fault.UNAVAILABLE, UpstreamFailed),
        (Fault.UNAUTHORIZED, UpstreamFailed),
        (Fault.EMPTY, UpstreamFailed),
        (Fault.GARBAGE, UpstreamFailed),
        (Fault.NO_CHOICES, UpstreamFailed),
        (Fault.WRONG_TYPE, UpstreamFailed),
        (Fault.ERROR_OBJECT, UpstreamFailed),
        (Fault.TRUNCATED, UpstreamFailed),
        (Fault.BAD_REQUEST, RefusedUpstream),
        (Fault.NOT_FOUND, RefusedUpstream),
        (Trouble(Fault.RATE_LIMITED, 7), NoRoute),
    ],
    ids=str,
)
async def test_no_picture_from_any_route_costs_nothing(cottage: House, trouble, failure):
    caller = await cottage.caller()
    for upstream in (cottage.first, cottage.second):
        upstream.faults.every(trouble)

    with pytest.raises(failure) as failed:
        await painted(cottage, caller, n=3)

    assert await cottage.settled(caller) == 0
    [record] = await cottage.records()
    assert (record.status, record.cost, record.flags) == (Status.FAILED, 0, 0)
    assert record.upstream == "second"
    assert failed.value.standing.spent == 0
    if failure is NoRoute:
        assert failed.value.retry_after == pytest.approx(7, abs=1)


@both_modes
async def test_a_failed_call_costs_nothing_on_either_database(house: House, mode):
    caller = await house.caller(mode)
    for upstream in (house.first, house.second):
        upstream.faults.every(Fault.BROKEN)

    with pytest.raises(UpstreamFailed):
        await painted(house, caller)

    assert await house.settled(caller) == 0
    assert [record.status for record in await house.records()] == [Status.FAILED]
    assert (house.first.asked, house.second.asked) == (2, 2)  # each retried once


async def test_routes_that_fall_silent_are_a_timeout(small_db, clock):
    async with opened_easel(small_db, clock, idle=0.3) as house:
        caller = await house.caller()
        for upstream in (house.first, house.second):
            upstream.faults.every(Fault.SLOW)

        with pytest.raises(UpstreamTimeout):
            await painted(house, caller)

        assert await house.settled(caller) == 0
        assert [record.status for record in await house.records()] == [Status.FAILED]


async def test_a_call_that_takes_its_whole_time_is_a_timeout(small_db, clock):
    async with opened_easel(small_db, clock, router={"total_seconds": 1}) as house:
        caller = await house.caller()
        house.first.faults.next(Fault.SLOW)

        with pytest.raises(UpstreamTimeout):
            await painted(house, caller)

        await house.first.until(lambda upstream: upstream.hangups == 1)
        assert await house.settled(caller) == 0


async def test_the_next_route_answers_and_is_paid_once(house: House):
    caller = await house.caller()
    house.first.faults.every(Fault.EMPTY)

    served = await painted(house, caller, n=2)

    assert (served.upstream, len(served.value)) == ("second", 2)
    assert await house.settled(caller) == 2 * FLAT
    assert [record.upstream for record in await house.records()] == ["second"]


# The client left, or Latchkey ended the call


@both_modes
async def test_leaving_once_it_was_asked_for_costs_every_picture(house: House, mode):
    caller = await house.caller(mode)
    house.first.faults.next(Fault.SLOW)
    call = asyncio.create_task(painted(house, caller, n=3))
    await house.first.until(lambda upstream: upstream.asked == 1)

    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    await house.first.until(lambda upstream: upstream.hangups == 1)
    assert await house.settled(caller) == 3 * FLAT
    [record] = await house.records()
    assert (record.status, record.flags) == (Status.LEFT, Flag.LEFT)
    assert (record.prompt_tokens, record.completion_tokens) == (0, 0)


async def test_leaving_amid_several_calls_hangs_all_of_them_up(cottage: House):
    caller = await cottage.caller()
    cottage.first.faults.next(WELL, *[Fault.SLOW] * 2)
    call = asyncio.create_task(painted(cottage, caller, "one-a-call", n=3))
    await cottage.first.until(lambda upstream: upstream.asked == 3)

    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    await cottage.first.until(lambda upstream: upstream.hangups == 2)
    assert await cottage.settled(caller) == 3 * FLAT


@pytest.mark.parametrize(
    ("stop", "failure"),
    [(Stop.SHUTDOWN, Draining), (Stop.SUSPENDED, SuspendedMeanwhile), (Stop.TIME, UpstreamTimeout)],
)
async def test_what_latchkey_ends_before_a_picture_is_there_costs_nothing(
    cottage: House, stop, failure
):
    caller = await cottage.caller()
    cottage.first.faults.next(Fault.SLOW)
    call = asyncio.create_task(painted(cottage, caller))
    await cottage.first.until(lambda upstream: upstream.asked == 1)

    cottage.relay.desk.running._stop(list(cottage.relay.desk.running._calls), stop)

    with pytest.raises(failure):
        await call
    await cottage.first.until(lambda upstream: upstream.hangups == 1)
    assert await cottage.settled(caller) == 0
    assert [record.status for record in await cottage.records()] == [Status.FAILED]


async def test_nothing_begins_while_the_process_ends(cottage: House):
    caller = await cottage.caller()
    await cottage.relay.drain(0)

    with pytest.raises(Draining):
        await painted(cottage, caller)

    assert cottage.first.asked == 0
    assert await cottage.settled(caller) == 0


@pytest.mark.parametrize("late", [False, True], ids=["waiting", "just answered"])
async def test_wherever_it_is_struck_nothing_stays_held(cottage: House, late):
    caller = await cottage.caller()
    spent = 0
    for at in range(400):
        asked, recorded = cottage.first.asked, len(await cottage.records())
        call = painted(cottage, caller, "one-a-call", n=2, response_format="b64_json")
        waited, _ = await struck(call, at, None, late=late)

        after = await cottage.settled(caller)
        written = len(await cottage.records()) - recorded
        assert written == 1 or cottage.first.asked == asked, f"struck at wait {at}"
        assert after - spent in (0, FLAT, 2 * FLAT)
        spent = after
        if not waited:
            return
    raise AssertionError("the call never came to its end")


# The form in which they are given


@pytest.mark.parametrize("asked", ["url", None])
async def test_an_upstreams_own_links_are_answered(cottage: House, asked):
    served = await painted(cottage, await cottage.caller(), n=2, response_format=asked)

    assert all(picture.data is None and picture.url for picture in served.value)
    assert served.value[0].revised_prompt == f"A picture: {PROMPT}"
    assert cottage.first.seen[0].body.get("response_format") == asked


@pytest.mark.parametrize("asked", ["url", None])
@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/a.png", "http://169.254.169.254/a.png", "http://db.internal/"]
)
async def test_links_into_a_private_network_are_no_pictures(small_db, clock, asked, address):
    gallery = Gallery([{"url": address}, {"url": "HERE/a.png"}])
    async with (
        serving(gallery.app()) as url,
        opened_easel(small_db, clock, urls={"first": url}) as house,
    ):
        caller = await house.caller()
        served = await painted(house, caller, n=2, response_format=asked)
        gallery.entries = [{"url": address}]
        with pytest.raises(UpstreamFailed):
            await painted(house, caller, "solo-flux", response_format=asked)

        assert await house.settled(caller) == FLAT
    assert [picture.url for picture in served.value] == [f"{url}/a.png"]


async def test_bytes_are_given_as_they_are_where_nothing_is_asked_for(small_db, clock):
    data = drawing("JPEG")
    async with (
        serving(Gallery([inside(data)]).app()) as url,
        opened_easel(small_db, clock, urls={"first": url}) as house,
    ):
        [picture] = (await painted(house, await house.caller())).value

    assert (picture.data, picture.url) == (data, None)


@pytest.mark.parametrize(
    ("form", "media"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/gif")],
)
async def test_a_link_to_bytes_alone_is_a_data_url_of_their_type(small_db, clock, form, media):
    data = drawing(form)
    async with (
        serving(Gallery([inside(data)]).app()) as url,
        opened_easel(small_db, clock, urls={"first": url}) as house,
    ):
        caller = await house.caller()
        [picture] = (await painted(house, caller, response_format="url")).value

    assert picture.url == as_data_url(data, media)
    assert picture.data is None


async def test_bytes_of_a_link_are_fetched_from_the_upstreams_own_host(small_db, clock):
    gallery = Gallery([{"url": "HERE/a.png"}, {"url": "HERE/b.png"}], {})
    gallery.files = {"a.png": drawing(), "b.png": drawing("WEBP")}
    async with (
        serving(gallery.app()) as url,
        opened_easel(small_db, clock, urls={"first": url}) as house,
    ):
        caller = await house.caller()
        served = await painted(house, caller, n=2, response_format="b64_json")

        assert await house.settled(caller) == 2 * FLAT
    assert [picture.data for picture in served.value] == list(gallery.files.values())


async def test_a_link_that_leads_nowhere_is_not_paid(small_db, clock):
    gallery = Gallery([{"url": "HERE/gone.png"}, {"url": "HERE/a.png"}], {"a.png": drawing()})
    async with (
        serving(gallery.app()) as url,
        opened_easel(small_db, clock, urls={"first": url}) as house,
    ):
        caller = await house.caller()
        served = await painted(house, caller, n=2, response_format="b64_json")

        assert await house.settled(caller) == FLAT
    assert [picture.data for picture in served.value] == [gallery.files["a.png"]]
    assert "gone.png" in gallery.shown


@pytest.mark.parametrize(
    "entry",
    [
        inside(drawing()[:200]),
        inside(b"\x89PNG\r\n\x1a\n" + bytes(200)),
        {"url": "HERE/gone.png"},
        {"url": "HERE/page.png"},
        {"url": "http://127.0.0.2:9/secret.png"},
        {"url": "http://169.254.169.254/latest/meta-data"},
        {"url": "file:///etc/passwd"},
    ],
    ids=["cut", "noise", "gone", "a page", "private", "metadata", "a file"],
)
async def test_what_is_no_picture_leads_to_the_next_route(small_db, clock, entry):
    gallery = Gallery([entry], {"page.png": b"<html>Sign in first</html>"})
    async with serving(gallery.app()) as url:
        models = [
            PAINTER | {"routes": [{"upstream": "first"}, {"upstream": "second", "priority": 1}]}
        ]
        async with opened_easel(small_db, clock, urls={"first": url}, models=models) as house:
            caller = await house.caller()
            served = await painted(house, caller, response_format="b64_json")

            assert served.upstream == "second"
            assert await house.settled(caller) == FLAT
    assert size_of(served.value[0].data or b"")[0] == "PNG"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_imagine_has_png_whatever_the_upstream_gives(small_db, clock, form):
    async with (
        serving(Gallery([inside(drawing(form))]).app()) as url,
        opened_easel(small_db, clock, urls={"first": url}) as house,
    ):
        making = pictures(house)
        wish = making.read({"prompt": PROMPT})._replace(form=Form.PNG)
        [picture] = (await making.paint(await house.caller(), wish, "imagine", clock.now())).value

    assert size_of(picture.data or b"") == ("PNG", (48, 32))


# Pictures that are changed


@both_modes
async def test_a_changed_picture_costs_what_a_new_one_does(house: House, mode):
    caller, data, mask = await house.caller(mode), drawing("JPEG"), drawing()

    served = await edited(house, caller, as_data_url(data), n=2, mask=mask, quality="low")

    assert len(served.value) == 2
    assert await house.settled(caller) == 2 * FLAT
    [record] = await house.records()
    assert (record.endpoint, record.model, record.cost) == ("images.edits", "editor", 2 * FLAT)
    [seen] = house.first.seen
    assert seen.files == {"image": data, "mask": mask}
    assert seen.body == {"model": "their-gpt", "prompt": PROMPT, "n": "2", "quality": "low"}


@pytest.mark.parametrize(
    "image",
    [
        drawing(),
        as_data_url(drawing("WEBP")),
        [as_data_url(drawing("GIF"))],
        {"url": as_data_url(drawing())},
        [{"image_url": as_data_url(drawing())}],
        {"image_url": {"url": as_data_url(drawing())}},
    ],
    ids=["file", "data url", "list", "object", "list of objects", "as in chats"],
)
async def test_a_picture_is_taken_in_every_usual_shape(cottage: House, image):
    served = await edited(cottage, await cottage.caller(), image)

    assert len(served.value) == 1
    assert cottage.first.seen[0].files["image"]


@pytest.mark.parametrize(
    "image",
    [
        None,
        "",
        7,
        [],
        [as_data_url(drawing()), as_data_url(drawing())],
        {"file_id": "file-1"},
        "data:image/png;base64,AAAA",
        "data:text/html,<b>",
        as_data_url(drawing()[:300]),
        b"no picture",
    ],
    ids=["null", "empty", "number", "none", "two", "file id", "noise", "page", "cut", "bytes"],
)
async def test_what_is_no_picture_is_refused_before_anybody_is_asked(cottage: House, image):
    caller = await cottage.caller()

    with pytest.raises(InvalidField) as refused:
        await edited(cottage, caller, image)

    assert refused.value.params["param"] == "image"
    assert cottage.first.asked == 0
    assert await cottage.settled(caller) == 0
    assert await cottage.records() == []


@pytest.mark.parametrize("param", ["image", "mask"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"])
async def test_a_callers_private_address_is_refused_and_never_connected_to(
    cottage: House, host, param
):
    caller = await cottage.caller()
    gallery = Gallery([], {"a.png": drawing()})
    async with serving(gallery.app()) as url:
        address = url.replace("127.0.0.1", host) + "/a.png"
        images = {"image": as_data_url(drawing()), param: address}

        with pytest.raises(NotFetched) as refused:
            await edited(cottage, caller, images.pop("image"), **images)

    assert (refused.value.why, refused.value.kind) == (Why.NOT_PUBLIC, Kind.INVALID)
    assert refused.value.params["param"] == param
    assert gallery.shown == []
    assert await cottage.settled(caller) == 0
    assert await cottage.records() == []


async def test_a_callers_public_address_is_fetched_under_the_hold(cottage: House):
    caller, data = await cottage.caller(), drawing()
    gallery = Gallery([], {"a.png": data})

    async def resolve(_host: str, _port: int) -> list[str]:
        assert await cottage.books(caller) == (0, FLAT, 1, 1)
        return ["127.0.0.1"]

    async with serving(gallery.app()) as url:
        address = url.replace("127.0.0.1", "pictures.example") + "/a.png"
        fetcher = Fetcher(resolve, lambda found: found == "127.0.0.1")
        await edited(cottage, caller, address, fetcher)

    assert cottage.first.seen[0].files["image"] == data
    assert await cottage.settled(caller) == FLAT


async def test_leaving_while_the_callers_picture_is_fetched_costs_nothing(cottage: House):
    caller, looking = await cottage.caller(), asyncio.Event()

    async def resolve(_host: str, _port: int) -> list[str]:
        looking.set()
        await asyncio.Event().wait()
        return []

    call = asyncio.create_task(
        edited(cottage, caller, "http://slow.example/a.png", Fetcher(resolve))
    )
    await looking.wait()
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert await cottage.settled(caller) == 0
    assert await cottage.records() == []


async def test_base64_of_a_callers_picture_arrives_unchanged(cottage: House):
    data = drawing("JPEG", (900, 700))

    await edited(cottage, await cottage.caller(), f"data:;base64,{base64.b64encode(data).decode()}")

    assert cottage.first.seen[0].files["image"] == data
