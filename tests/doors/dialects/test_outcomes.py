"""SPEC's table of outcomes for every dialect: right charge, right error, right next route."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from bot.core.tokens import count
from bot.core.units import Mode
from bot.ledger.rules import Flag, Status
from bot.sandbox.upstreams.troubles import Fault, Trouble
from tests.doors.api.wire import Wire, wire
from tests.doors.dialects.acts import (
    ACTS,
    EMBEDDED,
    FLATS,
    MAIL,
    STREAMS,
    TALKS,
    Act,
    each,
    heard,
    in_events,
)
from tests.doors.dialects.street import COEFFICIENT, DAY, KEY, PATIENT, UNIT, Somebody, Street

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROMPT = 3 + 4 + 2  # the reply's opening, a message's frame, "Hello there"
THEIR_PROMPT = 5  # as a loopback upstream counts it
GREETING = "Hello! I am the sandbox's assistant. Ask me for code, a list or a long answer."
WORDS = 16  # of the greeting, each of them a token there
MAIL_PRICE = 160
REFUSED = "No upstream accepts this request: {reason}"
FAILED = "`{model}` is not answering. Nothing was charged. Try again, or choose another model."
RESTS = (
    "Every upstream of `{model}` needs a pause. Nothing was charged. Try again in a moment, or "
    "choose another model."
)
LATE = "`{model}` did not answer in time. Nothing was charged. Try again, or choose another model."


UNCHOSEN = {  # there is no other model to choose where none was chosen
    "upstream_failed": (
        "The upstream of `temp_mail` is not answering. Nothing was charged. Try again in a moment."
    ),
    "no_route": (
        "The upstream of `temp_mail` needs a pause. Nothing was charged. Try again in a moment."
    ),
    "upstream_timeout": (
        "The upstream of `temp_mail` did not answer in time. Nothing was charged. Try again in a "
        "moment."
    ),
}
CUT_SHORT = "broke off"
DELIVERED = "Hello! I am "
SOUND = 260  # bytes of a word's
SHORT = 0.3  # seconds of silence
BOUNDS = {  # MiB, more than an answer or an event of it may have
    "chat": 33,
    "chat stream": 5,
    "message stream": 5,
    "ask": 5,
    "sight": 33,
}
SOME = ("openai", "spafe", "freetheai")
COUNTED = [
    replace(act, answers=tuple(name for name in act.answers if name != "spafe"))
    for act in (*TALKS, *FLATS)
    if not act.flat
]


@dataclass(frozen=True)
class Verdict:
    """How a trouble that every route has is told."""

    status: int
    kind: str
    code: str
    anthropic: str
    words: str
    tries: int = 1  # of one route
    moves_on: bool = True  # even where nothing may be made twice


def refused(reason: str) -> Verdict:
    words = REFUSED.format(reason=reason)
    return Verdict(400, "invalid_request_error", "invalid_request", "invalid_request_error", words)


BROKEN = Verdict(502, "upstream_error", "upstream_failed", "api_error", FAILED, 2, moves_on=False)
UNFIT = Verdict(502, "upstream_error", "upstream_failed", "api_error", FAILED)
TIRED = Verdict(503, "upstream_error", "no_route", "overloaded_error", RESTS)
SLOW = Verdict(504, "upstream_error", "upstream_timeout", "timeout_error", LATE, moves_on=False)
TROUBLES = {
    Trouble(Fault.REFUSE): BROKEN,
    Trouble(Fault.BAD_REQUEST): refused("The loopback upstream was told to refuse."),
    Trouble(Fault.UNAUTHORIZED): UNFIT,
    Trouble(Fault.RATE_LIMITED, 7): TIRED,
    Trouble(Fault.BROKEN): BROKEN,
    Trouble(Fault.EMPTY): BROKEN,
    Trouble(Fault.GARBAGE): BROKEN,
    Trouble(Fault.NO_CHOICES): BROKEN,
    Trouble(Fault.WRONG_TYPE): BROKEN,
    Trouble(Fault.ERROR_OBJECT): BROKEN,
    Trouble(Fault.TRUNCATED): BROKEN,
    Trouble(Fault.CUT): BROKEN,
}
# A route that fails in any way is left for the next where none answers; here, one way of each kind.
ONE_OF_EACH = {trouble: verdict for verdict, trouble in {v: t for t, v in TROUBLES.items()}.items()}


def troubled(acts: list[Act], *, moving: bool = False) -> list[Any]:
    """Pair every trouble with every act that can have it; `moving`: and then go elsewhere."""
    return [
        pytest.param(trouble, act, dialect, id=f"{trouble.fault}-{act}-{dialect}")
        for trouble, verdict in (ONE_OF_EACH if moving else TROUBLES).items()
        for act in acts
        for dialect in act.answers
        # Half a word of sound is sound.
        if not (act.name == "speech" and trouble.fault is Fault.TRUNCATED)
        # What may have been made is not made again.
        if not moving or (act is not MAIL and (verdict.moves_on or not act.once))
    ]


every_act = pytest.mark.parametrize(("act", "dialect"), each(ACTS))
# Silence is heard below the dialects: what differs is how an act ends, and a stream begins.
SILENT = [
    act if len(act.answers) <= 2 else replace(act, answers=(act.answers[0], act.answers[-1]))
    for act in ACTS
]
# Responses go the way of chats, and imagine that of pictures: some dialects show it.
TABLE = [
    replace(act, answers=SOME) if act.name in ("response", "response stream") else act
    for act in ACTS
    if act.name != "imagine"
]


def check(answer: httpx.Response, act: Act, verdict: Verdict) -> None:
    """Check an error's status, its shape, what it says, and what it does not."""
    assert answer.status_code == verdict.status, answer.text
    body, words = answer.json(), verdict.words.format(model=act.kind)
    if act is MAIL and verdict.code != "invalid_request":
        words = UNCHOSEN[verdict.code]
    if act.anthropic:
        error = {"type": verdict.anthropic, "message": words}
        assert body == {"type": "error", "error": error, "request_id": answer.headers["request-id"]}
    else:
        error = {"message": words, "type": verdict.kind, "param": None, "code": verdict.code}
        assert body == {"error": error}
    assert KEY not in answer.text
    assert "127.0.0.1" not in answer.text
    assert answer.headers.get("retry-after") == ("7" if verdict is TIRED else None)


