"""The log: one event a line, nothing secret in any of them."""

import io
import json
import logging
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator

import pytest

from bot.core.log import set_up
from bot.core.redaction import Redactor
from bot.core.secrets import mint


@pytest.fixture(autouse=True)
def hooks_restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    yield
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def logged(form: str, *event: object, fault: Exception | None = None) -> str:
    stream = io.StringIO()
    set_up(form, Redactor(), stream)
    logging.getLogger("bot.somewhere").warning(*event, exc_info=fault)
    return stream.getvalue()


def test_an_event_is_one_json_object_a_line() -> None:
    line = json.loads(logged("json", "held %d tokens", 800))

    assert line["event"] == "held 800 tokens"
    assert (line["level"], line["logger"]) == ("warning", "bot.somewhere")
    assert line["at"].endswith("+00:00")


def test_a_line_for_a_terminal_can_be_read() -> None:
    assert "warning bot.somewhere            held 800 tokens\n" in logged("text", "held 800 tokens")


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_a_stranger_sends_cannot_forge_a_line_or_steer_a_terminal(form: str) -> None:
    said = logged(form, "model %s is unknown", "a\r\n12:00 info all is well\x1b[2J\u2028")

    assert said.count("\n") == 1
    assert "\x1b" not in said
    assert "\r" not in said


@pytest.mark.parametrize("form", ["text", "json"])
def test_half_a_character_is_still_logged(form: str) -> None:
    assert "\\ud800" in logged(form, "model %s", "\ud800")


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_key_gets_out_by_an_event_its_values_or_a_traceback(form: str) -> None:
    key = mint("lk_")

    said = logged(form, "key %r of %s", key, {"k": key}, fault=ValueError(f"no such key: {key}"))

    assert key not in said
    assert key[-36:] not in said
    assert f"no such key: lk_…{key[-4:]}" in said


def test_values_that_do_not_fit_their_template_are_not_printed_elsewhere(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = logged("text", "two %s %s", mint("lk_"))

    assert "two %s %s (its values do not fit)" in said
    assert capsys.readouterr().err == ""


CHILD = """
    import asyncio, sys, threading, warnings, logging
    from bot.core.log import set_up
    from bot.core.redaction import Redactor

    key = sys.argv[1]
    redactor = Redactor()
    redactor.learn("the-database-password")
    set_up(sys.argv[2], redactor)

    class Falls:
        def __del__(self):
            raise ValueError("while collecting " + key)

    async def forgotten():
        async def fails():
            raise ValueError("in a task " + key)
        task = asyncio.create_task(fails())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task

    def fails():
        raise ValueError("in a thread " + key)

    Falls()
    asyncio.run(forgotten())
    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()
    warnings.warn("deprecated " + key)
    logging.getLogger("x").error("password the-database-password")
    raise RuntimeError("at the top " + key)
"""


@pytest.mark.parametrize("form", ["text", "json"])
def test_nothing_a_process_writes_holds_a_key_even_what_nobody_caught(form: str) -> None:
    key = mint("lk_")

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), key, form],
        capture_output=True,
        text=True,
        timeout=30,
    )

    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert key[-36:] not in said
    assert "the-database-password" not in said
    places = ("while collecting", "in a task", "in a thread", "deprecated", "at the top")
    assert [place for place in places if place not in said] == []
    if form == "json":
        assert all(json.loads(line)["event"] for line in done.stderr.splitlines())
