"""The sandbox as it is started: members, staff and the owner walk their ways on its page."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.fakes.program import Launcher, asking, bearer, launching
from tests.journeys.conftest import Visit
from tests.journeys.hands import VERA, be, channel, composer, last, look, option, run
from tests.journeys.looks import CONTRAST, NAMELESS, TOO_WIDE, TWICE

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST_TABS = 80  # presses until whatever one looks for has been passed
WIDE = 1600


@dataclass(frozen=True)
class Town:
    """One running sandbox; whoever plays in it leaves the others' people alone."""

    launcher: Launcher
    url: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with launching(tmp_path_factory.mktemp("town")) as launcher:
        yield await started(launcher)


@pytest_asyncio.fixture(loop_scope="session")
async def new_town(tmp_path: Path) -> AsyncIterator[Town]:
    """A sandbox in which nothing has happened, for what everybody in it would notice."""
    async with launching(tmp_path) as launcher:
        yield await started(launcher)


async def started(launcher: Launcher) -> Town:
    program = await launcher.start("sandbox")
    return Town(launcher, (await program.says(r"Page: (http://\S+)"))[1])


@pytest_asyncio.fixture(loop_scope="session")
async def page(town: Town, visit: Visit) -> Page:
    return await visit(town.url, width=WIDE)


def step(page: Page, name: str) -> Locator:
    return page.locator(f'[data-testid=step][data-step="{name}"]')


async def ask(page: Page, text: str) -> None:
    """Write a command with its options, and send it."""
    await composer(page).fill(text)
    await page.get_by_test_id("send").click()
    await expect(page.get_by_test_id("call")).to_have_count(0)


async def key_of(town: Town, page: Page) -> str:
    """Get a key as the newcomer one plays, and remember that it may be written nowhere."""
    await run(page, "/gen_key")
    await expect(last(page).get_by_test_id("only-you")).to_be_visible()
    key = (await last(page).get_by_test_id("code").locator("pre").inner_text()).strip()
    town.launcher.secrets.add(key)
    return key


async def travel(page: Page, leap: str) -> None:
    await page.get_by_test_id("clock").click()
    await page.get_by_role("menuitem", name=leap).click()
    await expect(page.get_by_test_id("toasts")).to_contain_text("It is now")