async def check_nothing_charged(member: Somebody, upstream: str) -> None:
    """Check that the only record says that nothing came of it."""
    record = await member.record()
    assert (record.status, record.cost, record.flags) == (Status.FAILED, 0, 0)
    assert (record.prompt_tokens, record.completion_tokens, record.overrun) == (0, 0, 0)
    assert record.upstream == upstream


async def check_answered(member: Somebody, act: Act, dialect: str, said: str, at: str) -> None:
    """Check what a complete answer of a dialect costs, and that its record agrees."""
    record = await member.record()
    assert (record.status, record.upstream, record.overrun) == (Status.ANSWERED, at, 0)
    if act.flat:
        assert record.cost == (MAIL_PRICE if act is MAIL else UNIT)
        assert (record.flags, record.prompt_tokens, record.completion_tokens) == (0, 0, 0)
        return
    if act.kind == "embedding":
        expected = (len(EMBEDDED.split()), 0, 0)
    elif dialect == "spafe":  # "usage": null
        expected = (PROMPT, count(said), Flag.ESTIMATED)
    else:
        expected = (THEIR_PROMPT, WORDS, 0)
    assert (record.prompt_tokens, record.completion_tokens, record.flags) == expected
    if record.mode == Mode.REQUESTS:
        assert record.cost == UNIT
    else:
        assert record.cost == COEFFICIENT * (record.prompt_tokens + record.completion_tokens)


# Answered


@every_act
@pytest.mark.parametrize("mode", Mode)
async def test_an_answer_costs_what_it_should(
    street: Street, act: Act, dialect: str, mode: Mode
) -> None:
    street.put(dialect)
    member = await street.somebody(mode)

    answer = await act.do(member.client)

    assert answer.status_code == 200, answer.text
    said = act.said(answer)
    if act in TALKS:
        assert said == GREETING
    await check_answered(member, act, dialect, said, "front")
    assert street.front.asked == 1


