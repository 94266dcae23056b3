"""GraphiQL in a real browser, by what a person sees and does there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    async_playwright,
    expect,
)

from tests.needs import needs

UP_WAIT_MS = 30_000
"""A cold browser on a busy machine takes seconds to draw its first editor."""

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_MODELS = {
    "query": "operation.graphql",
    "variables": "variables.json",
    "headers": "request-headers.json",
    "response": "response.json",
}
_AREAS = {
    "query": ".graphiql-query-editor .monaco-editor",
    "variables": ".graphiql-editor-tool .graphiql-editor:not(.hidden) .monaco-editor",
    "headers": ".graphiql-editor-tool .graphiql-editor:not(.hidden) .monaco-editor",
}
# The page contains only the visible lines. Monaco, which GraphiQL leaves as a global, has the whole content.
_CONTENT = """(model) => globalThis.__MONACO?.editor.getModels()
    .find(({ uri }) => uri.path.endsWith(model))?.getValue() ?? ''"""
_SHOWS = f"([model, text]) => ({_CONTENT})(model).includes(text)"
_REPORT_VIOLATIONS = """
    document.addEventListener("securitypolicyviolation", (event) =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""
_EMPTY = "/empty-page"
"""The path of a page that has the storage of its origin, and writes nothing into it. The server does not see it."""
_NO_ICON = '<link rel="icon" href="data:,">'
"""Else the browser would ask the server for one, at some time."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The Chromium of this machine, without a window."""
    program = needs("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=_FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


async def new_window(context: BrowserContext) -> GraphiQLWindow:
    window = GraphiQLWindow(await context.new_page())
    await window.watch()
    return window


@dataclass
class GraphiQLWindow:
    """One browser tab for the page, and every problem that the browser has reported since the page was opened.

    Without slots: Playwright 1.65 sets an attribute on the object whose method is given to `on`.
    """

    page: Page
    origin: str = ""
    complaints: list[str] = field(default_factory=list)

    async def open(self, origin: str) -> None:
        """Visit the page as somebody who has never been there."""
        self.origin = origin
        await self.page.route(f"**{_EMPTY}", lambda route: route.fulfill(content_type="text/html", body=_NO_ICON))
        await self.page.goto(f"{origin}{_EMPTY}")
        await self.page.unroute(f"**{_EMPTY}")
        await self.page.evaluate("sessionStorage.clear(); localStorage.clear()")
        self.complaints.clear()
        await self.page.goto(f"{origin}/graphql")
        await self.shows("query", "SignInAsGuest", wait_ms=UP_WAIT_MS)

    async def watch(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("request", self._on_request)
        await self.page.add_init_script(_REPORT_VIOLATIONS)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:")):
            self.complaints.append(f"foreign: {request.url}")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def play_as_guest(self) -> str:
        """Click the button, and return the name of the guest."""
        await self.button("Play as a guest").click()
        name = self.page.locator(".lobby-player strong")
        await expect(name).not_to_be_empty()
        return await name.inner_text()

    async def choose(self, operation: str) -> None:
        """The editor tab of an example that is open from the start."""
        await self.page.locator(".graphiql-tab-button", has_text=operation).first.click()
        await self.shows("query", operation)

    async def run(self) -> None:
        await self.page.locator(".graphiql-execute-button").click()

    async def answer(self) -> Any:
        """The answer to the operation that runs now. It replaces the earlier answer."""
        await self.shows("response", "{")
        return json.loads(await self.content("response"))

    async def runs(self, operation: str) -> Any:
        """Open the example, run it, and return the result of its only field."""
        await self.choose(operation)
        await self.run()
        return await self._value()

    async def _value(self) -> Any:
        answer = await self.answer()
        assert "errors" not in answer, answer
        (value,) = answer["data"].values()
        return value

    async def open_example(self, operation: str) -> None:
        """Open an example from the panel, if it is not open from the start."""
        await self.page.locator(".lobby-panel button", has=self.page.get_by_text(operation, exact=True)).click()
        await self.shows("query", operation)

    async def runs_example(self, operation: str) -> Any:
        await self.open_example(operation)
        await self.run()
        return await self._value()

    async def shows(self, editor: str, text: str, wait_ms: float = 10_000) -> None:
        """Waits until an editor (query, variables, headers, response) holds the text."""
        await self.page.wait_for_function(_SHOWS, arg=[_MODELS[editor], text], timeout=wait_ms)

    async def content(self, editor: str) -> str:
        return str(await self.page.evaluate(_CONTENT, _MODELS[editor]))

    async def types(self, editor: str, text: str) -> None:
        """Replace the content of an editor. Monaco would put brackets around a selection."""
        if editor != "query":
            await self.button(editor.capitalize()).click()
        await self.page.locator(f"{_AREAS[editor]} .view-lines").click()
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.press("Delete")
        await self.page.keyboard.insert_text(text)  # key by key, each takes 10 ms of CPU
