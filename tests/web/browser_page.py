"""Pages of the server in a real browser: every problem that the browser reports fails the test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

from playwright.async_api import Browser, Page

from tests.needs import needs

NARROW, WIDE = 390, 1200
Scheme = Literal["light", "dark"]
_REPORT_VIOLATIONS = """
    document.addEventListener("securitypolicyviolation", (event) =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


@asynccontextmanager
async def opened(browser: Browser, origin: str, path: str, width: int, scheme: Scheme) -> AsyncIterator[Page]:
    """The page. No error, no violation of its policy and no request to another origin may have come up by the end."""
    context = await browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page, complaints = await context.new_page(), list[str]()
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on(
        "request",
        lambda request: (
            complaints.append(f"foreign: {request.url}")
            if not request.url.startswith((f"{origin}/", "data:"))
            else None
        ),
    )
    await page.add_init_script(_REPORT_VIOLATIONS)
    await page.goto(f"{origin}{path}")
    try:
        yield page
    finally:
        await context.close()
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