# No content from any route


@pytest.mark.parametrize(("trouble", "act", "dialect"), troubled(TABLE))
async def test_no_content_from_any_route_costs_nothing_and_says_so(
    street: Street, act: Act, dialect: str, trouble: Trouble
) -> None:
    verdict = TROUBLES[trouble]
    street.put(dialect, act.other(dialect))
    member = await street.somebody()
    street.front.faults.every(trouble)
    street.back.faults.every(trouble)

    answer = await act.do(member.client)

    check(answer, act, verdict)
    moves = act is not MAIL and (verdict.moves_on or not act.once)
    await check_nothing_charged(member, "back" if moves else "front")
    tries = 1 if act.once else verdict.tries
    assert (street.front.asked, street.back.asked) == (tries, tries if moves else 0)
    assert answer.headers.get("x-ratelimit-remaining-tokens") in (None, str(DAY))


# The next route


@pytest.mark.parametrize(("trouble", "act", "dialect"), troubled(TABLE, moving=True))
async def test_the_next_route_answers_whatever_the_first_one_did(
    street: Street, act: Act, dialect: str, trouble: Trouble
) -> None:
    verdict = TROUBLES[trouble]
    street.put(dialect, other := act.other(dialect))
    member = await street.somebody()
    street.front.faults.every(trouble)

    answer = await act.do(member.client)

    assert answer.status_code == 200, answer.text
    await check_answered(member, act, other, act.said(answer), "back")
    assert (street.front.asked, street.back.asked) == (verdict.tries, 1)
    assert answer.headers["x-latchkey-upstream"] == "back"


# Too slow, too large, nobody there


@pytest.mark.parametrize(("act", "dialect"), each(SILENT))
async def test_silence_is_a_timeout_and_costs_nothing(
    street: Street, act: Act, dialect: str
) -> None:
    street.put(dialect, act.other(dialect), idle=SHORT)
    member = await street.somebody()
    street.front.faults.every(Fault.SLOW)
    street.back.faults.every(Fault.SLOW)

    answer = await act.do(member.client)

    check(answer, act, SLOW)
    await check_nothing_charged(member, "front" if act.once else "back")
    assert (street.front.asked, street.back.asked) == (1, 0 if act.once else 1)


@pytest.mark.parametrize(("act", "dialect"), each([act for act in SILENT if not act.once]))
async def test_the_next_route_answers_after_a_silence(
    street: Street, act: Act, dialect: str
) -> None:
    street.put(dialect, other := act.other(dialect), idle=SHORT)
    member = await street.somebody()
    street.front.faults.every(Trouble(Fault.SLOW, act.early(dialect) if act.streamed else 0))

    answer = await act.do(member.client)

    await check_answered(member, act, other, act.said(answer), "back")
    assert (street.front.asked, street.back.asked) == (1, 1)


@every_act
async def test_an_address_where_nobody_listens_is_a_failure(
    street: Street, act: Act, dialect: str
) -> None:
    street.put(dialect, act.other(dialect))
    member = await street.somebody()
    street.shut("front")
    street.shut("back")

    answer = await act.do(member.client)

    check(answer, act, BROKEN)
    await check_nothing_charged(member, "front" if act.once else "back")


@pytest.mark.parametrize(("act", "dialect"), each([act for act in ACTS if act.name in BOUNDS]))
async def test_an_answer_beyond_all_bounds_is_none(street: Street, act: Act, dialect: str) -> None:
    street.put(dialect, other := act.other(dialect))
    member = await street.somebody()
    street.front.faults.every(Trouble(Fault.BLOATED, BOUNDS[act.name]))

    answer = await act.do(member.client)

    await check_answered(member, act, other, act.said(answer), "back")


# Answered, but not as it should be


