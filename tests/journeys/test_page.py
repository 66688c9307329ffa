"""The sandbox page in a real browser: what a newcomer sees, types and presses."""

import re

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from bot.sandbox.discord import furniture
from bot.sandbox.page.page import first_call
from tests.journeys.conftest import API, Sandbox, Visit
from tests.journeys.hands import VERA, be, composer, last, option, run
from tests.journeys.looks import CONTRAST, NAMELESS, TOO_WIDE, TWICE
from tests.journeys.puppet import KEY

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARDS = ("one", "two", "three", "four", "five", "six")


async def test_a_private_answer_is_seen_by_its_reader_alone_and_gone_after_a_reload(
    page: Page,
) -> None:
    await run(page, "/hello")
    await expect(last(page)).to_contain_text("Hidden:")
    await expect(last(page).get_by_test_id("only-you")).to_be_visible()
    await expect(last(page)).to_contain_text("Ada used /hello")

    await be(page, "Bea")
    await expect(page.get_by_test_id("message")).to_have_count(0)
    await be(page, "Ada")
    await expect(last(page)).to_contain_text("Hidden:")
    await page.reload()
    await expect(page.locator("body[data-connected=true]")).to_be_visible()

    await expect(page.get_by_test_id("room-name")).to_contain_text("chat")
    await expect(page.get_by_test_id("message")).to_have_count(0)


async def test_a_dismissed_answer_stays_away(page: Page) -> None:
    await run(page, "/hello")
    await last(page).get_by_role("button", name="Dismiss").click()
    await expect(page.get_by_test_id("message")).to_have_count(0)

    await be(page, "Mo")
    await be(page, "Ada")

    await expect(page.get_by_test_id("message")).to_have_count(0)


async def test_a_code_block_is_copied_and_a_spoiler_opens_by_keyboard(page: Page) -> None:
    await run(page, "/hello")
    await last(page).get_by_test_id("copy").click()
    await expect(last(page).get_by_test_id("copy")).to_have_text("Copied")
    spoiler = last(page).get_by_test_id("spoiler")
    await expect(spoiler).not_to_have_attribute("data-open", "true")
    await spoiler.press("Enter")

    await expect(spoiler).to_have_attribute("data-open", "true")
    await expect(spoiler).to_have_text(KEY)
    assert await page.evaluate("navigator.clipboard.readText()") == f"key = '{KEY}'"


async def test_the_palette_opens_with_a_slash_and_is_walked_by_keyboard(page: Page) -> None:
    await page.get_by_test_id("log").focus()
    await page.keyboard.press("/")
    palette = page.get_by_test_id("suggestions")
    await expect(palette.get_by_role("option")).to_have_count(15)
    await expect(composer(page)).to_have_attribute("aria-expanded", "true")
    first = palette.get_by_role("option", name="/buttons")
    await expect(first).to_have_attribute("aria-selected", "true")
    active = await first.get_attribute("id")
    await expect(composer(page)).to_have_attribute("aria-activedescendant", active or "")

    await page.keyboard.press("ArrowUp")
    await expect(palette.get_by_role("option", name="/write")).to_have_attribute(
        "aria-selected", "true"
    )
    await page.keyboard.press("Escape")
    await expect(palette).to_be_hidden()
    await composer(page).fill("/mo")
    await page.keyboard.press("Tab")

    await expect(page.get_by_test_id("call-name")).to_have_text("/mode")
    await expect(option(page, "mode")).to_be_focused()


async def test_send_does_with_a_bare_command_what_enter_does(page: Page) -> None:
    error = page.get_by_test_id("composer-error")
    send = page.get_by_test_id("send")
    await composer(page).fill("/nothing_like_it")
    await send.click()
    await expect(error).to_have_text("There is no command /nothing_like_it here.")
    await composer(page).fill("/mode")
    await send.click()
    await expect(option(page, "mode")).to_be_focused()
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await expect(composer(page)).to_be_focused()

    await composer(page).fill("/hello")
    await send.click()

    await expect(last(page)).to_contain_text("Ada used /hello")
    await expect(error).to_be_empty()


