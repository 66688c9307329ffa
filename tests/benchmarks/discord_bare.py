"""A bare bot of the same library: it acknowledges and answers, and nothing is behind it.

`python -m tests.benchmarks.discord_bare <Discord's API> <upstream>` connects with the token in
LATCHKEY_DISCORD_TOKEN, says so, and runs until it is ended. /chat streams from the upstream and
edits its answer as often as Latchkey does.
"""

import asyncio
import os
import sys
import time

import aiohttp
import discord
import orjson
import uvloop
from discord import app_commands, ui

from bot.cogs import gateway
from bot.cogs.chat.pace import USUAL
from tests.benchmarks.http_targets import settle_down
from tests.fakes.program import UPSTREAM_KEY, asking

BLOCKS = ("## A title\n" + "A line of some length. " * 4, "### More\n" + "- another line\n" * 8)


def card() -> ui.LayoutView:
    """Draw a panel as large as those of Latchkey."""
    inner = ui.Container[ui.LayoutView](accent_colour=0x4C8BF5)
    for block in BLOCKS:
        inner.add_item(ui.TextDisplay(block))
        inner.add_item(ui.Separator())
    inner.add_item(ui.ActionRow(*(ui.Button(label="Press", custom_id=f"b{n}") for n in range(3))))
    view = ui.LayoutView(timeout=None)
    view.add_item(inner)
    return view


class Bare(discord.AutoShardedClient):
    """Answers with what it always answers."""

    def __init__(self, upstream: str) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
        )
        self.url = f"{upstream}/v1/chat/completions"
        self.tree = app_commands.CommandTree(self)
        for name in ("gen_key", "show_key", "all_limits"):
            self.tree.add_command(app_commands.Command(name=name, description="-", callback=shown))
        self.tree.add_command(app_commands.Command(name="chat", description="-", callback=chat))

    async def setup_hook(self) -> None:
        """Tell Discord the commands."""
        self.http_upstream = aiohttp.ClientSession()
        await self.tree.sync()

    async def on_ready(self) -> None:
        """Say that commands are answered."""
        settle_down()
        sys.stderr.write("connected to Discord\n")
        sys.stderr.flush()

    async def stream(self, prompt: str) -> "Growing":
        """Begin a streamed answer."""
        growing = Growing()
        growing.task = asyncio.create_task(self._read(growing, prompt))
        return growing

    async def _read(self, growing: "Growing", prompt: str) -> None:
        headers = {"authorization": f"Bearer {UPSTREAM_KEY}"}
        asked = asking(prompt, stream=True)
        async with self.http_upstream.post(self.url, json=asked, headers=headers) as response:
            async for line in response.content:
                if line.startswith(b"data: {") and (event := orjson.loads(line[6:]))["choices"]:
                    growing.text += event["choices"][0]["delta"].get("content") or ""


class Growing:
    """An answer so far."""

    text = ""
    task: asyncio.Task[None]


async def shown(interaction: discord.Interaction[Bare]) -> None:
    """Acknowledge, then show the panel."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    await interaction.followup.send(view=card(), ephemeral=True)


async def chat(interaction: discord.Interaction[Bare], prompt: str) -> None:
    """Acknowledge, then show what an upstream says while it grows."""
    await interaction.response.defer(thinking=True)
    growing = await interaction.client.stream(prompt)
    stop = ui.View().add_item(ui.Button(label="Stop", custom_id="stop"))
    edits = 0
    while not growing.task.done():
        await asyncio.wait([growing.task], timeout=USUAL.gap(edits) if edits else USUAL.first)
        edits += 1
        text, view = growing.text[:1_900] or "-", None if growing.task.done() else stop
        await interaction.edit_original_response(content=text, view=view)


async def main(api_url: str, upstream: str) -> None:
    """Connect and stay."""
    began = time.perf_counter()
    gateway.use_base(api_url)
    async with Bare(upstream) as bare:
        await bare.login(os.environ["LATCHKEY_DISCORD_TOKEN"])
        await gateway.find_gateway(bare)
        await bare.connect()
    sys.stderr.write(f"left after {time.perf_counter() - began:.0f} s\n")


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