@pytest.mark.parametrize(("act", "dialect"), each(COUNTED))
@pytest.mark.parametrize("fault", [Fault.NO_USAGE, Fault.NULL_USAGE, Fault.NONSENSE_USAGE])
async def test_an_answer_without_sensible_usage_costs_our_own_count(
    street: Street, act: Act, dialect: str, fault: Fault
) -> None:
    street.put(dialect)
    member = await street.somebody()
    street.front.faults.next(fault)

    answer = await act.do(member.client)

    said = act.said(answer)
    ours = (count(EMBEDDED), 0) if act.kind == "embedding" else (PROMPT, count(said))
    record = await member.record()
    assert (record.status, record.flags) == (Status.ANSWERED, Flag.ESTIMATED)
    assert (record.prompt_tokens, record.completion_tokens) == ours
    assert record.cost == COEFFICIENT * sum(ours)


@pytest.mark.parametrize(("act", "dialect"), each([act for act in TALKS if act.streamed]))
async def test_a_stream_without_its_last_word_is_complete(
    street: Street, act: Act, dialect: str
) -> None:
    street.put(dialect)
    member = await street.somebody()
    street.front.faults.next(Fault.NO_DONE)

    answer = await act.do(member.client)

    assert act.said(answer) == GREETING
    record = await member.record()
    assert (record.status, record.upstream) == (Status.ANSWERED, "front")
    assert bool(record.flags & Flag.ESTIMATED) is not act.native(dialect)


@pytest.mark.parametrize(("act", "dialect"), each(TALKS))
async def test_a_cap_that_was_ignored_is_paid_up_to_the_days_limit(
    street: Street, act: Act, dialect: str
) -> None:
    street.put(dialect)
    member = await street.somebody()
    question = "Give me a long answer"
    room = DAY // COEFFICIENT - 3 - 4 - count(question)
    street.front.faults.next(Fault.IGNORE_CAP)

    answer = await act.asking(question, 4_000).do(member.client)

    assert act.said(answer).startswith("## Part 1")
    assert street.front.seen[0].body["max_tokens"] == room
    record = await member.record()
    assert (record.status, record.cost) == (Status.ANSWERED, DAY)
    assert record.flags & Flag.OVERRUN
    assert record.cost + record.overrun == COEFFICIENT * (
        record.prompt_tokens + record.completion_tokens
    )


# Cut after content


@pytest.mark.parametrize(
    ("fault", "act", "dialect"),
    [
        pytest.param(fault, *one.values, id=f"{fault}-{one.id}")
        for fault in (Fault.CUT, Fault.TRUNCATED, Fault.ERROR_OBJECT, Fault.SLOW)
        for one in each(STREAMS)
        # Bytes of sound are not looked into once they flow.
        if not (fault is Fault.ERROR_OBJECT and one.values[0].name == "speech")
    ],
)
async def test_a_stream_that_breaks_off_costs_what_was_delivered_and_says_so(
    street: Street, act: Act, dialect: str, fault: Fault
) -> None:
    street.put(dialect, act.other(dialect), idle=SHORT if fault is Fault.SLOW else PATIENT)
    member = await street.somebody()
    street.front.faults.next(Trouble(fault, act.early(dialect) + 3))

    whole, raw = await heard_out(street, act, member)

    check_cut(act, dialect, raw, whole=whole, told=CUT_SHORT)
    await check_partial(member, act)
    assert "went away" not in raw.decode(errors="replace")
    assert (street.front.asked, street.back.asked) == (1, 0)


@pytest.mark.parametrize(("act", "dialect"), each(STREAMS))
@pytest.mark.parametrize("mode", Mode)
async def test_a_stream_that_latchkey_ends_costs_what_was_delivered(
    street: Street, act: Act, dialect: str, mode: Mode
) -> None:
    street.put(dialect)
    member = await street.somebody(mode)
    street.front.faults.next(Trouble(Fault.SLOW, act.early(dialect) + 3))

    async with wire(street.house.url) as line:
        raw = await begun(line, act, dialect, member)
        await street.house.inner.members.suspend(member.id, "spam")
        whole, rest = await to_the_end(line)

    check_cut(act, dialect, raw + rest, whole=whole, told="suspended")
    await check_partial(member, act)
    await street.front.until(lambda upstream: upstream.hangups == 1)


# The client left


