"""The sandbox page as a chat app: people, menus, mentions, replies, files, threads, pictures."""

import pytest
from playwright.async_api import Page, expect

from bot.sandbox.discord import furniture
from tests.journeys.conftest import Sandbox, Visit
from tests.journeys.hands import VERA, be, channel, composer, last, look, option, run
from tests.journeys.puppet import DOT

pytestmark = pytest.mark.asyncio(loop_scope="session")

FILES = """([node, kind, names]) => {
  const carried = new DataTransfer();
  for (const name of names) carried.items.add(new File(["words"], name, { type: "text/plain" }));
  const init = { bubbles: true, cancelable: true };
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { ...init, clipboardData: carried })
    : new DragEvent(kind, { ...init, dataTransfer: carried });
  node.dispatchEvent(event);
}"""
FINGER = """node => {
  const box = node.getBoundingClientRect();
  node.dispatchEvent(new PointerEvent("pointerdown", {
    bubbles: true, pointerType: "touch", clientX: box.left + 60, clientY: box.top + 5,
  }));
}"""


async def test_members_stand_under_their_roles_and_a_press_says_who_they_are(
    sandbox: Sandbox, visit: Visit
) -> None:
    page = await visit(sandbox.url, width=1600)
    members = page.get_by_test_id("members")
    await expect(members.get_by_role("heading")).to_have_text(["Moderator — 1", "Online — 5"])
    await expect(members.get_by_test_id("member").first).to_contain_text("Mo")
    await expect(members.get_by_test_id("member").filter(has_text="Olga")).to_contain_text("owner")

    await members.get_by_test_id("member").filter(has_text="Mo").click()

    menu = page.get_by_test_id("menu")
    await expect(menu.get_by_test_id("profile")).to_contain_text("Moderator")
    await expect(menu.get_by_role("menuitem")).to_have_text(["Mention", "Greet", "Be Mo"])
    await menu.get_by_role("menuitem", name="Greet").click()
    await expect(last(page)).to_contain_text("Hello, Mo.")


async def test_a_role_that_is_given_moves_its_member_in_the_list(
    sandbox: Sandbox, visit: Visit
) -> None:
    page = await visit(sandbox.url, width=1600)
    headings = page.get_by_test_id("members").get_by_role("heading")

    sandbox.discord.roster.set_roles(furniture.HOME, furniture.ADA, [str(furniture.LEVELS[1])])

    await expect(headings).to_have_text(["Moderator — 1", "Level 2 — 1", "Online — 4"])


async def test_a_category_folds_away_and_keeps_what_is_unread(sandbox: Sandbox, page: Page) -> None:
    category = page.get_by_test_id("category").filter(has_text="Community")
    await category.click()
    await expect(category).to_have_attribute("aria-expanded", "false")
    await expect(channel(page, "commands")).to_have_count(0)
    await expect(channel(page, "chat")).to_be_visible()

    hail = f"<@{furniture.ADA}> here"
    await sandbox.discord.acts.say(furniture.MO, furniture.ANNOUNCEMENTS, hail)

    await expect(channel(page, "announcements").get_by_test_id("pings")).to_have_text("1")
    await look(page, "announcements")
    await expect(channel(page, "announcements").get_by_test_id("pings")).to_have_count(0)
    await expect(last(page)).to_have_attribute("data-pings", "true")


async def test_where_one_may_not_write_the_box_says_that_only_commands_go(page: Page) -> None:
    await look(page, "announcements")

    await expect(composer(page)).to_have_attribute("placeholder", "Only commands here: type /")
    await run(page, "/hello")
    await expect(last(page)).to_contain_text("Hidden:")


async def test_people_and_channels_are_named_as_one_writes(page: Page) -> None:
    await composer(page).press_sequentially("Ask @m")
    palette = page.get_by_test_id("suggestions")
    await expect(palette.get_by_role("option").first).to_contain_text("@Mo")
    await page.keyboard.press("Tab")
    await expect(composer(page)).to_have_value("Ask @Mo ")
    await page.keyboard.type("in #co")
    await page.keyboard.press("Enter")
    await expect(composer(page)).to_have_value("Ask @Mo in #commands ")

    await page.keyboard.press("Enter")

    await expect(last(page).locator(".mention")).to_have_text(["@Mo", "#commands"])
    await be(page, "Mo")
    await expect(last(page)).to_have_attribute("data-pings", "true")


