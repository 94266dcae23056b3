"""The page of a link to a party, `/j/{code}`: it opens the game with the code, and is no way to find codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.async_api import async_playwright

from tests.needs import needs
from tests.web.rest_client import Rest, code, good, guest, running
from web.settings.settings import Settings

JOIN_URL = "https://lobby.example/j/{code}"
GAME_URL = "adventurebot2://join/{code}?from=a&b"
WRONG = "ZZZZZZ"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(join_url=JOIN_URL, game_url=GAME_URL, rate_limits=True, wrong_codes_per_address_min=3) as url:
        yield url


@pytest.fixture
def page(url: str) -> Iterator[httpx.Client]:
    """A browser from an address of its own, since wrong codes are counted by address."""
    with httpx.Client(base_url=url, transport=httpx.HTTPTransport(local_address="127.0.0.9")) as client:
        yield client


def test_the_page_shows_the_code_and_opens_the_game_with_it(url: str) -> None:
    join_code = guest(url).makes()["join_code"]
    answer = Rest(url).get(f"/j/{join_code.lower()}")
    assert answer.status_code == 200
    assert f'href="adventurebot2://join/{join_code}?from=a&amp;b"' in answer.text
    assert f">{join_code}<" in answer.text
    assert re.search("<script|src=|@import|url\\(", answer.text) is None
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert answer.headers["cache-control"] == "no-store"


def test_the_page_of_an_old_code_says_so(url: str) -> None:
    ann = guest(url)
    party = ann.makes()
    ann.post(f"/party/{party['party_id']}/leave")
    answer = Rest(url).get(f"/j/{party['join_code']}")
    assert (answer.status_code, "closed" in answer.text, "adventurebot2" in answer.text) == (410, True, False)


def test_guesses_are_limited_as_wrong_codes_are(url: str, page: httpx.Client) -> None:
    join_code = guest(url).makes()["join_code"]
    assert page.get(f"/j/{join_code}").status_code == 200
    assert page.get("/j/no-code-at-all").status_code == 404
    for _ in range(3):
        assert page.get(f"/j/{WRONG}").status_code == 404
    answer = page.get(f"/j/{join_code}")
    assert (answer.status_code, join_code in answer.text) == (429, False)
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert Rest(url).get(f"/j/{join_code}").status_code == 200


def test_the_page_shows_nothing_else_of_a_private_party(url: str) -> None:
    ann = guest(url, "Secret Ann")
    party = good(ann.post("/party", {"settings": {"visibility": "private", "name": "Secret crypt"}}))
    answer = Rest(url).get(f"/j/{party['join_code']}")
    assert answer.status_code == 200
    assert "Secret" not in answer.text
    assert party["party_id"] not in answer.text


def test_there_is_no_page_without_an_address_of_the_game() -> None:
    with running() as url:
        assert code(Rest(url).get(f"/j/{WRONG}")) == (404, "NOT_FOUND")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_phone_shows_the_whole_page_without_a_script(url: str, scheme: Any) -> None:
    browser_path = needs("chromium")
    join_code = guest(url).makes()["join_code"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        context = await browser.new_context(
            viewport={"width": 390, "height": 700}, color_scheme=scheme, java_script_enabled=False
        )
        shown = await context.new_page()
        complaints: list[str] = []
        shown.on("console", lambda said: complaints.append(said.text))
        await shown.goto(f"{url}/j/{join_code}")
        button = await shown.get_by_role("link", name="Open the game").bounding_box()
        ground = await shown.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
        overflow = await shown.locator("html").evaluate("html => html.scrollWidth - html.clientWidth")
        await browser.close()
    assert complaints == []
    assert button is not None
    assert button["x"] >= 0
    assert button["x"] + button["width"] <= 390
    assert button["height"] >= 44
    assert overflow <= 0
    assert (ground == "rgb(27, 26, 24)") is (scheme == "dark")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("join_url", "https://lobby.example/j/", "exactly once"),
        ("join_url", "https://lobby.example/{code}/{code}", "exactly once"),
        ("join_url", "adventurebot2://join/{code}", "https://"),
        ("join_url", "https://{code}.lobby.example/", "after the host"),
        ("join_url", "https:///{code}", "needs a host"),
        ("join_url", "https://ada@lobby.example/{code}", "no user name"),
        ("join_url", "https://lobby.example:99999/{code}", "ort"),
        ("game_url", "javascript:alert('{code}')", "not a URL|not allowed"),
        ("game_url", "javascript:join({code})", "not allowed"),
        ("game_url", "data:text/html,{code}", "not allowed"),
        ("game_url", 'game://join/"{code}', "not a URL"),
        ("game_url", "game://join/ {code}", "not a URL"),
        ("game_url", "/join/{code}", "not a URL"),
        ("game_url", "game:{code}" + "x" * 500, "at most 500"),
    ],
)
def test_a_form_of_a_link_that_cannot_work_is_refused_at_the_start(name: str, value: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"(?s){name}.*({reason})"):
        Settings.model_validate({name: value})


@pytest.mark.parametrize("value", ["adventurebot2://{code}", "game:join?{code}", "https://play.example/?join={code}#a"])
def test_a_form_that_opens_the_game_is_accepted(value: str) -> None:
    assert Settings(game_url=value).game_url == value
