"""What a person's hands do on the page: the moves that every journey is made of."""

from playwright.async_api import Locator, Page, expect

VERA = "Вера"


def composer(page: Page) -> Locator:
    return page.get_by_test_id("composer")


def option(page: Page, name: str) -> Locator:
    return page.locator(f'[data-testid=option][data-option="{name}"]')


def last(page: Page) -> Locator:
    return page.get_by_test_id("message").last


def channel(page: Page, name: str) -> Locator:
    return page.locator(f'[data-testid=channel][data-name="{name}"]')


async def be(page: Page, name: str) -> None:
    person = page.get_by_test_id("person").filter(has_text=name)
    await person.click()
    await expect(person).to_have_attribute("aria-checked", "true")


async def look(page: Page, name: str) -> None:
    await channel(page, name).click()
    await expect(page.get_by_test_id("room-name")).to_contain_text(name)


async def run(page: Page, text: str) -> None:
    await composer(page).fill(text)
    await page.keyboard.press("Enter")
