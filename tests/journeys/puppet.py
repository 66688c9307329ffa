"""A small bot of the tests' own: one command for each thing the page has to show."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import discord
import yarl
from discord import app_commands, ui
from discord.gateway import DiscordWebSocket
from discord.http import Route

CITIES = ("Amsterdam", "Athens", "Berlin", "Bern")
KEY = "lk_0123456789"
LANGUAGES = [discord.SelectOption(label=each, value=each.lower()) for each in ("Python", "Go")]


class Buttons(ui.View):
    """A button that answers, one that never does, and two selects."""

    @ui.button(label="Answer", custom_id="answer")
    async def answer(self, interaction: discord.Interaction, _: Any) -> None:
        await interaction.response.edit_message(content="Pressed.")

    @ui.button(label="Silence", custom_id="silence", style=discord.ButtonStyle.danger)
    async def silence(self, interaction: discord.Interaction, _: Any) -> None:
        pass

    @ui.select(placeholder="One language", options=LANGUAGES, custom_id="one")
    async def one(self, interaction: discord.Interaction, menu: ui.Select[Any]) -> None:
        await interaction.response.send_message(f"One: {menu.values[0]}")

    @ui.select(placeholder="All languages", options=LANGUAGES, max_values=2, custom_id="all")
    async def both(self, interaction: discord.Interaction, menu: ui.Select[Any]) -> None:
        await interaction.response.send_message(f"All: {', '.join(menu.values)}")


class Stopping(ui.View):
    """The button under an answer that is still being written."""

    def __init__(self, stop: asyncio.Event) -> None:
        super().__init__(timeout=None)
        self.stopped = stop

    @ui.button(label="Stop", style=discord.ButtonStyle.danger, custom_id="stop")
    async def stop_writing(self, interaction: discord.Interaction, _: Any) -> None:
        await interaction.response.defer()
        self.stopped.set()


class Form(ui.Modal, title="Why?"):
    """A modal with a long text and a select."""

    reason = ui.TextInput[Any](label="Reason", style=discord.TextStyle.long, min_length=3)
    language = ui.Label[Any](text="Language", component=ui.Select(options=LANGUAGES))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        chosen = self.language.component
        assert isinstance(chosen, ui.Select)
        await interaction.response.send_message(
            f"Because: {self.reason.value} ({chosen.values[0]})"
        )


class Wishes(ui.Modal, title="Everything at once"):
    """A modal with every kind of field that is no text."""

    picture = ui.Label[Any](text="Picture", component=ui.FileUpload(required=False, max_values=2))
    size = ui.Label[Any](
        text="Size",
        component=ui.RadioGroup(
            options=[discord.RadioGroupOption(label=each, value=each) for each in ("S", "M")]
        ),
    )
    extras = ui.Label[Any](
        text="Extras",
        component=ui.CheckboxGroup(
            options=[discord.CheckboxGroupOption(label=each, value=each) for each in ("a", "b")]
        ),
    )
    loud = ui.Label[Any](text="Loud", component=ui.Checkbox())
    friend = ui.Label[Any](text="Friend", component=ui.UserSelect(required=False))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        parts = [
            [each.filename for each in self.picture.component.values],
            self.size.component.value,
            self.extras.component.values,
            self.loud.component.value,
            [each.display_name for each in self.friend.component.values],
        ]
        await interaction.response.send_message(" ".join(map(str, parts)))


class Picking(ui.View):
    """A select for each thing a community has."""

    @ui.select(cls=ui.UserSelect, placeholder="People", max_values=2, custom_id="people")
    async def people(self, interaction: discord.Interaction, menu: Any) -> None:
        await told(interaction, [each.display_name for each in menu.values])

    @ui.select(cls=ui.RoleSelect, placeholder="A role", custom_id="role")
    async def role(self, interaction: discord.Interaction, menu: Any) -> None:
        await told(interaction, [each.name for each in menu.values])

    @ui.select(cls=ui.ChannelSelect, placeholder="A channel", custom_id="channel")
    async def channel(self, interaction: discord.Interaction, menu: Any) -> None:
        await told(interaction, [each.name for each in menu.values])


async def told(interaction: discord.Interaction, names: list[str]) -> None:
    """Say what was picked."""
    await interaction.response.send_message(f"Picked: {', '.join(names)}")


class Panel(ui.LayoutView):
    """Everything of Components V2 that the page knows."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        button = ui.Button[Any](label="In section", custom_id="section")
        self.add_item(
            ui.Container(
                ui.TextDisplay("## Your panel"),
                ui.Section(ui.TextDisplay("A **section**"), accessory=button),
                ui.Separator(),
                ui.MediaGallery(
                    discord.MediaGalleryItem("attachment://dot.png", description="Dot")
                ),
                ui.File("attachment://notes.txt"),
                accent_colour=0xE5B454,
            )
        )