async def test_choices_and_people_are_picked_by_keyboard_alone(page: Page) -> None:
    await composer(page).fill("/mode ")
    await page.keyboard.type("req")
    await page.keyboard.press("Enter")
    await expect(option(page, "mode")).to_have_value("requests")
    await page.locator("[data-testid=add-option][data-option=who]").press("Enter")
    await page.keyboard.type("be")
    await page.keyboard.press("Tab")
    await expect(option(page, "who")).to_have_value("Bea")
    await option(page, "who").press("Enter")

    await expect(last(page)).to_contain_text("Mode requests for Bea")
    await expect(composer(page)).to_be_focused()


async def test_a_value_outside_the_choices_and_a_missing_one_are_named(page: Page) -> None:
    error = page.get_by_test_id("composer-error")
    await composer(page).fill("/mode mode:words")
    await option(page, "mode").press("Enter")
    await expect(error).to_contain_text("“words” is not a choice for mode")
    await expect(option(page, "mode")).to_have_attribute("aria-invalid", "true")
    await option(page, "mode").fill("")
    await page.keyboard.press("Escape")
    await page.get_by_test_id("send").click()

    await expect(error).to_contain_text("Fill in mode.")


async def test_the_bot_completes_while_one_types_and_limits_are_discords(page: Page) -> None:
    await composer(page).fill("/travel ")
    palette = page.get_by_test_id("suggestions")
    await expect(palette.get_by_role("option")).to_have_text(
        ["Amsterdam", "Athens", "Berlin", "Bern"]
    )
    await page.keyboard.type("ber")
    await expect(palette.get_by_role("option")).to_have_text(["Berlin", "Bern"])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await expect(option(page, "city")).to_have_value("Bern")
    await page.get_by_role("button", name="+ nights").click()
    await page.keyboard.type("12")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("composer-error")).to_have_text(
        "nights must be a number from 1 to 9."
    )
    await option(page, "nights").fill("3")
    await page.keyboard.press("Enter")

    await expect(last(page)).to_contain_text("3 in Bern")


async def test_what_is_typed_while_a_command_is_on_its_way_is_kept(page: Page) -> None:
    await run(page, "/hello")
    await composer(page).press_sequentially("next")

    await expect(last(page)).to_contain_text("Hidden:")
    await expect(composer(page)).to_have_value("next")


async def test_escape_gives_a_command_up(page: Page) -> None:
    await composer(page).fill("/show text")
    await expect(page.get_by_test_id("call")).to_be_visible()

    await page.keyboard.press("Escape")

    await expect(page.get_by_test_id("call")).to_have_count(0)
    await expect(composer(page)).to_be_focused()


async def test_a_moderator_sees_channels_and_commands_that_a_member_does_not(page: Page) -> None:
    channels, palette = page.get_by_test_id("channel"), page.get_by_test_id("suggestions")
    staff = channels.filter(has_text="staff")
    await expect(channels.filter(has_text="chat")).to_be_visible()
    await expect(staff).to_have_count(0)
    await composer(page).fill("/staff")
    await expect(palette).to_contain_text("No command begins with /staff")

    await be(page, "Mo")
    await staff.click()
    await expect(page.get_by_test_id("room-name")).to_contain_text("staff")
    await run(page, "/staff")

    await expect(last(page)).to_contain_text("Hello, staff.")
    await be(page, "Ada")
    await expect(page.get_by_test_id("room-name")).to_contain_text("chat")


async def test_news_in_another_channel_is_marked_until_one_looks(
    sandbox: Sandbox, page: Page
) -> None:
    commands = page.locator('[data-testid=channel][data-name="commands"]')
    await sandbox.discord.acts.say(furniture.BEA, furniture.COMMANDS, "Anybody here?")
    await expect(commands).to_have_attribute("data-unread", "true")

    await commands.click()

    await expect(commands).to_have_attribute("data-unread", "false")
    await expect(last(page)).to_contain_text("Anybody here?")


