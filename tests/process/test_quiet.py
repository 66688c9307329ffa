"""What a process writes holds no key, token or secret, whatever it is given.

Every other test here is such a test too: its launcher looks at all that its processes wrote.
"""

from pathlib import Path

import httpx
import pytest

from bot.sandbox.discord.furniture import ADA, CHAT, HOME
from bot.sandbox.upstreams.troubles import Fault
from tests.fakes.person import key_of, new_key_of
from tests.fakes.program import (
    PATIENCE,
    SECRET,
    TRACEBACK,
    UPSTREAM_KEY,
    Launcher,
    Outside,
    asking,
    assert_quiet,
    bearer,
)

METRICS_TOKEN = "the-token-of-whoever-scrapes-us"


@pytest.mark.parametrize("form", ["text", "json"])
async def test_keys_in_every_place_are_hidden_in_the_log(
    launcher: Launcher, around: Outside, tmp_path: Path, form: str
) -> None:
    around.configure(tmp_path)
    discord = around.discord
    environ = around.environ() | {"LATCHKEY_LOG": form, "LATCHKEY_METRICS_TOKEN": METRICS_TOKEN}
    program = await launcher.start("run", **environ)
    url = await program.ready()
    old = await key_of(discord)
    key = await new_key_of(discord)
    wrong = key[:-1] + ("a" if key[-1] != "a" else "b")
    launcher.secrets |= {old, key, wrong}

    around.first.faults.next(Fault.UNAUTHORIZED, Fault.BROKEN, Fault.BROKEN, Fault.GARBAGE)
    chat, seen = "/v1/chat/completions", set()
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE) as client:
        for each in (key, old, wrong, METRICS_TOKEN):
            said, other_model = asking(f"My key is {each}"), asking("Hi!", model=each)
            answers = [
                await client.get(f"/check?key={each}"),
                await client.get(f"/v1/models/{each}"),
                await client.get(f"/{each}?api_key={each}"),
                await client.post(chat, json=said, headers=bearer(each)),
                await client.post(chat, json=said, headers={"x-api-key": each}),
                await client.post(chat, json=said, headers={"authorization": each}),
                await client.post(chat, content=each, headers=bearer(key)),
                await client.post(chat, json=other_model, headers=bearer(key)),
            ]
            seen |= {answer.status_code for answer in answers}
    told = await discord.acts.command(
        ADA, CHAT, "chat", {"prompt": f"My key is {key}"}, guild_id=HOME
    )
    await discord.acts.settled(told)
    code = await program.stop()

    assert seen == {200, 400, 401, 404, 502}
    assert code == 0
    assert "upstream" in program.err
    assert_quiet(program.output, launcher.secrets)
    assert {SECRET, discord.token, METRICS_TOKEN, UPSTREAM_KEY} <= launcher.secrets


@pytest.mark.parametrize("told", [f"the key is {UPSTREAM_KEY}.", f"oops: {TRACEBACK}"])
def test_a_log_that_tells_is_noticed(told: str) -> None:
    with pytest.raises(AssertionError):
        assert_quiet(f"All is well.\n{told}\n", {UPSTREAM_KEY})