async def test_ones_last_message_is_changed_and_deleted(page: Page) -> None:
    await run(page, "A frist try for @Bea")
    await expect(last(page)).to_contain_text("A frist try")
    await composer(page).press("ArrowUp")
    await expect(page.get_by_test_id("composer-bar")).to_contain_text("Editing your message")
    await expect(composer(page)).to_have_value("A frist try for @Bea")
    await run(page, "A first try for @Bea")
    await expect(last(page)).to_contain_text("A first try for @Bea (edited)")

    await last(page).focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("menuitem", name="Delete message").press("Enter")

    await expect(page.get_by_test_id("message")).to_have_count(0)


async def test_only_ones_own_messages_can_be_changed_and_a_moderator_deletes_others(
    sandbox: Sandbox, page: Page
) -> None:
    await sandbox.discord.acts.say(furniture.BEA, furniture.CHAT, "Mine.")
    menu = page.get_by_test_id("menu")
    await last(page).click(button="right")
    await expect(menu).to_be_visible()
    await expect(menu.get_by_role("menuitem", name="Edit message")).to_have_count(0)
    await expect(menu.get_by_role("menuitem", name="Delete message")).to_have_count(0)
    await page.keyboard.press("Escape")

    await be(page, "Mo")
    await last(page).click(button="right")
    await menu.get_by_role("menuitem", name="Delete message").click()

    await expect(page.get_by_test_id("message")).to_have_count(0)