class Puppet(discord.Client):
    """The bot itself; `seen` is what reached it."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.default(), guild_ready_timeout=0.1)
        self.tree = app_commands.CommandTree(self)
        self.seen: list[Any] = []
        self.stop = asyncio.Event()
        for command in COMMANDS:
            self.tree.add_command(command)

    async def setup_hook(self) -> None:
        await self.tree.sync()


Asked = discord.Interaction[Puppet]


@app_commands.command()
async def hello(interaction: Asked) -> None:
    """Answer for you alone"""
    await interaction.response.defer(ephemeral=True)
    await interaction.followup.send(f"Hidden: ||{KEY}||\n```py\nkey = '{KEY}'\n```")


@app_commands.command()
@app_commands.choices(mode=[app_commands.Choice(name=n, value=n) for n in ("tokens", "requests")])
async def mode(interaction: Asked, mode: str, who: discord.Member | None = None) -> None:
    """Choose a mode"""
    await interaction.response.send_message(f"Mode {mode} for {who.display_name if who else 'all'}")


@app_commands.command()
async def travel(interaction: Asked, city: str, nights: app_commands.Range[int, 1, 9] = 1) -> None:
    """Go somewhere"""
    await interaction.response.send_message(f"{nights} in {city}")


@travel.autocomplete("city")
async def cities(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the cities that begin so."""
    fitting = [each for each in CITIES if each.lower().startswith(typed.lower())]
    return [app_commands.Choice(name=each, value=each) for each in fitting]


@app_commands.command()
async def buttons(interaction: Asked) -> None:
    """Show buttons and selects"""
    embed = discord.Embed(title="A card", description="With **words**", colour=0x25774A)
    embed.add_field(name="Field", value="Value")
    await interaction.response.send_message("Press one.", embed=embed, view=Buttons(timeout=None))


@app_commands.command()
async def form(interaction: Asked) -> None:
    """Open a form"""
    await interaction.response.send_modal(Form())


@app_commands.command()
async def panel(interaction: Asked) -> None:
    """Show a panel of the second version"""
    dot = discord.File(BytesIO(DOT), "dot.png")
    notes = discord.File(BytesIO(b"some notes"), "notes.txt")
    await interaction.response.send_message(view=Panel(), files=[dot, notes])


@app_commands.command()
async def write(interaction: Asked) -> None:
    """Write until stopped"""
    bot = interaction.client
    await interaction.response.defer()
    message = await interaction.followup.send("one", view=Stopping(bot.stop), wait=True)
    await message.edit(content="one two")
    await bot.stop.wait()
    await message.edit(content="one two, stopped", view=None)


@app_commands.command()
async def show(interaction: Asked, text: str) -> None:
    """Say it back"""
    await interaction.response.send_message(text.replace("\\n", "\n"))


@app_commands.command()
async def files(interaction: Asked, file: discord.Attachment) -> None:
    """Send a file back"""
    interaction.client.seen.append(await file.read())
    await interaction.response.send_message(file=await file.to_file())


@app_commands.command()
@app_commands.default_permissions(moderate_members=True)
async def staff(interaction: Asked) -> None:
    """Only moderators see this"""
    await interaction.response.send_message("Hello, staff.")


@app_commands.command()
async def card(interaction: Asked, name: str) -> None:
    """Think, then show a card taller than most"""
    await interaction.response.defer(ephemeral=True)
    view = ui.LayoutView(timeout=None)
    lines = "\n".join(f"Line {line} of {name}" for line in range(25))
    view.add_item(ui.Container(ui.TextDisplay(lines), ui.TextDisplay(f"The foot of {name}.")))
    await interaction.followup.send(view=view, ephemeral=True)


@app_commands.command()
@app_commands.guild_only()
async def gen_key(interaction: Asked) -> None:
    """Hand out a key"""
    await interaction.response.send_message(f"Your key is {KEY}.", ephemeral=True)


@app_commands.context_menu(name="Inspect")
async def inspect(interaction: Asked, message: discord.Message) -> None:
    """Say how long a message is."""
    await interaction.response.send_message(f"{len(message.content)} characters")


@app_commands.context_menu(name="Greet")
async def greet(interaction: Asked, user: discord.User) -> None:
    """Greet somebody."""
    await interaction.response.send_message(f"Hello, {user.display_name}.")


@app_commands.command()
async def wishes(interaction: Asked) -> None:
    """Open a form with everything"""
    await interaction.response.send_modal(Wishes())


@app_commands.command()
async def pick(interaction: Asked) -> None:
    """Show a select for each thing"""
    await interaction.response.send_message("Pick.", view=Picking(timeout=None))


@app_commands.command()
async def gallery(interaction: Asked) -> None:
    """Send two pictures"""
    dots = [discord.File(BytesIO(DOT), f"{name}.png", description=name) for name in ("one", "two")]
    await interaction.response.send_message(files=dots)


@app_commands.command()
async def thread(interaction: Asked) -> None:
    """Answer, and go on in a thread"""
    await interaction.response.send_message("It goes on below.")
    shown = await interaction.original_response()
    channel = interaction.channel
    assert isinstance(channel, discord.TextChannel)
    message = await channel.fetch_message(shown.id)
    opened = await message.create_thread(name="Below")
    await opened.send("Here.")


COMMANDS: tuple[Any, ...] = (
    *(hello, mode, travel, buttons, form, panel, write, show, files, staff, card, gen_key),
    *(wishes, pick, gallery, thread, inspect, greet),
)

DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c6378ba250400046f01ee193ed71e0000000049454e44ae426082"
)


@asynccontextmanager
async def connected(api_url: str, gateway: str, token: str) -> AsyncIterator[Puppet]:
    """Connect the bot and wait until it is ready and its commands are known."""
    Route.BASE = api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    bot = Puppet()
    async with bot, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(bot.start(token))
        await bot.wait_until_ready()
        yield bot
        bot.stop.set()
        await bot.close()
        running.cancel()