async def test_the_tour_checks_off_what_really_happened(new_town: Town, visit: Visit) -> None:
    page = await visit(new_town.url, width=WIDE)
    count = page.get_by_test_id("tour-count")
    await expect(count).to_have_text("0 of 5")
    await step(page, "key").click()
    await expect(step(page, "key")).to_have_attribute("data-done", "true")
    key = (await last(page).get_by_test_id("code").locator("pre").inner_text()).strip()
    new_town.launcher.secrets.add(key)

    await step(page, "call").click()
    await expect(page.get_by_test_id("trial-send")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.get_by_test_id("tab-tour").click()
    await expect(step(page, "call")).to_have_attribute("data-done", "true")
    await step(page, "limits").click()
    await expect(step(page, "limits")).to_have_attribute("data-done", "true")
    await step(page, "ask").click()
    await page.keyboard.type("Hello there")
    await page.keyboard.press("Enter")
    await expect(step(page, "ask")).to_have_attribute("data-done", "true")
    await expect(count).to_have_text("4 of 5")

    await step(page, "grant").click()
    await expect(page.locator("body")).to_have_attribute("data-you", "268473310986240000")
    await page.keyboard.type("Ada")
    await page.keyboard.press("Enter")
    await option(page, "days").fill("7")
    await option(page, "reason").fill("Helps everybody")
    await page.locator("[data-testid=add-option][data-option=tokens]").click()
    await option(page, "tokens").fill("500000")
    await page.keyboard.press("Enter")
    await last(page).get_by_role("button", name="Confirm").click()

    await expect(count).to_have_text("5 of 5")
    await page.reload()
    await expect(count).to_have_text("5 of 5")


async def test_the_tour_is_skipped_and_found_again(page: Page) -> None:
    await page.get_by_test_id("tour-skip").click()
    await expect(page.get_by_test_id("tour")).to_have_count(0)
    await page.reload()
    await expect(page.get_by_test_id("tour-again")).to_be_visible()

    await page.get_by_test_id("tour-again").click()

    await expect(page.get_by_test_id("tour")).to_be_visible()


async def test_a_member_calls_the_api_and_sees_the_call_with_what_it_held_and_cost(
    town: Town, page: Page
) -> None:
    key = await key_of(town, page)
    await page.get_by_test_id("tab-calls").click()
    await page.get_by_test_id("trial-words").fill("again " * 200)  # said back: seconds long
    row = page.get_by_test_id("call-row").first
    await page.get_by_test_id("trial-send").click()
    await expect(page.get_by_test_id("held")).to_contain_text("tokens held by 1")
    await expect(row).to_have_attribute("data-state", "running")
    await expect(row.get_by_test_id("call-cost")).to_contain_text("holds")

    await expect(row).to_have_attribute("data-state", "fine")
    await expect(page.get_by_test_id("held")).to_have_text("Nothing is held")
    await expect(page.get_by_test_id("trial-answer")).to_contain_text("200 OK")
    await expect(row).to_contain_text("200POST /v1/chat/completions")
    await expect(row).to_contain_text("gpt-4o · streamed")
    await expect(row).to_contain_text("Ada")
    cost = await row.get_by_test_id("call-cost").inner_text()
    await run(page, "/all_limits")
    await expect(last(page)).to_contain_text(f"Spent: {cost[1:]} of 80,000")

    async with httpx.AsyncClient(trust_env=False) as client:
        base_url = await page.get_by_test_id("api-url").inner_text()
        odd = asking("Hello", model="gpt-nope")
        await client.post(f"{base_url}/chat/completions", json=odd, headers=bearer(key))
        await expect(row).to_contain_text("400POST /v1/chat/completionsfree")
        await client.get(f"{base_url}/usage", headers=bearer("lk_nobodys"))

    await expect(row).to_contain_text("401GET /v1/usagefree")
    await expect(row).to_contain_text("nobody known")
    await expect(row).to_have_attribute("data-state", "wrong")


async def test_a_member_talks_to_the_bot_in_the_chat_in_a_thread_and_in_private(page: Page) -> None:
    await be(page, "Olga")
    await ask(page, "/chat prompt:Hello there")
    await expect(last(page)).to_contain_text("tokens left today")
    await expect(last(page).get_by_role("button", name="Regenerate")).to_be_visible()
    await page.get_by_test_id("tab-calls").click()
    asked = page.get_by_test_id("call-row").filter(has_text="Olga")
    await expect(asked.first).to_contain_text("/chat")
    await expect(asked.first).to_contain_text("in Discord")
    answer = last(page)
    await answer.click(button="right")
    await page.get_by_role("menuitem", name="Reply").click()
    await run(page, "@Latchkey and a list, please")
    await expect(last(page)).to_contain_text("Three things to try")
    await expect(last(page).get_by_test_id("jump")).to_contain_text("Olga")

    await last(page).get_by_role("button", name="Thread").click()
    await expect(page.get_by_test_id("thread-card")).to_be_visible()
    await page.get_by_test_id("thread-card").click()
    await run(page, "@Latchkey Hello")
    await expect(last(page)).to_contain_text("sandbox's assistant")

    await look(page, "Latchkey")
    await run(page, "Hello in private")
    await expect(last(page)).to_contain_text("sandbox's assistant")


async def test_staff_grant_from_a_persons_menu_and_undo_it_from_the_log(page: Page) -> None:
    await be(page, "Mo")
    await page.get_by_test_id("member").filter(has_text="Bea").click(button="right")
    await page.get_by_role("menuitem", name="Grant...").click()
    modal = page.get_by_test_id("modal")
    await modal.get_by_label("Days").fill("3")
    await modal.get_by_label("Tokens a day").fill("200000")
    await modal.get_by_label("Reason").fill("Wrote the guide")
    await modal.get_by_role("button", name="Submit").click()
    await expect(last(page)).to_contain_text("80,000 → 200,000")
    await last(page).get_by_role("button", name="Confirm").click()
    await expect(last(page)).to_contain_text("Done")
    await expect(channel(page, "staff")).to_have_attribute("data-unread", "true")

    await look(page, "staff")
    post = page.get_by_test_id("message").filter(has_text="Wrote the guide").last
    await expect(post).to_contain_text("@Mo gave @Bea a grant")
    await post.get_by_role("button", name="Undo").click()

    await expect(post).to_contain_text(re.compile("undone", re.IGNORECASE))
    await be(page, "Bea")
    await run(page, "/grant give")
    await expect(page.get_by_test_id("composer-error")).to_contain_text("no command /grant")


async def test_the_owner_sees_what_is_set_and_changes_it_and_staff_stay_staff(page: Page) -> None:
    await be(page, "Olga")
    await run(page, "/settings")
    await expect(last(page)).to_contain_text("Moderator roles: @Moderator")
    await last(page).get_by_role("button", name="Channels").click()
    modal = page.get_by_test_id("modal")
    await expect(modal.get_by_role("combobox", name="Log channel")).to_contain_text("#staff")
    await modal.get_by_role("combobox", name="Announcements").click()
    await modal.get_by_role("option", name="#commands").click()
    await modal.get_by_label("Reason").fill("Fewer channels")
    await modal.get_by_role("button", name="Submit").click()
    await last(page).get_by_role("button", name="Confirm").click()
    await expect(last(page)).to_contain_text("#announcements → #commands")

    await be(page, "Mo")
    await ask(page, "/grant list member:Ada")

    await expect(last(page)).not_to_contain_text("Only moderators")
    await expect(last(page)).to_contain_text("Ada")


async def test_a_reader_of_russian_is_spoken_to_in_russian(page: Page) -> None:
    await be(page, VERA)
    await composer(page).fill("/all")
    palette = page.get_by_test_id("suggestions")
    await expect(palette.get_by_role("option").first).to_contain_text("Сколько потрачено сегодня")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(last(page)).to_contain_text("80 000")
    await expect(last(page)).to_contain_text("токенов")
    await ask(page, "/chat prompt:Привет")
    await expect(last(page)).to_contain_text("осталось")

    await ask(page, "/language language:en")
    await run(page, "/all_limits")

    await expect(last(page)).to_contain_text("80,000")
    await ask(page, "/language language:auto")
    await expect(last(page)).not_to_contain_text("Your limits today")


async def test_time_goes_on_and_with_it_limits_grants_and_jobs(
    new_town: Town, visit: Visit
) -> None:
    page = await visit(new_town.url, width=WIDE)
    headings = page.get_by_test_id("members").get_by_role("heading")
    await ask(page, "/chat prompt:Hello")
    await expect(last(page)).to_contain_text("tokens left today")
    await be(page, "Mo")
    await ask(page, "/level grant member:Ada level:1 reason:Helps")
    await last(page).get_by_role("button", name="Confirm").click()
    await expect(headings.filter(has_text="Level 1 — 1")).to_be_visible()
    await be(page, "Ada")
    await run(page, "/all_limits")
    await expect(last(page)).to_contain_text(re.compile(r"Spent: [1-9]\d* of 88,000"))

    await travel(page, "A day on")
    await expect(page.get_by_test_id("clock")).to_contain_text("+1 d")
    await run(page, "/all_limits")
    await expect(last(page)).to_contain_text("Spent: 0 of 88,000")

    await travel(page, "Past the month's end")
    await travel(page, "Past the month's end")

    await expect(headings.filter(has_text="Level 1")).to_have_count(0)
    await run(page, "/all_limits")
    await expect(last(page)).to_contain_text("Spent: 0 of 80,000")


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [360, 1280, WIDE])
async def test_the_panels_and_menus_can_be_read_and_fit(
    town: Town, visit: Visit, scheme: str, width: int
) -> None:
    page = await visit(town.url, scheme=scheme, width=width)
    await be(page, "Mo")
    await run(page, "/all_limits")
    await expect(last(page).get_by_test_id("container")).to_be_visible()
    for name in ("guide", "members"):
        opener = page.get_by_test_id(f"open-{name}")
        if await opener.get_attribute("aria-expanded") == "false":
            await opener.click()
        if name == "guide":
            assert await page.evaluate(CONTRAST) == []
            await page.get_by_test_id("tab-calls").click()
        assert await page.evaluate(CONTRAST) == []
        assert await page.evaluate(TOO_WIDE) == []
        await page.keyboard.press("Escape")
    for opener in ("clock", "settings"):
        await page.get_by_test_id(opener).click()
        await expect(page.get_by_test_id("menu")).to_be_visible()
        assert await page.evaluate(CONTRAST) == []
        await page.keyboard.press("Escape")

    assert await page.evaluate(NAMELESS) == []
    assert await page.evaluate(TWICE) == []


