"""Pages of the server in a real browser: every problem that the browser reports fails the test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

from playwright.async_api import Browser, ConsoleMessage, Error, Page, Request

from tests.needs import needs

NARROW, WIDE = 390, 1200
Scheme = Literal["light", "dark"]
_REPORT_VIOLATIONS = """
    document.addEventListener("securitypolicyviolation", (event) =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


@asynccontextmanager
async def new_tab(browser: Browser) -> AsyncIterator[Page]:
    """A tab for several visits: in a new one, the browser compiles a page again, which takes half a second of CPU and more."""
    context = await browser.new_context()
    tab = await context.new_page()
    await tab.add_init_script(_REPORT_VIOLATIONS)
    yield tab
    await context.close()


@asynccontextmanager
async def opened(tab: Page, origin: str, path: str, width: int, scheme: Scheme) -> AsyncIterator[Page]:
    """The page, which finds nothing of earlier visits. No error, no violation of its policy and no request to another origin may
    have come up by the end."""
    complaints: list[str] = []

    def note_message(said: ConsoleMessage) -> None:
        complaints.extend([said.text] if said.type in ("error", "warning") else [])

    def note_error(error: Error) -> None:
        complaints.append(f"error: {error}")

    def note_request(request: Request) -> None:
        if not request.url.startswith((f"{origin}/", "data:")):
            complaints.append(f"foreign: {request.url}")

    await tab.set_viewport_size({"width": width, "height": 800})
    await tab.emulate_media(color_scheme=scheme)
    tab.on("console", note_message)
    tab.on("pageerror", note_error)
    tab.on("request", note_request)
    await tab.goto(f"{origin}{path}")
    try:
        yield tab
        await tab.evaluate("sessionStorage.clear(); localStorage.clear()")
    finally:
        tab.remove_listener("console", note_message)
        tab.remove_listener("pageerror", note_error)
        tab.remove_listener("request", note_request)
        await tab.goto("about:blank")
    assert complaints == []


async def fits(page: Page) -> bool:
    """True if nothing is wider than the window."""
    return bool(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


async def accessibility_problems(page: Page, *known: str) -> list[str]:
    """The serious and critical findings of axe-core, except `known` rules."""
    axe = needs("tests/js") / "axe-core/axe.min.js"
    await page.evaluate(axe.read_text(encoding="utf-8") + "; 0")
    found: dict[str, Any] = await page.evaluate("axe.run()")
    return [
        f"{violation['id']}: {node['target']}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical") and violation["id"] not in known
        for node in violation["nodes"]
    ]
