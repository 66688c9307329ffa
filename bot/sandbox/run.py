"""`latchkey sandbox`: the product itself between a loopback Discord and loopback upstreams."""

import asyncio
import contextlib
import socket
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from bot.app.services import House
from bot.core.errors import StartFailed
from bot.core.log import set_up
from bot.core.redaction import Redactor
from bot.process import Process, looped, on_signals, serve
from bot.sandbox.discord import furniture
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.page.backstage import Backstage
from bot.sandbox.page.page import Page, first_call
from bot.sandbox.serving import listener, serving
from bot.sandbox.travel import TravelClock
from bot.sandbox.upstreams.row import Row
from bot.settings.community import Community
from bot.settings.environment import Part
from bot.settings.example import example
from bot.settings.load import Settings, load
from bot.storage.backup import FOLDER_MODE

READ = ("LATCHKEY_HOST", "LATCHKEY_PORT", "LATCHKEY_LOG", "LATCHKEY_CONFIG")
WORD_SECONDS = 0.015  # the loopback models' pace
UPSTREAM_KEY = "sandbox-upstream-key"
CONFIG = "latchkey.toml"
HOME = {"home_guilds": (furniture.HOME,), "message_content": True}  # all of it is to be tried
FURNISHED: dict[str, Any] = {  # as staff would choose it with /settings, where it can be changed
    "community.moderator_roles": [furniture.MODERATOR],
    "community.chat_channels": [furniture.CHAT],
    "community.log_channel": furniture.STAFF,
    "community.staff_channel": furniture.STAFF,
    "community.announce_channel": furniture.ANNOUNCEMENTS,
    "community.level_roles": {str(n): role for n, role in enumerate(furniture.LEVELS, start=1)},
}
MESSAGE_CONTENT = 1 << 19  # the flag of an application of few servers that has the intent
AHEAD = "sandbox-ahead"  # how many seconds a kept sandbox has travelled
MOST_MODELS = 24  # offered for a first call
PAGE_HOSTS = ("127.0.0.1", "localhost", "[::1]")
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  # what to open instead
REPLACED = (
    "Of LATCHKEY_CONFIG, [[upstreams]] and the servers, channels and roles of [community] are "
    "replaced by the sandbox's own. The file's models are served by the sandbox's own upstreams: "
    "they answer on this machine, in words made up for trying.\n"
)
WELCOME = """
  Latchkey's sandbox is ready: nothing in it leaves this machine.

  Page: {page}
  API: {api}

  1. Open the page, type /gen_key in a channel and copy the key.
  2. Spend it:

{call}

  3. Type /all_limits and see what it cost. Ctrl+C ends the sandbox{fate}.
"""


def main(keep: Path | None, environ: Mapping[str, str]) -> int:
    """Run the sandbox until SIGTERM or SIGINT; `keep` is a folder whose database stays."""
    if keep is not None:
        _made(keep)
        return looped(_run(keep.absolute(), environ, kept=True))
    with tempfile.TemporaryDirectory(prefix="latchkey-sandbox-") as folder:
        return looped(_run(Path(folder), environ, kept=False))


async def _run(folder: Path, environ: Mapping[str, str], *, kept: bool) -> int:
    stop = asyncio.Event()
    on_signals(stop)
    clock = TravelClock(folder / AHEAD if kept else None)
    discord = LoopbackDiscord(now=clock.seconds)
    discord.world.application["flags"] |= MESSAGE_CONTENT
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(discord.serve())
        settings = _settings(folder, environ, discord)
        upstreams = Row(WORD_SECONDS, UPSTREAM_KEY)
        file = await stack.enter_async_context(upstreams.served(settings.file))
        settings = replace(settings, file=file)
        if environ.get("LATCHKEY_CONFIG"):
            sys.stdout.write(REPLACED)
        redactor = Redactor()
        redactor.learn(*settings.unspeakable)
        set_up(settings.environment.log, redactor)
        page_socket = _page_socket(settings)
        stack.callback(page_socket.close)
        settings = _open_to(settings, page_socket.getsockname()[1])
        running: asyncio.Future[Process] = asyncio.get_running_loop().create_future()
        product = asyncio.create_task(
            serve(settings, frozenset(Part), redactor, stop, running.set_result, clock)
        )
        either: set[asyncio.Future[Any]] = {product, running}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            backstage = Backstage(running.result(), clock, discord.world)
            await _show(discord, backstage, page_socket, product, kept=kept)
        await product
    return 0


