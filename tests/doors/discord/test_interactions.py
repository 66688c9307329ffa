"""Commands, buttons, selects, modals and menus through the unmodified client library."""

import asyncio
import io
from typing import Literal

import aiohttp
import discord
import pytest
from discord import app_commands, ui

from bot.sandbox.discord.acts import Refused
from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.furniture import ADA, BEA, CHAT, COMMANDS, HOME, LOBBY, MO, STAFF
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.discord.world import Happening
from tests.doors.discord.conftest import Bot, online, point
from tests.fakes.schema import Schema

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (7).to_bytes(4, "big") + (5).to_bytes(4, "big")


async def test_a_command_is_answered_at_once(server: LoopbackDiscord, schema: Schema) -> None:
    bot = Bot()

    @bot.tree.command()
    async def hello(interaction: discord.Interaction, name: str, times: int = 1) -> None:
        """Say hello."""
        await interaction.response.send_message(f"hello {name}" * times)

    async with online(bot, server):
        asked = await server.acts.command(ADA, CHAT, "hello", {"name": "you", "times": "2"})
        answer = await server.acts.answer(asked)

    assert answer["content"] == "hello youhello you"
    assert answer["interaction"]["name"] == "hello"
    assert answer["interaction"]["user"]["username"] == "ada"
    assert answer["type"] == 20


async def test_the_first_acknowledgement_fixes_who_sees_the_reply(
    server: LoopbackDiscord, schema: Schema
) -> None:
    bot = Bot()

    @bot.tree.command()
    async def quiet(interaction: discord.Interaction) -> None:
        """Answer the asker alone."""
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send("only you", ephemeral=False)
        await interaction.followup.send("everybody")

    @bot.tree.command()
    async def loud(interaction: discord.Interaction) -> None:
        """Answer in public, whatever comes later."""
        await interaction.response.defer()
        await interaction.followup.send("a secret", ephemeral=True)

    seen: list[Happening] = []
    async with online(bot, server):
        server.world.listen(seen.append)
        private = await server.acts.answer(await server.acts.command(ADA, CHAT, "quiet"))
        public = await server.acts.answer(await server.acts.command(ADA, CHAT, "loud"))

    assert private["flags"] & 64
    assert not public["flags"] & 64
    assert public["content"] == "a secret"
    kinds = [(each.kind, each.seen_by) for each in seen]
    assert ("thinking", ADA) in kinds
    assert ("thinking", None) in kinds
    assert server.world.messages_in(CHAT, BEA) == [
        each for each in server.world.messages_in(CHAT, ADA) if not each["flags"] & 64
    ]


async def test_an_answer_grows_by_edits_and_settles_when_stop_is_gone(
    server: LoopbackDiscord, schema: Schema
) -> None:
    bot = Bot()

    @bot.tree.command()
    async def stream(interaction: discord.Interaction) -> None:
        """Write in pieces."""
        await interaction.response.defer()
        view = ui.View(timeout=None).add_item(ui.Button(label="Stop", custom_id="stop"))
        await interaction.edit_original_response(content="one", view=view)
        await interaction.edit_original_response(content="one two")
        await interaction.edit_original_response(content="one two three", view=None)

    edits: list[str] = []
    async with online(bot, server):
        server.world.listen(lambda h: edits.append(h.payload.get("content", "")))
        asked = await server.acts.command(ADA, CHAT, "stream")
        done = await server.acts.settled(asked)

    assert done["content"] == "one two three"
    assert done["components"] == []
    assert edits[-3:] == ["one", "one two", "one two three"]


