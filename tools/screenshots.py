"""Makes the pictures of the README in docs/images: `uv run python -m tools.screenshots`.

It starts a server in memory, lets the bots of the demo play on it, and takes the pictures with Chromium: the explorer, the
console, and a party as it happens in the console.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from socket import socket
from typing import Any

import httpx
from playwright.async_api import Browser, Page, async_playwright

from lobby.auth.api_keys import hash_key, new_key
from tools.small_png import shrink

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
IMAGE_BYTES_MAX = 100_000
SIZE = {"width": 1100, "height": 700}
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-lcd-text")
"""Grey edges of letters make smaller files than coloured ones."""
UP_WAIT_S = 30.0
GUEST = (
    "mutation ($name: String!) { s: signInAsGuest(input: {displayName: $name}) "
    "{ ... on CredentialsGranted { credentials { accessToken } } } }"
)
CREATE = 'mutation { c: createParty(input: {settings: {name: "The Crypt of Kings"}}) { ... on PartyChanged { party { id } } } }'


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 1 if a picture is too large for the repository."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.screenshots", description="Makes the pictures in docs/images."
    )
    parser.add_argument("--to", type=Path, default=IMAGES, help="the folder of the pictures")
    parser.add_argument("--seconds", type=float, default=60, help="how long the bots play first, for the charts")
    options = parser.parse_args(arguments)
    options.to.mkdir(parents=True, exist_ok=True)
    asyncio.run(_take(options.to, options.seconds))
    sizes = {image: image.stat().st_size for image in sorted(options.to.glob("*.png"))}
    for image, size in sizes.items():
        print(f"{image}: {size:,} bytes")
    return 1 if max(sizes.values()) > IMAGE_BYTES_MAX else 0


async def _take(folder: Path, seconds: float) -> None:
    key = new_key("moderator")
    async with _server(key) as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        await _play(url, seconds)
        await _explorer(browser, url, folder / "explorer.png")
        await _console(browser, url, key, folder)
        await browser.close()


@asynccontextmanager
async def _server(moderator_key: str) -> AsyncIterator[str]:
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "LOBBY_STORE": "memory://",
        "LOBBY_MODERATOR_KEYS": f'["mia={hash_key(moderator_key)}"]',
        "LOBBY_COUNTDOWN_S": "3",
    }
    server = await asyncio.create_subprocess_exec(
        sys.executable, "server.py", "--port", str(port), cwd=ROOT, env={**os.environ, **settings}
    )
    url = f"http://127.0.0.1:{port}"
    try:
        await _wait_until_ready(url)
        yield url
    finally:
        server.terminate()
        await server.wait()


async def _wait_until_ready(url: str) -> None:
    async with asyncio.timeout(UP_WAIT_S), httpx.AsyncClient(trust_env=False) as http:
        while True:
            try:
                if (await http.get(f"{url}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.2)


async def _play(url: str, seconds: float) -> None:
    """Let the bots of the demo play, again and again."""
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        demo = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tools.demo", "--url", url), cwd=ROOT, stdout=asyncio.subprocess.DEVNULL
        )
        await demo.wait()


async def _page(browser: Browser, url: str) -> Page:
    context = await browser.new_context(viewport=SIZE, color_scheme="light")  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(url)
    return page


async def _explorer(browser: Browser, url: str, image: Path) -> None:
    page = await _page(browser, f"{url}/graphql")
    await page.get_by_role("button", name="Play as a guest").click()
    await page.locator(".graphiql-tab-button", has_text="CreateParty").first.click()
    await page.locator(".graphiql-execute-button").click()
    await page.get_by_text("joinCode").last.wait_for()
    await page.wait_for_timeout(1_000)  # the editor colours its content
    await _save(page, image)
    await page.context.close()


async def _console(browser: Browser, url: str, key: str, folder: Path) -> None:
    page = await _page(browser, f"{url}/console")
    await page.get_by_label("Operator key or moderator key").fill(key)
    await page.keyboard.press("Enter")
    await page.get_by_role("img", name="Commands per second").wait_for()
    await page.wait_for_timeout(500)
    await _save(page, folder / "console.png")
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        ada, bram = await _guest(http, "Ada"), await _guest(http, "Bram")
        party = (await _run(http, ada, CREATE))["c"]["party"]["id"]
        await page.goto(f"{url}/console#/parties/{party}")
        await page.get_by_text("live", exact=True).wait_for()
        for token, mutation in (
            (bram, "joinParty(input: {partyId: $id})"),
            (bram, 'postMessage(input: {partyId: $id, text: "Who has the torches?"})'),
            (ada, 'postMessage(input: {partyId: $id, text: "I do."})'),
            (bram, "setReady(input: {partyId: $id, ready: true, settingsVersion: 1})"),
            (ada, "startSession(input: {partyId: $id})"),
        ):
            await _run(http, token, f"mutation ($id: ID!) {{ m: {mutation} {{ __typename }} }}", id=party)
        await page.get_by_text("Session started").wait_for()
        await _save(page, folder / "party.png")
    await page.context.close()


async def _save(page: Page, image: Path) -> None:
    await asyncio.to_thread(image.write_bytes, shrink(await page.screenshot()))


async def _guest(http: httpx.AsyncClient, name: str) -> str:
    token: str = (await _run(http, "", GUEST, name=name))["s"]["credentials"]["accessToken"]
    return token


async def _run(http: httpx.AsyncClient, token: str, query: str, **variables: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = (await http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)).json()
    assert "errors" not in answer, answer
    return answer["data"]


if __name__ == "__main__":
    sys.exit(main())