async def _show(
    discord: LoopbackDiscord,
    backstage: Backstage,
    page_socket: socket.socket,
    product: asyncio.Task[None],
    *,
    kept: bool,
) -> None:
    """Serve the page for as long as the product runs."""
    process = backstage.process
    await _furnish(process.house)
    ready = asyncio.create_task(process.answering())
    await asyncio.wait({ready, product}, return_when=asyncio.FIRST_COMPLETED)
    if product.done():
        ready.cancel()
        return
    api = process.public_url()
    visible = process.house.catalogue.visible()
    models = [model.id for model in visible if model.talks][:MOST_MODELS] or ["gpt-4o"]
    page = Page(discord, api, models=models, backstage=backstage)
    async with backstage.open(), serving(Starlette(routes=page.routes()), page_socket) as url:
        fate = "" if kept else " and forgets everything"
        call = first_call(api, models[0])
        sys.stdout.write(WELCOME.format(page=_openable(url), api=api, call=call, fate=fate))
        sys.stdout.flush()
        await asyncio.wait({product})


def _settings(folder: Path, environ: Mapping[str, str], discord: LoopbackDiscord) -> Settings:
    """Load the settings as the product does, its outside replaced by the loopback one."""
    read = {name: environ[name] for name in READ if environ.get(name)}
    if "LATCHKEY_CONFIG" in read:
        read["LATCHKEY_CONFIG"] = str(Path(read["LATCHKEY_CONFIG"]).absolute())
    else:
        read["LATCHKEY_CONFIG"] = str(_config(folder))
    host = read.get("LATCHKEY_HOST", "127.0.0.1")
    if host in EVERYWHERE:
        read["LATCHKEY_PUBLIC_URL"] = f"http://{EVERYWHERE[host]}:{read.get('LATCHKEY_PORT', 8080)}"
    read |= {"LATCHKEY_DATA": str(folder), "LATCHKEY_DISCORD_TOKEN": discord.token}
    settings = load(
        read,
        parts=frozenset(),
        cwd=folder,
        terminal=sys.stderr.isatty(),
        dotenv=False,
        upstream_key=UPSTREAM_KEY,
    )
    community = _community(settings.file.community)
    return replace(
        settings,
        environment=replace(settings.environment, discord_api_url=discord.api_url),
        file=settings.file.model_copy(update={"community": community}),
    )


def _community(written: Community) -> Community:
    """Put the loopback guild in place of the file's own, and leave the rest to `_furnish`."""
    ours = written.model_copy(update=HOME)
    ours.model_fields_set.update(HOME)
    ours.model_fields_set.difference_update(name.partition(".")[2] for name in FURNISHED)
    return ours


async def _furnish(house: House) -> None:
    """Choose the guild's channels and roles, unless staff of a kept sandbox have chosen."""
    if not any(map(house.community.changed, FURNISHED)):
        async with house.db.begin() as tx:
            await house.adjustments.change(tx, FURNISHED)


def _open_to(settings: Settings, page_port: int) -> Settings:
    """Let the page's own scripts call the API, as a web app of the community's would."""
    api = settings.file.api
    ours = tuple(f"http://{host}:{page_port}" for host in PAGE_HOSTS)
    opened = api.model_copy(update={"cors_origins": (*api.cors_origins, *ours)})
    return replace(settings, file=settings.file.model_copy(update={"api": opened}))


def _config(folder: Path) -> Path:
    """Return the folder's settings; the example's where there are none yet."""
    if not (config := folder / CONFIG).exists():
        config.write_text(example())
    return config


def _page_socket(settings: Settings) -> socket.socket:
    """Take the port after the API's, or any free one where the API's is free to choose too."""
    environment = settings.environment
    port = environment.port + 1 if environment.port else 0
    try:
        return listener(environment.host, port)
    except OSError as fault:
        raise StartFailed(
            f"Port {port} is needed for the page, but: {fault.strerror}. Set LATCHKEY_PORT to a "
            "port whose next one is free, or to 0."
        ) from None


def _openable(url: str) -> str:
    for everywhere, here in EVERYWHERE.items():
        url = url.replace(f"//{everywhere}:", f"//{here}:").replace(
            f"//[{everywhere}]:", f"//{here}:"
        )
    return url


def _made(folder: Path) -> None:
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as fault:
        raise StartFailed(f"{folder} cannot be used: {fault.strerror}.") from None