async def test_options_of_every_type_arrive_resolved(
    server: LoopbackDiscord, schema: Schema
) -> None:
    bot = Bot()
    got: dict[str, object] = {}

    @bot.tree.command()
    async def every(
        interaction: discord.Interaction,
        word: Literal["a", "b"],
        many: app_commands.Range[int, 1, 5],
        ratio: float,
        yes: bool,
        who: discord.Member,
        anyone: discord.User,
        role: discord.Role,
        where: discord.TextChannel,
        picture: discord.Attachment,
    ) -> None:
        """Take one of each."""
        got.update(
            word=word,
            many=many,
            ratio=ratio,
            yes=yes,
            who=(who.id, [r.id for r in who.roles], who.guild_permissions.moderate_members),
            anyone=anyone.id,
            role=role.name,
            where=where.name,
            picture=(picture.filename, picture.width, picture.content_type, await picture.read()),
            own=interaction.permissions.send_messages,
        )
        await interaction.response.send_message("thanks")

    options = {
        "word": "a",
        "many": 3,
        "ratio": 0.5,
        "yes": "true",
        "who": MO,
        "anyone": f"<@{BEA}>",
        "role": 2101,
        "where": COMMANDS,
        "picture": Upload("my cat.png", PNG, "image/png"),
    }
    async with online(bot, server):
        await server.acts.answer(await server.acts.command(ADA, CHAT, "every", options))

    assert got == {
        "word": "a",
        "many": 3,
        "ratio": 0.5,
        "yes": True,
        "who": (MO, [HOME, 2001], True),
        "anyone": BEA,
        "role": "Level 1",
        "where": "commands",
        "picture": ("my_cat.png", 7, "image/png", PNG),
        "own": True,
    }


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"many": 9},
        {"many": "no number"},
        {"many": 1, "word": "c"},
        {"many": 1, "what": 1},
        {"many": 1, "where": STAFF},
        {"many": 1, "text": "abc"},
    ],
)
async def test_options_that_break_their_own_rules_never_reach_the_bot(
    server: LoopbackDiscord, options: dict[str, object]
) -> None:
    bot = Bot()

    @bot.tree.command()
    async def strict(
        interaction: discord.Interaction,
        many: app_commands.Range[int, 1, 5],
        word: Literal["a", "b"] = "a",
        where: discord.TextChannel | None = None,
        text: app_commands.Range[str, 5, 9] = "fives",
    ) -> None:
        """Take few."""

    async with online(bot, server):
        with pytest.raises(Refused):
            await server.acts.command(ADA, CHAT, "strict", options)

    assert server.world.interactions == {}


async def test_a_guilds_own_command_is_nowhere_else_and_only_for_who_may(
    server: LoopbackDiscord,
) -> None:
    bot = Bot()
    staff = app_commands.Group(
        name="staff",
        description="For moderators",
        guild_ids=[HOME],
        default_permissions=discord.Permissions(moderate_members=True),
    )

    @staff.command()
    async def act(interaction: discord.Interaction) -> None:
        """Act."""
        await interaction.response.send_message("done", ephemeral=True)

    bot.tree.add_command(staff)

    async with online(bot, server):
        with pytest.raises(Refused):
            await server.acts.command(BEA, LOBBY, "staff act")
        with pytest.raises(Refused):
            await server.acts.command(ADA, CHAT, "staff act")
        with pytest.raises(Refused):
            await server.acts.command(MO, STAFF, "staff")
        done = await server.acts.answer(await server.acts.command(MO, STAFF, "staff act"))
        forged = await server.acts.command(ADA, CHAT, "staff act", forged=True)
        reached = await server.acts.answer(forged)

    assert (done["content"], reached["content"]) == ("done", "done")