async def test_what_strangers_write_is_text_and_never_markup(sandbox: Sandbox, page: Page) -> None:
    nasty = (
        "<img src=x onerror=alert(1)> <script>alert(2)</script> "
        "[go](javascript:alert(3)) **<b>bold</b>** [fine](https://example.com/a?b=1)"
    )
    await sandbox.discord.acts.say(furniture.BEA, furniture.CHAT, nasty)

    await expect(last(page)).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(last(page)).to_contain_text("[go](javascript:alert(3))")
    await expect(last(page).locator("strong")).to_have_text("<b>bold</b>")
    await expect(last(page).locator(".md :is(img, script, b)")).to_have_count(0)
    links = last(page).locator("a")
    await expect(links).to_have_count(1)
    await expect(links).to_have_attribute("href", "https://example.com/a?b=1")
    await expect(links).to_have_attribute("rel", re.compile("noopener"))


async def test_markdown_reads_as_in_discord(sandbox: Sandbox, page: Page) -> None:
    text = (
        f"# Title\n> quoted\n- one\n  - two\n-# small\n~~no~~ __yes__ *em* snake_case_name "
        f"`a*b*` <@{furniture.MO}> <@&{furniture.MODERATOR}> <#{furniture.COMMANDS}> <t:0:D> \\*"
    )
    await sandbox.discord.acts.say(furniture.BEA, furniture.CHAT, text)

    body = last(page).get_by_test_id("content")
    await expect(body.get_by_role("heading", name="Title")).to_be_visible()
    await expect(body.locator("blockquote")).to_have_text("quoted")
    await expect(body.locator("ul ul li")).to_have_text("two")
    await expect(body.locator(".subtext")).to_have_text("small")
    await expect(body.locator("em")).to_have_text("em")
    await expect(body.locator("code")).to_have_text("a*b*")
    await expect(body.locator(".mention")).to_have_text(["@Mo", "@Moderator", "#commands"])
    await expect(body.locator("time")).to_have_attribute("datetime", "1970-01-01T00:00:00.000Z")
    await expect(body).to_contain_text("snake_case_name")


async def test_an_answer_grows_in_place_and_stops_when_asked(page: Page) -> None:
    await run(page, "/write")
    await expect(last(page)).to_contain_text("one two")
    await expect(page.get_by_test_id("message")).to_have_count(1)

    await last(page).get_by_role("button", name="Stop").click()

    await expect(last(page)).to_contain_text("one two, stopped")
    await expect(last(page).get_by_test_id("button")).to_have_count(0)
    await expect(page.get_by_test_id("message")).to_have_count(1)


async def test_an_edit_leaves_the_focus_on_the_button_one_was_about_to_press(
    sandbox: Sandbox, page: Page
) -> None:
    await run(page, "/write")
    stop = last(page).get_by_role("button", name="Stop")
    await stop.focus()
    shown = next(reversed(sandbox.discord.world.messages.values()))
    sandbox.discord.acts.messages.edit(shown, {"content": "one two three"})
    await expect(last(page)).to_contain_text("one two three")

    await expect(stop).to_be_focused()


async def test_an_embed_buttons_and_selects_work(page: Page) -> None:
    await run(page, "/buttons")
    panel = page.get_by_test_id("message").first
    await expect(panel.get_by_test_id("embed")).to_contain_text("With words")
    await panel.get_by_role("combobox", name="One language").click()
    await panel.get_by_role("option", name="Go").click()
    await expect(last(page)).to_contain_text("One: go")
    every = panel.get_by_role("combobox", name="All languages")
    await every.press("ArrowDown")
    await every.press("Enter")
    await every.press("ArrowDown")
    await every.press("Enter")
    await every.press("Tab")
    await expect(last(page)).to_contain_text("All: python, go")

    await panel.get_by_role("button", name="Answer").click()

    await expect(panel).to_contain_text("Pressed.")


async def test_a_button_that_nobody_answers_says_so(page: Page) -> None:
    await run(page, "/buttons")
    silence = last(page).get_by_role("button", name="Silence")

    await silence.click()
    await expect(silence).to_have_attribute("aria-busy", "true")

    await expect(last(page).get_by_test_id("failed")).to_contain_text("did not respond")
    await expect(silence).not_to_have_attribute("aria-busy", "true")