async def test_a_menu_opens_by_right_click_by_key_and_by_a_finger_that_rests(page: Page) -> None:
    await run(page, "Some words")
    menu = page.get_by_test_id("menu")
    await last(page).get_by_test_id("content").click(button="right")
    await expect(menu.get_by_role("menuitem", name="Inspect")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(menu).to_have_count(0)

    await page.get_by_test_id("log").focus()
    await page.keyboard.press("ArrowUp")
    await expect(last(page)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(menu).to_be_visible()
    await page.keyboard.press("Escape")

    await last(page).get_by_test_id("content").evaluate(FINGER)
    await expect(menu.get_by_role("menuitem", name="Reply")).to_be_focused()


async def test_a_reply_leads_back_to_what_it_answers_also_when_that_is_gone(
    sandbox: Sandbox, page: Page
) -> None:
    acts = sandbox.discord.acts
    first = await acts.say(furniture.BEA, furniture.CHAT, "> **Where** does it begin?")
    for number in range(30):
        await acts.say(furniture.MO, furniture.CHAT, f"Line {number}")
    await acts.say(furniture.MO, furniture.CHAT, "Here.", reply_to=first)
    jump = last(page).get_by_test_id("jump")
    await expect(jump).to_have_text("Bea Where does it begin?")

    await jump.click()

    target = page.locator(f'[data-message-id="{first}"]')
    await expect(target).to_be_in_viewport()
    await expect(target).to_be_focused()
    await acts.delete(furniture.MO, first)
    await expect(target).to_have_count(0)
    await jump.click()
    await expect(page.get_by_test_id("notice")).to_contain_text("no longer here")


async def test_what_a_reply_answers_is_quoted_as_it_reads(sandbox: Sandbox, page: Page) -> None:
    acts = sandbox.discord.acts
    text = (
        f"## Well\n**Ask** <@{furniture.MO}> or <@&{furniture.MODERATOR}> "
        f"in <#{furniture.COMMANDS}>, since <t:0:D>, ||or not||."
    )
    first = await acts.say(furniture.BEA, furniture.CHAT, text)

    await acts.say(furniture.MO, furniture.CHAT, "Here.", reply_to=first)

    await expect(last(page).get_by_test_id("jump")).to_have_text(
        "Bea Well Ask @Mo or @Moderator in #commands, since January 1, 1970, (spoiler)."
    )


async def test_how_far_a_moment_is_is_rounded_to_the_nearest_and_always_a_number(
    sandbox: Sandbox, page: Page
) -> None:
    now, hour, day = int(sandbox.discord.world.now()), 3600, 86400
    ahead = (3 * day + 600, 10 * day + 600, day + 600, 86000, 11 * hour + 2400, 40 * day, 360 * day)
    text = "\n".join(f"- <t:{now + each}:R>" for each in (*ahead, -3 * day, -day))

    await sandbox.discord.acts.say(furniture.MO, furniture.CHAT, text)

    moments = last(page).locator("time.moment")
    await expect(moments).to_have_text(
        [
            "in 3 days",
            "in 10 days",
            "in 1 day",
            "in 1 day",
            "in 12 hours",
            "in 1 month",
            "in 1 year",
            "3 days ago",
            "1 day ago",
        ]
    )
    await be(page, VERA)
    await expect(moments).to_have_text(
        [
            "через 3 дня",
            "через 10 дней",
            "через 1 день",
            "через 1 день",
            "через 12 часов",
            "через 1 месяц",
            "через 1 год",
            "3 дня назад",
            "1 день назад",
        ]
    )


async def test_a_reply_mentions_whom_it_answers_unless_one_says_no(
    sandbox: Sandbox, page: Page
) -> None:
    await sandbox.discord.acts.say(furniture.BEA, furniture.CHAT, "Who is there?")
    for ring in (True, False):
        await page.get_by_test_id("message").first.click(button="right")
        await page.get_by_role("menuitem", name="Reply").click()
        toggle = page.get_by_test_id("composer-bar").get_by_role("button", name="@ on")
        if not ring:
            await toggle.click()
        await run(page, f"I am, {ring}.")
        await expect(last(page)).to_contain_text(f"I am, {ring}.")

    await be(page, "Bea")

    pinged = page.locator("[data-testid=message][data-pings=true]")
    await expect(pinged).to_have_count(1)
    await expect(pinged).to_contain_text("I am, True.")


async def test_files_are_dropped_and_pasted_and_one_is_taken_away_again(page: Page) -> None:
    tray = page.get_by_test_id("tray")
    room = await page.query_selector("#room")
    await page.evaluate(FILES, [room, "dragenter", ["a.txt"]])
    await expect(page.locator("#room")).to_have_attribute("data-dropping", "")
    await page.evaluate(FILES, [room, "drop", ["a.txt", "b.txt"]])
    box = await page.query_selector("#say")
    await page.evaluate(FILES, [box, "paste", ["c.txt"]])
    await expect(tray.locator("li")).to_have_count(3)

    await tray.get_by_role("button", name="Take b.txt away").click()
    await run(page, "Two files")

    await expect(last(page).get_by_test_id("attachment")).to_have_count(2)
    await expect(tray).to_be_hidden()


async def test_a_dropped_file_goes_into_the_option_that_takes_one(page: Page) -> None:
    await composer(page).fill("/files ")
    room = await page.query_selector("#room")
    await page.evaluate(FILES, [room, "drop", ["notes.txt"]])
    await expect(option(page, "file")).to_have_value("C:\\fakepath\\notes.txt")

    await page.get_by_test_id("send").click()

    attachment = last(page).get_by_test_id("attachment")
    await expect(attachment).to_have_attribute("data-filename", "notes.txt")


async def test_pictures_stand_together_and_open_alone_with_the_next_an_arrow_away(
    page: Page,
) -> None:
    await run(page, "/gallery")
    pictures = last(page).locator("a.picture")
    await expect(pictures).to_have_count(2)
    await pictures.first.click()
    shown = page.get_by_test_id("lightbox-image")
    await expect(shown).to_have_attribute("alt", "one")

    await page.keyboard.press("ArrowRight")

    await expect(shown).to_have_attribute("alt", "two")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("lightbox")).to_be_hidden()
    await expect(pictures.first).to_be_focused()


async def test_a_form_takes_files_one_of_several_and_some_of_several(page: Page) -> None:
    modal = page.get_by_test_id("modal")
    await run(page, "/wishes")
    await modal.get_by_label("Picture").set_input_files(
        [{"name": "dot.png", "mimeType": "image/png", "buffer": DOT}]
    )
    await modal.get_by_label("M", exact=True).check()
    await modal.get_by_role("button", name="Submit").click()
    await expect(page.get_by_test_id("modal-error")).to_contain_text("Fill in “Extras”")

    await modal.get_by_label("a", exact=True).check()
    await modal.get_by_label("b", exact=True).check()
    await modal.get_by_label("Loud").check()
    await modal.get_by_role("combobox").click()
    await modal.get_by_role("option", name="Bea").click()
    await modal.get_by_role("button", name="Submit").click()

    await expect(last(page)).to_contain_text("['dot.png'] M ['a', 'b'] True ['Bea']")


async def test_people_roles_and_channels_are_picked(page: Page) -> None:
    await run(page, "/pick")
    panel = page.get_by_test_id("message").first
    people = panel.get_by_role("combobox", name="People")
    await people.click()
    await panel.get_by_role("option", name="Bea").click()
    await panel.get_by_role("option", name="Mo").click()
    await people.press("Tab")
    await expect(last(page)).to_contain_text("Picked: Bea, Mo")

    await panel.get_by_role("combobox", name="A role").click()
    await panel.get_by_role("option", name="@Level 3").click()
    await expect(last(page)).to_contain_text("Picked: Level 3")
    await panel.get_by_role("combobox", name="A channel").click()
    await panel.get_by_role("option", name="#commands").click()

    await expect(last(page)).to_contain_text("Picked: commands")


async def test_a_thread_stands_under_its_message_and_its_channel_until_it_is_archived(
    sandbox: Sandbox, page: Page
) -> None:
    await run(page, "/thread")
    card = last(page).get_by_test_id("thread-card")
    await expect(card).to_contain_text("Below")
    listed = channel(page, "Below")
    await expect(listed).to_have_attribute("data-unread", "true")
    await card.click()
    await expect(page.get_by_test_id("room-name")).to_contain_text("Below")
    await expect(last(page)).to_contain_text("Here.")

    await look(page, "chat")
    [thread] = [each for each in sandbox.bot.guilds[0].threads if each.name == "Below"]
    await thread.edit(archived=True)

    await expect(listed).to_have_count(0)
    await page.get_by_test_id("open-threads").click()
    await expect(page.get_by_test_id("menu")).to_contain_text("Archived")
    await page.get_by_role("menuitem", name="Below").click()
    await expect(page.locator("#room-topic")).to_contain_text("Archived")

    await run(page, "Good morning")

    await expect(page.locator("#room-topic")).to_have_text("A thread of #chat")


async def test_the_person_one_plays_says_how_dates_are_written_and_may_change_their_language(
    sandbox: Sandbox, page: Page
) -> None:
    await sandbox.discord.acts.say(furniture.MO, furniture.CHAT, "<t:0:D>")
    moment = last(page).locator("time.moment")
    await expect(moment).to_have_text("January 1, 1970")
    await be(page, VERA)
    await expect(moment).to_have_text("1 января 1970 г.")

    await page.get_by_test_id("settings").click()
    await page.get_by_role("menuitemradio", name="English").click()

    await expect(moment).to_have_text("January 1, 1970")
    assert sandbox.discord.world.people[furniture.VERA].locale == "en-US"


async def test_arrows_walk_channels_members_tabs_and_messages(
    sandbox: Sandbox, visit: Visit
) -> None:
    page = await visit(sandbox.url, width=1600)
    await sandbox.discord.acts.say(furniture.BEA, furniture.CHAT, "One.")
    await sandbox.discord.acts.say(furniture.MO, furniture.CHAT, "Two.")
    await expect(page.get_by_test_id("message")).to_have_count(2)
    await channel(page, "chat").focus()
    await page.keyboard.press("ArrowDown")
    await expect(channel(page, "commands")).to_be_focused()
    await page.get_by_test_id("tab-tour").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_test_id("tab-calls")).to_be_focused()
    await expect(page.locator("#pane-calls")).to_be_visible()
    await page.get_by_test_id("member").first.focus()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_test_id("member").nth(1)).to_be_focused()

    await page.get_by_test_id("log").focus()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_test_id("message").first).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(composer(page)).to_be_focused()
    await page.keyboard.press("Alt+ArrowDown")

    await expect(page.get_by_test_id("room-name")).to_contain_text("commands")