async def test_choices_are_offered_while_one_types(server: LoopbackDiscord, schema: Schema) -> None:
    bot = Bot()

    @bot.tree.command()
    async def pick(interaction: discord.Interaction, model: str, size: int = 0) -> None:
        """Pick a model."""

    @pick.autocomplete("model")
    async def offer(
        interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        size = interaction.namespace.size
        return [app_commands.Choice(name=f"{current}-{size}", value=current)]

    async with online(bot, server):
        offered = await server.acts.autocomplete(
            ADA, CHAT, "pick", {"model": "gpt", "size": 3}, "model"
        )

    assert offered == [{"name": "gpt-3", "value": "gpt"}]


async def test_a_button_edits_its_message_and_answers_its_presser(
    server: LoopbackDiscord, schema: Schema
) -> None:
    bot = Bot()

    class Panel(ui.View):
        @ui.button(label="Press", custom_id="press")
        async def press(self, interaction: discord.Interaction, _: ui.Button) -> None:
            await interaction.response.edit_message(content="pressed", view=None)
            await interaction.followup.send("you did", ephemeral=True)

    @bot.tree.command()
    async def panel(interaction: discord.Interaction) -> None:
        """Show a button."""
        await interaction.response.send_message("press me", view=Panel(), ephemeral=True)

    async with online(bot, server):
        asked = await server.acts.command(ADA, CHAT, "panel")
        shown = await server.acts.answer(asked)
        with pytest.raises(Refused):
            await server.acts.press(BEA, int(shown["id"]), "press")
        pressed = await server.acts.press(ADA, int(shown["id"]), "press")
        edited = await server.acts.answer(pressed)
        followed = await server.world.interactions[pressed].until(
            lambda: ([*server.acts.replies(pressed), None])[1], 5
        )
        with pytest.raises(Refused):
            await server.acts.press(ADA, int(shown["id"]), "press")

    assert edited["id"] == shown["id"]
    assert (edited["content"], edited["components"]) == ("pressed", [])
    assert followed["content"] == "you did"
    assert followed["flags"] & 64


async def test_selects_of_every_type_give_what_was_picked(
    server: LoopbackDiscord, schema: Schema
) -> None:
    bot = Bot()
    picked: list[list[str]] = []

    class Panel(ui.View):
        @ui.select(
            custom_id="words",
            max_values=2,
            options=[discord.SelectOption(label=each) for each in ("a", "b", "c")],
        )
        async def words(self, interaction: discord.Interaction, select: ui.Select) -> None:
            picked.append(select.values)
            await interaction.response.defer()
            await interaction.edit_original_response(content="a word")

        @ui.select(cls=ui.UserSelect, custom_id="who")
        async def who(self, interaction: discord.Interaction, select: ui.UserSelect) -> None:
            picked.append([each.name for each in select.values])
            await interaction.response.edit_message(content="a person")

        @ui.select(cls=ui.RoleSelect, custom_id="role")
        async def role(self, interaction: discord.Interaction, select: ui.RoleSelect) -> None:
            picked.append([each.name for each in select.values])
            await interaction.response.edit_message(content="a role")

        @ui.select(cls=ui.ChannelSelect, custom_id="where")
        async def where(self, interaction: discord.Interaction, select: ui.ChannelSelect) -> None:
            picked.append([each.name for each in select.values])
            await interaction.response.edit_message(content="a channel")

    async with online(bot, server):
        chat = bot.get_channel(CHAT)
        assert isinstance(chat, discord.TextChannel)
        key = (await chat.send("pick", view=Panel())).id
        for custom_id, values in (
            ("words", ["c", "a"]),
            ("who", [str(MO)]),
            ("role", ["2102"]),
            ("where", [str(COMMANDS)]),
        ):
            await server.acts.answer(await server.acts.press(ADA, key, custom_id, values))
        with pytest.raises(Refused):
            await server.acts.press(ADA, key, "words", ["d"])
        with pytest.raises(Refused):
            await server.acts.press(ADA, key, "words", [])

    assert picked == [["c", "a"], ["mo"], ["Level 2"], ["commands"]]
    assert server.world.messages[key]["content"] == "a channel"


async def test_a_modal_is_shown_and_sent(server: LoopbackDiscord, schema: Schema) -> None:
    bot = Bot()
    filled: dict[str, object] = {}

    class Form(ui.Modal, title="Tell us"):
        reason = ui.Label(text="Why", component=ui.TextInput(custom_id="why", max_length=20))
        level = ui.Label(
            text="Level",
            component=ui.Select(
                custom_id="level", options=[discord.SelectOption(label=x) for x in "123"]
            ),
        )
        proof = ui.Label(text="Proof", component=ui.FileUpload(custom_id="proof", required=False))

        async def on_submit(self, interaction: discord.Interaction) -> None:
            filled["why"] = self.reason.component.value
            filled["level"] = self.level.component.values
            filled["proof"] = [file.filename for file in self.proof.component.values]
            await interaction.response.send_message("noted", ephemeral=True)

    @bot.tree.command()
    async def form(interaction: discord.Interaction) -> None:
        """Open a form."""
        await interaction.response.send_modal(Form())

    async with online(bot, server):
        opened = await server.acts.command(ADA, CHAT, "form")
        modal = await server.acts.modal(opened)
        with pytest.raises(Refused):
            await server.acts.answer(opened)
        for wrong in ({"level": ["1"]}, {"why": "x" * 21, "level": ["1"]}, {"nothing": "x"}):
            with pytest.raises(Refused):
                await server.acts.submit(ADA, opened, wrong)
        fields = {"why": "because", "level": "2", "proof": [Upload("a.txt", b"proof")]}
        with pytest.raises(Refused):
            await server.acts.submit(BEA, opened, fields)
        noted = await server.acts.answer(await server.acts.submit(ADA, opened, fields))

    assert (modal["title"], modal["id"]) == ("Tell us", str(opened))
    assert noted["content"] == "noted"
    assert filled == {"why": "because", "level": ["2"], "proof": ["a.txt"]}


async def test_the_menus_on_people_and_messages(server: LoopbackDiscord, schema: Schema) -> None:
    bot = Bot()

    @bot.tree.context_menu(name="Greet")
    async def greet(interaction: discord.Interaction, member: discord.Member) -> None:
        await interaction.response.send_message(f"hi {member.name}")

    @bot.tree.context_menu(name="Quote")
    async def quote(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"> {message.content}")

    async with online(bot, server):
        said = await server.acts.say(ADA, CHAT, "wise words")
        greeted = await server.acts.answer(await server.acts.menu(ADA, CHAT, "Greet", MO))
        quoted = await server.acts.answer(await server.acts.menu(ADA, CHAT, "Quote", said))
        with pytest.raises(Refused):
            await server.acts.menu(ADA, CHAT, "Greet", said)

    assert (greeted["content"], quoted["content"]) == ("hi mo", "> wise words")
    assert greeted["type"] == 23


async def test_commands_work_in_direct_messages_unless_they_are_for_guilds_only(
    server: LoopbackDiscord, schema: Schema
) -> None:
    bot = Bot()

    @bot.tree.command()
    async def where(interaction: discord.Interaction) -> None:
        """Tell where."""
        await interaction.response.send_message(f"{interaction.guild_id} {interaction.user.name}")

    @bot.tree.command()
    @app_commands.guild_only()
    async def inside(interaction: discord.Interaction) -> None:
        """Work in guilds."""

    async with online(bot, server):
        dm = server.acts.dm(ADA)
        answer = await server.acts.answer(await server.acts.command(ADA, dm, "where"))
        with pytest.raises(Refused):
            await server.acts.command(ADA, dm, "inside")

    assert answer["content"] == "None ada"


async def test_a_file_comes_with_an_answer_and_can_be_fetched(
    server: LoopbackDiscord, schema: Schema
) -> None:
    bot = Bot()

    @bot.tree.command()
    async def chart(interaction: discord.Interaction) -> None:
        """Draw."""
        await interaction.response.defer(ephemeral=True)
        file = discord.File(io.BytesIO(PNG), "chart.png", description="a chart")
        embed = discord.Embed(title="Usage").set_image(url="attachment://chart.png")
        message = await interaction.followup.send(embed=embed, file=file, wait=True)
        kept = message.attachments
        extra = discord.File(io.BytesIO("text ✓".encode()), "notes.txt")
        await interaction.edit_original_response(content="both", attachments=[*kept, extra])

    async with online(bot, server), aiohttp.ClientSession() as http:
        asked = await server.acts.command(ADA, CHAT, "chart")
        answer = await server.acts.settled(asked, done=lambda m: m["content"] == "both")
        first, second = answer["attachments"]
        async with http.get(first["url"]) as response:
            picture = await response.read()
        async with http.get(second["url"]) as response:
            notes = await response.text()

    assert picture == PNG
    assert notes == "text ✓"
    assert (first["width"], first["height"], first["description"]) == (7, 5, "a chart")
    assert answer["embeds"][0]["image"]["url"] == first["url"]
    assert second["content_type"] == "text/plain; charset=utf-8"


async def test_a_bot_that_stays_silent_is_said_to_have_not_responded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bot = Bot()
    late: list[discord.NotFound] = []
    expired, tried = asyncio.Event(), asyncio.Event()

    @bot.tree.command()
    async def slow(interaction: discord.Interaction) -> None:
        """Think too long."""
        await expired.wait()
        try:
            await interaction.response.send_message("finally")
        except discord.NotFound as refusal:
            late.append(refusal)
        tried.set()

    told: list[Happening] = []
    async with LoopbackDiscord(ack_seconds=0.05, limited=False).serve() as server:
        point(monkeypatch, server)
        async with online(bot, server):
            server.world.listen(told.append)
            asked = await server.acts.command(ADA, CHAT, "slow")
            with pytest.raises(Refused, match="did not respond"):
                await server.acts.answer(asked)
            expired.set()
            await asyncio.wait_for(tried.wait(), 5)

    assert late[0].code == 10062
    assert (told[0].kind, told[0].seen_by, told[0].payload["command"]) == ("refused", ADA, "slow")


async def test_a_second_acknowledgement_is_refused_with_40060(server: LoopbackDiscord) -> None:
    bot = Bot()
    codes: list[int] = []

    @bot.tree.command()
    async def twice(interaction: discord.Interaction) -> None:
        """Answer twice."""
        await interaction.response.defer()
        interaction.response._response_type = None
        try:
            await interaction.response.send_message("again")
        except discord.HTTPException as refusal:
            codes.append(refusal.code)
        await interaction.followup.send("done")

    async with online(bot, server):
        await server.acts.answer(await server.acts.command(ADA, CHAT, "twice"))

    assert codes == [40060]


async def test_the_interactions_token_dies_after_fifteen_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bot = Bot()
    hours = [1_800_000_000.0]
    codes: list[int] = []
    gate, tried = asyncio.Event(), asyncio.Event()

    @bot.tree.command()
    async def long(interaction: discord.Interaction) -> None:
        """Take its time."""
        await interaction.response.send_message("started")
        await gate.wait()
        for act in (interaction.followup.send, interaction.edit_original_response):
            try:
                await act(content="too late")
            except discord.HTTPException as refusal:
                codes.append(refusal.code)
        tried.set()

    async with LoopbackDiscord(now=lambda: hours[0], limited=False).serve() as server:
        point(monkeypatch, server)
        async with online(bot, server):
            await server.acts.answer(await server.acts.command(ADA, CHAT, "long"))
            hours[0] += 901
            gate.set()
            await asyncio.wait_for(tried.wait(), 5)

    assert codes == [50027, 50027]


async def test_replies_can_be_read_back_and_deleted(
    server: LoopbackDiscord, schema: Schema
) -> None:
    bot = Bot()
    read: list[str] = []
    done = asyncio.Event()

    @bot.tree.command()
    async def tidy(interaction: discord.Interaction) -> None:
        """Answer and tidy up."""
        await interaction.response.send_message("first")
        extra = await interaction.followup.send("second", wait=True)
        await extra.edit(content="second, edited")
        read.append((await interaction.original_response()).content)
        await extra.delete()
        await interaction.delete_original_response()
        done.set()

    gone: list[str] = []
    async with online(bot, server):
        server.world.listen(lambda h: gone.append(h.kind) if "delete" in h.kind else None)
        asked = await server.acts.command(ADA, CHAT, "tidy")
        await asyncio.wait_for(done.wait(), 5)

    assert read == ["first"]
    assert gone == ["message_delete", "message_delete"]
    assert server.acts.replies(asked) == []


async def test_answers_discord_would_not_take_leave_the_interaction_open(
    server: LoopbackDiscord,
) -> None:
    bot = Bot()
    codes: list[int] = []

    @bot.tree.command()
    async def odd(interaction: discord.Interaction) -> None:
        """Answer oddly, then well."""
        for body in (
            {"type": 7, "data": {"content": "nothing to update"}},
            {"type": 99},
            {"type": 4, "data": {"content": "x" * 2001}},
            {"type": 4, "data": {}},
            {"type": 9, "data": {"title": "T", "custom_id": "m", "components": []}},
        ):
            route = discord.http.Route(
                "POST", f"/interactions/{interaction.id}/{interaction.token}/callback"
            )
            try:
                await bot.http.request(route, json=body)
            except discord.HTTPException as refusal:
                codes.append(refusal.code)
        await interaction.response.send_message("well")

    async with online(bot, server):
        answer = await server.acts.answer(await server.acts.command(ADA, CHAT, "odd"))

    assert codes == [50035, 50035, 50035, 50006, 50035]
    assert answer["content"] == "well"


async def test_only_an_interactions_own_messages_are_its_webhooks(
    server: LoopbackDiscord,
) -> None:
    bot = Bot()
    codes: list[int] = []

    @bot.tree.command()
    async def reach(interaction: discord.Interaction) -> None:
        """Reach too far."""
        other = await interaction.channel.send("not yours")
        own = f"/webhooks/{bot.application_id}/{interaction.token}"
        try:
            await bot.http.request(discord.http.Route("GET", f"{own}/messages/@original"))
        except discord.HTTPException as refusal:
            codes.append(refusal.code)
        await interaction.response.send_message("mine")
        for path in (
            f"{own}/messages/{other.id}",
            f"/webhooks/{bot.application_id}/unknown/messages/@original",
            f"/webhooks/4711/{interaction.token}/messages/@original",
        ):
            try:
                await bot.http.request(discord.http.Route("GET", path))
            except discord.HTTPException as refusal:
                codes.append(refusal.code)
        await interaction.followup.send("done")

    async with online(bot, server):
        asked = await server.acts.command(ADA, CHAT, "reach")
        await server.world.interactions[asked].until(
            lambda: True if len(server.acts.replies(asked)) == 2 else None, 5
        )

    assert codes == [10015, 10008, 50027, 10015]


async def test_people_press_and_see_only_what_is_there(server: LoopbackDiscord) -> None:
    bot = Bot()

    @bot.tree.command()
    async def panel(interaction: discord.Interaction) -> None:
        """Show two buttons, one of them resting."""
        view = ui.View(timeout=None)
        view.add_item(ui.Button(label="Rests", custom_id="rests", disabled=True))
        await interaction.response.send_message("x", view=view)

    async with online(bot, server):
        shown = await server.acts.answer(await server.acts.command(MO, STAFF, "panel"))
        key = int(shown["id"])
        for who, message, custom_id in (
            (MO, key, "rests"),
            (MO, key, "unknown"),
            (ADA, key, "rests"),
            (MO, 4711, "rests"),
        ):
            with pytest.raises(Refused):
                await server.acts.press(who, message, custom_id)
        for act in (
            server.acts.command(ADA, STAFF, "panel"),
            server.acts.command(MO, STAFF, "panel", guild_id=1002),
            server.acts.command(MO, STAFF, "panel deeper"),
            server.acts.command(MO, STAFF, "unknown"),
            server.acts.autocomplete(MO, STAFF, "panel", {}, "nothing"),
        ):
            with pytest.raises(Refused):
                await act
        with pytest.raises(TimeoutError, match="no answer"):
            pressed = await server.acts.command(MO, STAFF, "panel")
            await server.acts.settled(pressed, done=lambda _: False, timeout=0.05)