async def test_a_button_that_is_gone_is_spoken_of_in_plain_words_and_briefly(
    sandbox: Sandbox, page: Page
) -> None:
    await run(page, "/buttons")
    silence = last(page).get_by_role("button", name="Silence")
    await expect(silence).to_be_visible()
    next(reversed(sandbox.discord.world.messages.values()))["components"] = []
    await page.clock.install()

    await silence.click()

    await expect(last(page).get_by_test_id("failed")).to_have_text("This button is gone.")
    await page.clock.run_for(10_000)
    await expect(last(page).get_by_test_id("failed")).to_have_count(0)


async def test_what_was_said_of_a_gone_button_goes_when_the_message_changes(
    sandbox: Sandbox, page: Page
) -> None:
    await run(page, "/buttons")
    silence = last(page).get_by_role("button", name="Silence")
    await expect(silence).to_be_visible()
    shown = next(reversed(sandbox.discord.world.messages.values()))
    shown["components"] = []
    await silence.click()
    await expect(last(page).get_by_test_id("failed")).to_have_text("This button is gone.")

    sandbox.discord.acts.messages.edit(shown, {"content": "Answered."})

    await expect(last(page)).to_contain_text("Answered.")
    await expect(last(page).get_by_test_id("failed")).to_have_count(0, timeout=1000)


