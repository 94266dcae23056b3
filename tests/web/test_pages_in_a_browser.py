"""The pages at `/` and `/docs` in Chromium: on their own origin, under a strict policy, on a narrow screen, by the keyboard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Page, expect

from tests.needs import needs
from tests.web.browser_page import NARROW, WIDE, Scheme, accessibility_problems, fits, new_tab, opened
from tests.web.graphql.explorer.graphiql_page import chromium
from tests.web.rest_client import running

UP_WAIT_MS = 30_000


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    needs("graphiql")
    with running() as url:
        yield url


@pytest.fixture(scope="module")
async def tab() -> AsyncIterator[Page]:
    async with chromium() as browser, new_tab(browser) as tab:
        yield tab


@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "light"), (NARROW, "dark")])
async def test_the_home_page_leads_to_the_others(tab: Page, origin: str, width: int, scheme: Scheme) -> None:
    async with opened(tab, origin, "/", width, scheme) as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("AdventureBot2 Lobby")
        await expect(page.locator(".good")).to_have_text("ready")
        assert await fits(page)
        assert await accessibility_problems(page) == []
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.textContent") == "GraphQL"
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{origin}/docs")


@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "dark"), (NARROW, "light")])
async def test_the_reference_makes_a_guest_whose_token_it_sends(
    tab: Page, origin: str, width: int, scheme: Scheme
) -> None:
    async with opened(tab, origin, "/docs", width, scheme) as page:
        create = page.locator("[id$=create_party]")
        await create.wait_for(timeout=UP_WAIT_MS)
        # Swagger UI has a button inside of the heading that opens an operation. Opened ones have more faults of its own.
        assert await accessibility_problems(page, "nested-interactive") == []
        await page.get_by_role("button", name="Play as a guest").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("Playing as")
        await create.locator(".opblock-summary-control").click()
        await create.get_by_role("button", name="Execute").click()
        await expect(create.locator(".live-responses-table")).to_contain_text("join_code")
        await expect(create.locator(".curl-command")).to_contain_text("Authorization: Bearer")
        assert await fits(page)
