"""What a citizen with a cheap phone and a newcomer with a laptop really see."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, ViewportSize, expect

from services.scoring.domain.elements import CODES
from tests.browser.conftest import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGES = (
    "/",
    "/layanan/dpmptsp.nib",
    "/layanan/dpmptsp.nib/standar",
    "/instansi/dpmptsp",
    "/tempat/mpp",
    "/isi/dpmptsp.nib",
    "/docs",
    "/asyncapi",
)
PHONE: ViewportSize = {"width": 360, "height": 640}
LIVE_MS = 10_000


@pytest_asyncio.fixture(loop_scope="module")
async def phone(site: Site, browser: Browser) -> AsyncIterator[Page]:
    """A tab of a small phone."""
    context = await browser.new_context(base_url=site.url, viewport=PHONE, locale="id-ID")
    yield await context.new_page()
    await context.close()


async def answer(tab: Page, service: str) -> None:
    """Give the best answer to every question and send the form."""
    await tab.bring_to_front()
    await tab.goto(f"/isi/{service}")
    for code in CODES:
        await tab.locator(f"input[name={code}][value='4']").check()
    await tab.get_by_role("button", name="Kirim jawaban").click()


async def test_an_answer_moves_the_number_on_a_page_that_is_open(phone: Page) -> None:
    watched = await phone.context.new_page()
    await watched.goto("/layanan/dpmptsp.pbg")
    await expect(watched.locator(".headline")).to_contain_text("Belum diumumkan")

    for _ in range(10):  # nothing is public before ten have answered
        await answer(phone, "dpmptsp.pbg")
        heading = phone.get_by_role("heading", level=1)
        await expect(heading).to_contain_text("sudah dihitung")

    await watched.bring_to_front()
    await expect(watched.locator(".headline .index")).to_have_text("100", timeout=LIVE_MS)
    await expect(watched.locator(".headline")).to_contain_text("Sangat baik")


async def test_the_form_needs_no_script(site: Site, browser: Browser) -> None:
    context = await browser.new_context(base_url=site.url, java_script_enabled=False)
    tab = await context.new_page()

    await answer(tab, "dpmptsp.nib")

    await expect(tab.get_by_role("heading", level=1)).to_contain_text("sudah dihitung")
    await context.close()


async def test_the_form_is_filled_in_with_the_keyboard_alone(phone: Page) -> None:
    await phone.goto("/isi/dpmptsp.nib")
    await phone.locator(f"input[name={CODES[0]}]").first.focus()

    for _ in CODES:
        await phone.keyboard.press("ArrowUp")  # from nothing to the last: the best answer
        await phone.keyboard.press("Tab")

    chosen = await phone.locator("input[type=radio]:checked").evaluate_all(
        "found => found.map(each => each.name + each.value)"
    )
    assert chosen == [f"{code}4" for code in CODES]


async def test_every_page_can_be_read_by_everybody_on_a_small_screen(phone: Page) -> None:
    complaints: list[str] = []
    phone.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    phone.on("pageerror", lambda fault: complaints.append(str(fault)))
    for language in ("id", "en"):
        for path in PAGES:
            await phone.goto(f"{path}?bahasa={language}")
            found = await Axe().run(phone)
            complaints += [
                f"{path} {language}: {rule['id']}" for rule in found.response["violations"]
            ]
            if await phone.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
                complaints.append(f"{path} {language}: scrolls sideways")

    assert complaints == []
