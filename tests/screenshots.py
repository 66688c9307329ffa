"""The README's pictures; `python -m tests.screenshots` plays the sandbox and takes them anew."""

import asyncio
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.fakes.program import launching
from tests.journeys.conftest import chromium
from tests.journeys.hands import VERA, be, composer, last, look, option, run

PICTURES = Path(__file__).parent / "pictures"
WINDOW, PHONE = (1500, 900), (390, 800)  # pixels of the page
SHARP = 1.4  # pixels of the picture for each
COLOURS = 256


async def opened(browser: Browser, url: str, *, scheme: str, size: tuple[int, int]) -> Page:
    """Open the page in a window of its own."""
    context = await browser.new_context(
        color_scheme=scheme,
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=SHARP,
        reduced_motion="reduce",
    )
    page = await context.new_page()
    await page.goto(url)
    await page.wait_for_selector("body[data-connected=true]")
    return page


async def shot(page: Page) -> Image.Image:
    """Take a picture of what is to be seen, once nothing moves."""
    await page.mouse.move(0, 0)
    await page.evaluate("document.activeElement.blur()")
    await expect(page.locator(".typing")).to_be_empty()
    return Image.open(io.BytesIO(await page.screenshot(animations="disabled"))).convert("RGB")


def kept(name: str, image: Image.Image) -> None:
    """Write a picture as small as few colours make it."""
    PICTURES.mkdir(exist_ok=True)
    small = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    path = PICTURES / f"{name}.png"
    small.save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size // 1024} KB")


def beside(images: list[Image.Image], gap: int = 36) -> Image.Image:
    """Put pictures of one height side by side."""
    width = sum(each.width for each in images) + gap * (len(images) - 1)
    sheet = Image.new("RGB", (width, images[0].height), "#8a8f99")
    at = 0
    for each in images:
        sheet.paste(each, (at, 0))
        at += each.width + gap
    return sheet


async def ask(page: Page, text: str) -> None:
    """Write a command with its options, and send it."""
    await composer(page).fill(text)
    await page.get_by_test_id("send").click()


async def the_chat(page: Page) -> None:
    """A member has a key, has spent it, and asks in the chat."""
    await run(page, "/gen_key")
    await expect(last(page).get_by_test_id("only-you")).to_be_visible()
    await page.get_by_test_id("tab-calls").click()
    await page.get_by_test_id("trial-send").click()
    await expect(page.get_by_test_id("trial-answer")).to_contain_text("200 OK")
    await last(page).get_by_role("button", name="Dismiss").click()
    await be(page, "Bea")
    await run(page, "@Ada how do you greet somebody in Python?")
    await be(page, "Ada")
    await ask(page, "/chat prompt:Greet somebody in Python, as code")
    await expect(last(page)).to_contain_text("tokens left today")
    kept("chat", await shot(page))


async def the_limits(page: Page) -> None:
    """The same member looks at what it cost."""
    await look(page, "commands")
    await run(page, "/all_limits")
    await expect(last(page)).to_contain_text("Your limits today")
    await last(page).evaluate("node => node.scrollIntoView({ block: 'start' })")
    await page.get_by_test_id("tab-tour").click()
    await expect(page.get_by_test_id("tour-count")).to_have_text("4 of 5")
    kept("limits", await shot(page))


async def the_grant(page: Page) -> None:
    """A moderator gives a grant, the tour's last step."""
    await page.locator("[data-testid=step][data-step=grant]").click()
    await expect(page.get_by_test_id("call")).to_be_visible()
    await page.keyboard.type("Bea")
    await page.keyboard.press("Enter")
    await option(page, "days").fill("30")
    await option(page, "reason").fill("Wrote the guide for newcomers")
    await page.locator("[data-testid=add-option][data-option=tokens]").click()
    await option(page, "tokens").fill("320000")
    await page.keyboard.press("Enter")
    await expect(last(page).get_by_role("button", name="Confirm")).to_be_visible()
    kept("grant", await shot(page))
    await last(page).get_by_role("button", name="Confirm").click()
    await expect(page.get_by_test_id("tour-count")).to_have_text("5 of 5")


async def the_phones(browser: Browser, url: str) -> None:
    """A reader of Russian with a phone, the commands at hand, and the tour."""
    russian = await opened(browser, url, scheme="dark", size=PHONE)
    await be(russian, VERA)
    await run(russian, "/user_info")
    await russian.keyboard.press("Enter")
    await expect(last(russian).get_by_test_id("container")).to_be_visible()
    palette = await opened(browser, url, scheme="light", size=PHONE)
    await composer(palette).fill("/")
    await expect(palette.get_by_test_id("suggestions")).to_be_visible()
    commands = Image.open(io.BytesIO(await palette.screenshot())).convert("RGB")
    tour = await opened(browser, url, scheme="light", size=PHONE)
    await tour.get_by_test_id("open-guide").click()
    await expect(tour.get_by_test_id("tour")).to_be_visible()
    kept("phones", beside([await shot(russian), commands, await shot(tour)]))


async def main() -> None:
    """Play the sandbox from its beginning, and keep a picture of each part."""
    with tempfile.TemporaryDirectory() as folder:
        async with launching(Path(folder)) as launcher, async_playwright() as play:
            program = await launcher.start("sandbox")
            url = (await program.says(r"Page: (http://\S+)"))[1]
            browser = await play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            page = await opened(browser, url, scheme="dark", size=WINDOW)
            await the_chat(page)
            await the_limits(page)
            await page.emulate_media(color_scheme="light")
            await the_grant(page)
            await the_phones(browser, url)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