@every_act
@pytest.mark.parametrize("mode", Mode)
async def test_whoever_leaves_before_any_content_pays_the_prompt(
    street: Street, act: Act, dialect: str, mode: Mode
) -> None:
    street.put(dialect)
    member = await street.somebody(mode)
    street.front.faults.next(Trouble(Fault.SLOW, act.early(dialect) if act.streamed else 0))

    async with wire(street.house.url) as line:
        await line.send(act.raw(member.key))
        await street.front.until(lambda upstream: upstream.asked == 1)
        line.hang_up()
        await street.front.until(lambda upstream: upstream.hangups == 1)

    record = await member.record()
    assert (record.status, record.upstream) == (Status.LEFT, "front")
    assert record.completion_tokens == 0
    if act.flat:
        assert (record.cost, record.flags) == (MAIL_PRICE if act is MAIL else UNIT, Flag.LEFT)
        return
    prompt = count(EMBEDDED) if act.kind == "embedding" else PROMPT
    assert (record.prompt_tokens, record.flags) == (prompt, Flag.LEFT | Flag.ESTIMATED)
    assert record.cost == (UNIT if mode is Mode.REQUESTS else COEFFICIENT * prompt)


@pytest.mark.parametrize(("act", "dialect"), each(STREAMS))
@pytest.mark.parametrize("mode", Mode)
async def test_whoever_leaves_mid_stream_pays_what_was_delivered(
    street: Street, act: Act, dialect: str, mode: Mode
) -> None:
    street.put(dialect)
    member = await street.somebody(mode)
    street.front.faults.next(Trouble(Fault.SLOW, act.early(dialect) + 3))

    async with wire(street.house.url) as line:
        await begun(line, act, dialect, member)
        line.hang_up()
        await street.front.until(lambda upstream: upstream.hangups == 1)

    await check_partial(member, act, Flag.LEFT)


async def begun(line: Wire, act: Act, dialect: str, member: Somebody) -> bytes:
    """Ask for a stream, and return its beginning once three words of it are there."""
    await line.send(act.raw(member.key))
    status, _ = await line.head()
    assert status == 200
    raw, words = b"", act.begun(dialect)
    while not (len(raw) >= 3 * SOUND if act.kind == "speech" else heard(raw) == words):
        raw += await line.piece()
    return raw


async def to_the_end(line: Wire) -> tuple[bool, bytes]:
    """Return the rest of an answer, and whether it ended as answers do."""
    raw = b""
    try:
        while piece := await line.piece():
            raw += piece
    except (asyncio.IncompleteReadError, ConnectionError):
        return False, raw
    return True, raw


async def heard_out(street: Street, act: Act, member: Somebody) -> tuple[bool, bytes]:
    """Ask for a stream, and return all of it, and whether it ended as answers do."""
    async with wire(street.house.url) as line:
        await line.send(act.raw(member.key))
        await line.head()
        return await to_the_end(line)


def check_cut(act: Act, dialect: str, raw: bytes, *, whole: bool, told: str) -> None:
    """Check that a stream which was cut says so, in its own way, after all that had come."""
    assert whole is (act.kind != "speech")
    if act.kind == "speech":
        assert len(raw) >= 3 * SOUND
        return
    *_, last = in_events(raw)
    assert last != "[DONE]"
    assert heard(raw) == act.begun(dialect)
    assert told in last["error"]["message"]
    if act.anthropic:
        assert (last["type"], last["error"]["type"]) == ("error", "api_error")
    else:
        assert last["error"]["code"] == "stream_incomplete"


async def check_partial(member: Somebody, act: Act, flags: Flag = Flag.PARTIAL) -> None:
    """Check that three words were paid for, or the flat price, once."""
    record = await member.record()
    assert (record.status, record.upstream) == (Status.PARTIAL, "front")
    if act.flat:
        assert (record.cost, record.flags) == (UNIT, Flag.PARTIAL | flags)
        return
    delivered = PROMPT + count(DELIVERED)
    assert record.prompt_tokens + record.completion_tokens == delivered
    assert record.flags == Flag.PARTIAL | Flag.ESTIMATED | flags
    assert record.cost == (UNIT if record.mode == Mode.REQUESTS else COEFFICIENT * delivered)