async def tab_to(page: Page, aim: Locator, *, back: bool = False) -> None:
    """Press Tab until something has the focus."""
    await expect(aim).to_be_visible()
    for _ in range(MOST_TABS):
        if await aim.evaluate("node => node === document.activeElement"):
            return
        await page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{aim} cannot be reached with Tab")


async def test_the_keyboard_alone_is_enough(town: Town, page: Page) -> None:
    keys = page.keyboard
    chosen = page.locator("[data-testid=person][aria-checked=true]")
    await tab_to(page, chosen)
    await keys.press("ArrowRight")
    await keys.press("ArrowRight")
    await expect(chosen).to_contain_text("Bea")
    await keys.press("/")
    await keys.type("generate")
    await keys.press("Enter")
    await keys.press("Enter")
    await tab_to(page, last(page).get_by_role("button", name="Recreate key"), back=True)
    await keys.press("Enter")
    await expect(last(page)).to_contain_text("Your new API key")
    town.launcher.secrets.add(await page.get_by_test_id("trial-key").input_value())

    await tab_to(page, last(page).get_by_role("combobox"), back=True)
    await keys.press("ArrowDown")
    await keys.press("c")
    await keys.press("Enter")
    await expect(last(page).get_by_test_id("code")).to_contain_text("curl http")
    await tab_to(page, page.get_by_test_id("tab-tour"))
    await keys.press("ArrowRight")
    await tab_to(page, page.get_by_test_id("trial-send"))
    await keys.press("Enter")
    await expect(page.get_by_test_id("trial-answer")).to_contain_text("200 OK")

    await keys.press("/")
    await keys.type("chat Hello")
    await keys.press("Enter")
    await expect(last(page)).to_contain_text("tokens left today")
    await tab_to(page, page.get_by_test_id("log"), back=True)
    await keys.press("ArrowUp")
    await keys.press("Enter")
    await expect(page.get_by_role("menuitem", name="Reply")).to_be_focused()
    await keys.press("Enter")
    await keys.type("@la")
    await keys.press("Tab")
    await keys.type("and code")
    await keys.press("Enter")
    await expect(last(page)).to_contain_text("Here is a small example")
    await keys.press("Alt+ArrowDown")

    await expect(channel(page, "chat")).not_to_have_attribute("aria-current", "page")