async def test_a_form_is_filled_in_and_sent(page: Page) -> None:
    modal = page.get_by_test_id("modal")
    await run(page, "/form")
    await expect(modal).to_be_visible()
    await expect(modal.get_by_label("Reason")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(modal).to_be_hidden()
    await run(page, "/form")
    await modal.get_by_label("Reason").fill("It was time")
    await modal.get_by_role("button", name="Submit").click()
    await expect(page.get_by_test_id("modal-error")).to_contain_text("Fill in “Language”.")
    await modal.get_by_role("combobox").click()
    await modal.get_by_role("option", name="Python").click()

    await modal.get_by_role("button", name="Submit").click()

    await expect(modal).to_be_hidden()
    await expect(last(page)).to_contain_text("Because: It was time (python)")


async def test_a_panel_of_the_second_version_is_shown_whole(page: Page) -> None:
    await run(page, "/panel")

    box = last(page).get_by_test_id("container")
    await expect(box.get_by_role("heading", name="Your panel")).to_be_visible()
    await expect(box.locator(".section strong")).to_have_text("section")
    await expect(box.get_by_role("button", name="In section")).to_be_visible()
    await expect(box.get_by_role("img", name="Dot")).to_have_js_property("naturalWidth", 1)
    await expect(box.get_by_test_id("attachment")).to_contain_text("notes.txt")
    await expect(box.locator("hr")).to_have_count(1)


async def test_a_file_goes_to_the_bot_and_comes_back_but_never_runs_here(
    sandbox: Sandbox, page: Page
) -> None:
    evil = b"<script>parent.document.title = 'taken'</script>"
    await composer(page).fill("/files ")
    await option(page, "file").set_input_files(
        {"name": "evil.html", "mimeType": "text/html", "buffer": evil}
    )
    await page.get_by_test_id("send").click()
    link = last(page).get_by_test_id("attachment").get_by_role("link", name="evil.html")
    await expect(link).to_be_visible()

    address = await link.get_attribute("href")
    answer = await page.request.get(address or "")

    assert sandbox.bot.seen == [evil]
    assert await answer.body() == evil
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"].startswith("attachment")


async def test_a_message_has_a_menu_with_the_bots_commands_and_can_be_answered(page: Page) -> None:
    await run(page, "four")
    await last(page).hover()
    await last(page).get_by_test_id("message-menu").click()
    await page.get_by_role("menuitem", name="Inspect").click()
    await expect(last(page)).to_contain_text("4 characters")
    first = page.get_by_test_id("message").first
    await first.hover()
    await first.get_by_test_id("message-menu").click()
    await page.get_by_role("menuitem", name="Reply").press("Enter")
    await expect(page.get_by_text("Replying to Ada")).to_be_visible()

    await run(page, "and a reply")

    await expect(last(page)).to_contain_text("and a reply")
    await expect(last(page).locator(".used")).to_contain_text("Ada four")


async def tall(page: Page, name: str) -> None:
    """See the foot of the newest card, which must be the one for `name`."""
    foot = last(page).get_by_text(f"The foot of {name}.", exact=True)
    await expect(foot).to_be_in_viewport()
    await expect(page.locator("#newest")).to_be_hidden()


async def test_the_newest_card_is_in_view_however_tall_and_quick_they_come(page: Page) -> None:
    for name in CARDS:
        await run(page, f"/card name:{name}")
    await expect(page.get_by_test_id("message")).to_have_count(len(CARDS))
    await tall(page, CARDS[-1])

    for name in CARDS:
        await run(page, f"/card name:{name}")
        await tall(page, name)


async def test_a_scroll_that_no_reader_made_does_not_end_the_following(page: Page) -> None:
    await page.get_by_test_id("log").evaluate(
        """log => log.addEventListener("scroll", () => {
          const taller = document.createElement("div");
          taller.style.height = "900px";
          log.querySelector(".log-list").prepend(taller);
        }, { capture: true, once: true })"""
    )
    for name in CARDS:
        await run(page, f"/card name:{name}")
        await tall(page, name)


async def test_only_a_readers_own_scroll_ends_the_following_and_a_command_begins_it_again(
    sandbox: Sandbox, page: Page
) -> None:
    log, newest = page.get_by_test_id("log"), page.locator("#newest")
    for name in CARDS:
        await run(page, f"/card name:{name}")
        await tall(page, name)
    await log.hover()
    await page.mouse.wheel(0, -900)
    await expect(page.get_by_text(f"The foot of {CARDS[-1]}.")).not_to_be_in_viewport()
    await sandbox.discord.acts.say(furniture.BEA, furniture.CHAT, "Did you see this?")
    await expect(newest).to_be_visible()
    await expect(page.get_by_text("Did you see this?")).not_to_be_in_viewport()

    await run(page, "/card name:again")

    await tall(page, "again")


async def test_the_guides_first_step_runs_its_command_and_keeps_what_was_being_typed(
    page: Page,
) -> None:
    await composer(page).fill("half a sentence")
    await page.get_by_test_id("step").filter(has_text="Get a key").click()

    await expect(last(page)).to_contain_text("Ada used /gen_key")
    await expect(composer(page)).to_have_value("half a sentence")


async def test_a_trial_without_a_key_leads_to_getting_one(page: Page) -> None:
    await page.get_by_test_id("tab-calls").click()
    await page.get_by_test_id("trial-send").click()

    await expect(page.get_by_test_id("trial-answer")).to_contain_text("A key is needed first")
    get = page.get_by_test_id("trial").get_by_role("button", name="Get a key")
    await expect(get).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(last(page)).to_contain_text("Ada used /gen_key")


async def test_the_guide_gives_the_address_and_a_line_to_call_it(page: Page) -> None:
    guide = page.get_by_test_id("guide")
    await page.get_by_test_id("tab-calls").click()
    await expect(guide.get_by_test_id("api-url")).to_have_text(f"{API}/v1")
    await guide.get_by_text("As a line for the shell").click()

    await guide.get_by_test_id("code").get_by_test_id("copy").click()

    line = await page.evaluate("navigator.clipboard.readText()")
    assert line == first_call(API, "gpt-4o")
    assert '"model": "gpt-4o"' in line
    shown = guide.get_by_test_id("code").locator("pre")
    assert await shown.evaluate("node => node.scrollWidth <= node.clientWidth")


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
async def test_nothing_runs_off_the_side_of_a_window(
    sandbox: Sandbox, visit: Visit, width: int
) -> None:
    page = await visit(sandbox.url, width=width)
    for command in ("/hello", "/buttons", "/panel"):
        await run(page, command)
    await expect(page.get_by_test_id("container")).to_be_visible()
    await composer(page).fill("/travel city:Bern nights:2")

    assert await page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("width", [320, 390])
async def test_a_phone_shows_everybodys_name_under_their_face(
    sandbox: Sandbox, visit: Visit, width: int
) -> None:
    page = await visit(sandbox.url, width=width)

    names = page.get_by_test_id("person").locator(".person-name")
    await expect(names).to_have_text(["Ada", "Mo", "Bea", "Olga", VERA])
    for name in await names.all():
        await expect(name).to_be_in_viewport()
        assert await name.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert await page.evaluate(TOO_WIDE) == []


async def test_a_phone_reaches_channels_and_guide_through_drawers(
    sandbox: Sandbox, visit: Visit
) -> None:
    page = await visit(sandbox.url, width=390)
    commands = page.locator('[data-testid=channel][data-name="commands"]')
    await expect(commands).to_be_hidden()
    await page.get_by_role("button", name="Channels").click()
    await commands.click()
    await expect(page.get_by_test_id("room-name")).to_contain_text("commands")
    await expect(commands).to_be_hidden()
    await page.get_by_test_id("open-guide").click()
    await expect(page.get_by_test_id("guide")).to_be_visible()

    await page.keyboard.press("Escape")

    await expect(page.get_by_test_id("guide")).to_be_hidden()


async def test_the_page_connects_again_by_itself_and_shows_what_it_missed(
    sandbox: Sandbox, page: Page
) -> None:
    lines: list[WebSocketRoute] = []

    async def through(line: WebSocketRoute) -> None:
        line.connect_to_server()
        lines.append(line)

    await page.route_web_socket(re.compile("/live"), through)
    await page.reload()
    await be(page, "Bea")
    await lines[0].close()
    await sandbox.discord.acts.say(furniture.ADA, furniture.CHAT, "Did you see this?")

    await expect(last(page)).to_contain_text("Did you see this?")
    await expect(page.get_by_test_id("person").filter(has_text="Bea")).to_be_checked()
    assert len(lines) == 2


async def test_a_servers_command_in_direct_messages_says_where_it_works(page: Page) -> None:
    await page.locator('[data-testid=channel][data-name="Latchkey"]').click()
    await expect(page.get_by_test_id("room-name")).to_contain_text("Latchkey")
    error = page.get_by_test_id("composer-error")

    await run(page, "/gen_key")
    await expect(error).to_have_text("/gen_key works in servers only.")
    await run(page, "/nothing_like_it")
    await expect(error).to_have_text("There is no command /nothing_like_it here.")


async def test_the_bot_can_be_written_to_directly(page: Page) -> None:
    await page.locator('[data-testid=channel][data-name="Latchkey"]').click()
    await run(page, "/hello")

    await expect(page.get_by_test_id("room-name")).to_contain_text("Latchkey")
    await expect(page.get_by_test_id("message")).to_have_count(1)
    await expect(last(page)).to_contain_text("Hidden:")


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_every_text_stands_out_from_what_is_behind_it(
    sandbox: Sandbox, visit: Visit, scheme: str
) -> None:
    page = await visit(sandbox.url, scheme=scheme)
    await expect(page.locator("html")).to_have_attribute("data-theme", scheme)
    for command in ("/hello", "/buttons", "/panel"):
        await run(page, command)
    await expect(page.get_by_test_id("container")).to_be_visible()
    await composer(page).fill("/mode ")

    assert await page.evaluate(CONTRAST) == []


async def test_the_theme_is_switched_and_remembered(page: Page) -> None:
    await page.get_by_role("button", name="Use the light theme").click()
    await page.reload()

    await expect(page.locator("html")).to_have_attribute("data-theme", "light")
    await expect(page.get_by_role("button", name="Use the dark theme")).to_be_visible()


async def test_every_control_has_a_name_and_every_id_is_its_own(page: Page) -> None:
    for command in ("/hello", "/buttons", "/panel"):
        await run(page, command)
    await expect(page.get_by_test_id("container")).to_be_visible()

    assert await page.evaluate(NAMELESS) == []
    assert await page.evaluate(TWICE) == []


async def test_the_page_loads_nothing_from_elsewhere(sandbox: Sandbox, visit: Visit) -> None:
    page = await visit(sandbox.url)
    await run(page, "/panel")
    await expect(page.get_by_test_id("container")).to_be_visible()

    loaded = await page.evaluate(
        "performance.getEntriesByType('resource').map((each) => each.name)"
    )

    assert loaded
    assert [each for each in loaded if not each.startswith(sandbox.url)] == []
