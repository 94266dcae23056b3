"""The page of the console over HTTP: its policy, its place, and the switch that turns it off."""

from __future__ import annotations

from pathlib import Path

from tests.web.rest_client import Rest, running
from web.console.pages import MISSING, ConsolePage, content_security_policy

HTML = {"accept": "text/html"}


def test_the_policy_allows_scripts_and_styles_of_the_server_alone() -> None:
    policy = content_security_policy("lobby.example")
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "connect-src 'self' ws://lobby.example wss://lobby.example" in policy


def test_the_home_page_leads_to_the_console_unless_it_is_off() -> None:
    with running() as url:
        assert 'href="console"' in Rest(url).get("/", headers=HTML).text
        assert Rest(url).get("/console", headers=HTML).status_code in (200, 503)
        assert Rest(url).get("/console/nothing.js").status_code == 404
    with running(console=False) as url:
        assert 'href="console"' not in Rest(url).get("/", headers=HTML).text
        assert Rest(url).get("/console", headers=HTML).status_code == 404


async def test_a_page_that_is_not_built_says_what_to_do(tmp_path: Path) -> None:
    sent = []

    async def send(message):  # type: ignore[no-untyped-def]
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/console", "headers": []}
    await ConsolePage(tmp_path)(scope, None, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 503
    assert sent[1]["body"].decode() == MISSING
