"""`latchkey sandbox` as newcomers start it: two addresses, a line to copy, nothing left behind."""

import asyncio
import os
import re
import shutil
import signal
import socket
from pathlib import Path

import httpx
import pytest

from bot.settings.example import example
from tests.conftest import missing
from tests.fakes.person import at_the_page
from tests.fakes.program import PATIENCE, Launcher, Program
from tests.fakes.serve import nobody

ELSEWHERE = {  # what a shell and a folder may hold, and the sandbox must not care about
    "LATCHKEY_DISCORD_TOKEN": "MTIzNDU2Nzg5MDEyMzQ1Njc4.GwRoNg.the-real-token-of-this-community",
    "LATCHKEY_DISCORD_API_URL": "http://127.0.0.1:9/api/v10",
    "LATCHKEY_DATABASE_URL": "postgresql+asyncpg://latchkey:password@127.0.0.1:9/production",
    "LATCHKEY_SECRET_KEY": "too-short-to-be-a-secret",
    "LATCHKEY_DATA": "/proc/nowhere",
    "LATCHKEY_SHARDS": "7/3",
    "LATCHKEY_NONSENSE": "1",
}
ENV_FILE = "".join(f"{name}={value}\n" for name, value in ELSEWHERE.items()) + "LATCHKEY_PORT=x\n"


async def opened(program: Program) -> tuple[str, str]:
    """Return the page's and the API's address, once both are printed."""
    page = await program.says(r"(?m)^ *Page: (http://\S+)$")
    api = await program.says(r"(?m)^ *API: (http://\S+)$")
    return page[1], api[1]


async def usage(api: str, key: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
        return await client.get(f"{api}/v1/usage", headers={"authorization": f"Bearer {key}"})


async def test_a_newcomer_gets_a_key_at_the_page_and_the_printed_line_spends_it(
    launcher: Launcher, tmp_path: Path
) -> None:
    if shutil.which("curl") is None:
        missing("curl is not installed: the sandbox's line is not tried.")
    (tmp_path / ".env").write_text(ENV_FILE)
    (tmp_path / "latchkey.toml").write_text("this is = no TOML [")
    (temporary := tmp_path / "temporary").mkdir()
    port = _two_free_ports()
    environ = ELSEWHERE | {"LATCHKEY_PORT": str(port), "TMPDIR": str(temporary)}
    program = await launcher.start("sandbox", **environ)
    page, api = await opened(program)
    async with at_the_page(page) as newcomer:
        key = await newcomer.key("gen_key")
    launcher.secrets.add(key)

    line = re.search(r"(?s)curl .*?(?=\n\n)", program.out)
    assert line is not None
    curl = await asyncio.create_subprocess_shell(
        line[0].replace("YOUR_KEY", key).replace("curl ", "curl -sN ", 1),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await curl.communicate()
    spent = (await usage(api, key)).json()["spent"]
    folders = list(temporary.iterdir())
    code = await program.stop(signal.SIGINT)

    assert (api, page) == (f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}")
    assert said.decode().count("data: ") > 5
    assert said.decode().rstrip().endswith("data: [DONE]")
    assert spent > 0
    assert code == 0
    assert len(folders) == 1
    assert list(temporary.iterdir()) == []


async def test_what_is_kept_is_there_again_and_nothing_else_in_the_folder_is_read(
    launcher: Launcher, tmp_path: Path
) -> None:
    keep = tmp_path / "new" / "kept"
    first = await launcher.start("sandbox", "--keep", str(keep))
    page, _ = await opened(first)
    async with at_the_page(page) as newcomer:
        key = await newcomer.key("signup")
        launcher.secrets.add(key)
        assert await first.stop() == 0, "a page that is open keeps nobody"
    (keep / ".env").write_text(ENV_FILE)

    again = await launcher.start("sandbox", "--keep", str(keep))
    page, api = await opened(again)
    async with at_the_page(page) as newcomer:
        shown = await newcomer.key("show_key")
    answer = await usage(api, key)
    second = await launcher.start("sandbox", "--keep", str(keep))

    assert shown == key
    assert answer.status_code == 200
    assert await second.ended() == 2
    assert second.err.splitlines()[-1].startswith("Another Latchkey process uses the database")
    assert await again.stop() == 0


@pytest.mark.parametrize("taken", [0, 1], ids=["api", "page"])
async def test_a_port_that_is_taken_is_named_by_the_sandbox_too(
    launcher: Launcher, taken: int
) -> None:
    port = _two_free_ports()
    with socket.create_server(("127.0.0.1", port + taken)):
        program = await launcher.start("sandbox", LATCHKEY_PORT=str(port))

        assert await program.ended() == 2
    assert f"Port {port + taken} " in program.err.splitlines()[-1]
    assert "LATCHKEY_PORT" in program.err.splitlines()[-1]
    assert program.out == ""


async def test_a_folder_that_cannot_be_kept_in_is_named(launcher: Launcher, tmp_path: Path) -> None:
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o500)
    keep = Path("/proc/latchkey") if os.access(shut, os.W_OK) else shut / "kept"

    program = await launcher.start("sandbox", "--keep", str(keep))

    assert await program.ended() == 2
    assert program.err.startswith(f"{keep} cannot be used: ")
    assert len(program.err.splitlines()) == 1


def _two_free_ports() -> int:
    """Return a port that is free, and whose next one is."""
    while True:
        port = int(nobody().rpartition(":")[2])
        try:
            with socket.create_server(("127.0.0.1", port + 1)):
                return port
        except OSError:
            continue


async def test_the_sandbox_says_what_it_does_not_take_from_ones_settings(
    launcher: Launcher, tmp_path: Path
) -> None:
    settings = tmp_path / "mine.toml"
    settings.write_text(example())

    program = await launcher.start("sandbox", LATCHKEY_CONFIG=str(settings))
    await opened(program)

    assert program.out.startswith("Of LATCHKEY_CONFIG, [[upstreams]] and ")
    assert "The file's models are served by the sandbox's own upstreams" in program.out
    assert await program.stop() == 0
