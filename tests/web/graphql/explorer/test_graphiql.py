"""GraphiQL in a real browser, on the whole server, with no other origin."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.journey.players import DOCUMENTS, Player, guest
from tests.needs import needs
from tests.serving import served
from tests.stores_of_servers import fresh_store
from tests.web.graphql.explorer.graphiql_page import GraphiQLWindow, chromium, new_window
from tools.demo.address import Address
from tools.demo.http_client import http_client
from web.app import create_app
from web.settings.settings import Settings


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    needs("graphiql")
    with served(create_app(Settings(store=fresh_store(), rate_limits=False))) as url:
        yield url


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
async def tab(browser: Browser) -> AsyncIterator[GraphiQLWindow]:
    """One tab for all tests: in a new one, the browser would compile the page again, for a second of CPU."""
    context = await browser.new_context(viewport={"width": 1500, "height": 900})
    yield await new_window(context)
    await context.close()


@pytest.fixture
async def window(tab: GraphiQLWindow, origin: str) -> AsyncIterator[GraphiQLWindow]:
    """The page in a tab that remembers nothing. Foreign requests, policy violations and errors fail the test."""
    await tab.open(origin)
    yield tab
    assert tab.complaints == []


@pytest.fixture
async def friend(origin: str) -> AsyncIterator[Player]:
    """Another player, on another kind of client."""
    address = Address(origin)
    async with http_client(address, DOCUMENTS) as http:
        yield await guest(http, address)


async def test_the_page_opens_with_the_projects_name_and_an_example(window: GraphiQLWindow) -> None:
    assert await window.page.title() == "AdventureBot2 Lobby · GraphiQL"
    await expect(window.page.locator(".lobby-name")).to_have_text("AdventureBot2 Lobby")
    assert "signInAsGuest" in await window.content("query")
    assert "displayName" in await window.content("variables")


async def test_one_click_makes_a_visitor_a_player(window: GraphiQLWindow) -> None:
    """Every tab has the header from the start. The token replaces its placeholder when a request is sent."""
    name = await window.play_as_guest()

    assert "Bearer {{accessToken}}" in await window.content("headers")
    assert (await window.runs_example("Me"))["displayName"] == name


async def test_the_sign_in_example_makes_a_visitor_a_player_too(window: GraphiQLWindow) -> None:
    await window.runs("SignInAsGuest")

    assert (await window.runs_example("Me"))["displayName"] == "Mira"


async def test_a_stranger_is_told_to_sign_in(window: GraphiQLWindow) -> None:
    await window.choose("CreateParty")
    await window.run()

    assert (await window.answer())["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_watched_party_shows_what_another_client_does(window: GraphiQLWindow, friend: Player) -> None:
    await window.play_as_guest()
    party = (await window.runs("CreateParty"))["party"]
    assert (await window.runs("WatchParty"))["__typename"] == "PartySnapshot"

    await friend.does("JoinByCode", joinCode=party["joinCode"])

    await window.shows("response", "MemberJoined")
    await window.shows("response", friend.name)


async def test_the_live_panel_continues_while_other_tabs_are_used(window: GraphiQLWindow, friend: Player) -> None:
    await window.play_as_guest()
    party = (await window.runs("CreateParty"))["party"]
    await window.button("Show Live party").click()
    panel = window.page.get_by_label("Live party", exact=True)
    await expect(panel).to_contain_text("PartySnapshot")

    await window.choose("Parties")
    await friend.does("JoinByCode", joinCode=party["joinCode"])

    await expect(panel).to_contain_text("MemberJoined")
    await expect(panel).to_contain_text(friend.name)


async def test_every_tab_that_is_open_works_in_order(window: GraphiQLWindow) -> None:
    await window.runs("SignInAsGuest")
    assert (await window.runs("CreateParty"))["__typename"] == "PartyChanged"
    assert (await window.runs("WatchParty"))["__typename"] == "PartySnapshot"
    assert (await window.runs("Parties"))["totalCount"] >= 1
    for operation in ("JoinByCode", "UpdateMember", "SetReady"):
        assert (await window.runs(operation))["__typename"] == "PartyChanged"
    await window.button("Show Live party").click()
    assert (await window.runs("StartSession"))["__typename"] == "SessionChanged"
    await expect(window.page.get_by_label("Live party", exact=True)).to_contain_text("SessionStarted", timeout=15_000)
    assert (await window.runs("UpdateSession"))["session"]["floor"] == 2
    assert (await window.runs("CompleteSession"))["session"]["outcome"] == "VICTORY"
    assert (await window.runs("LeaveParty"))["__typename"] == "PartyChanged"


async def test_two_browser_tabs_are_two_players(window: GraphiQLWindow) -> None:
    second = await new_window(window.page.context)
    await second.open(window.origin)
    names = [await window.play_as_guest(), await second.play_as_guest()]
    await window.runs("CreateParty")

    joined = (await second.runs("JoinByCode"))["party"]

    assert [member["player"]["displayName"] for member in joined["members"]] == names
    await second.page.close()
    assert second.complaints == []


async def test_a_new_guest_starts_without_a_party(window: GraphiQLWindow) -> None:
    await window.play_as_guest()
    await window.runs("CreateParty")
    player = window.page.locator(".lobby-player")
    first = await player.get_attribute("title") or ""
    await window.button("New guest").click()
    await expect(player).not_to_have_attribute("title", first)

    assert await window.runs_example("MyParty") is None
    await expect(window.page.get_by_label("Remembered values")).not_to_contain_text("partyId")


async def test_a_header_typed_by_hand_is_sent_as_it_is(window: GraphiQLWindow, friend: Player) -> None:
    await window.open_example("Me")
    await window.types("headers", f'{{"Authorization": "Bearer {friend.token}"}}')
    await window.run()

    assert (await window.answer())["data"]["me"]["id"] == friend.id


async def test_a_header_typed_by_hand_is_sent_for_subscriptions_too(window: GraphiQLWindow, friend: Player) -> None:
    party = (await friend.does("CreateParty"))["party"]
    await window.choose("WatchParty")
    await window.types("variables", f'{{"partyId": "{party["id"]}"}}')
    await window.types("headers", f'{{"Authorization": "Bearer {friend.token}"}}')
    await window.run()

    assert (await window.answer())["data"]["partyEvents"]["__typename"] == "PartySnapshot"


async def test_the_guest_stays_the_same_after_a_reload(window: GraphiQLWindow) -> None:
    name = await window.play_as_guest()
    await window.page.reload()

    await expect(window.page.locator(".lobby-player")).to_contain_text(name)


async def test_a_token_that_is_no_longer_valid_is_renewed(window: GraphiQLWindow) -> None:
    name = await window.play_as_guest()
    await window.page.evaluate("""() => {
        const kept = JSON.parse(sessionStorage.getItem("lobby:remembered"));
        sessionStorage.setItem("lobby:remembered", JSON.stringify({ ...kept, accessToken: "spoilt" }));
    }""")
    await window.page.reload()
    await expect(window.page.locator(".lobby-player")).to_contain_text(name)

    assert (await window.runs_example("Me"))["displayName"] == name


async def test_a_missing_value_of_a_placeholder_is_an_error_that_says_how_to_get_it(window: GraphiQLWindow) -> None:
    await window.play_as_guest()
    await window.choose("SetReady")
    await window.run()

    assert "{{partyId}}" in (await window.answer())["errors"][0]["message"]


async def test_the_docs_open_and_show_the_limits(window: GraphiQLWindow) -> None:
    await window.button("Show Documentation Explorer").click()
    docs = window.page.locator(".graphiql-doc-explorer")
    await docs.get_by_role("link", name="Query", exact=True).click()

    await expect(docs).to_contain_text("Public parties that are open")


async def test_the_explorer_opens_and_writes_the_query(window: GraphiQLWindow) -> None:
    await window.open_example("ServerInfo")
    await window.button("Show GraphiQL Explorer").click()
    await window.page.locator(".docExplorerWrap").get_by_text("me", exact=True).click()

    await window.shows("query", "\n  me\n")


async def test_a_client_that_is_not_a_browser_gets_no_page(origin: str) -> None:
    async with httpx.AsyncClient(base_url=origin) as client:
        response = await client.get("/graphql", params={"query": "{ serverInfo { maxMembers } }"})

    assert response.json() == {"data": {"serverInfo": {"maxMembers": 8}}}


async def test_the_page_works_below_a_prefix(tab: GraphiQLWindow) -> None:
    needs("graphiql")
    settings = Settings(store=fresh_store(), rate_limits=False, root_path="/lobby")
    with served(create_app(settings)) as url:
        await tab.open(f"{url}/lobby")
        await tab.play_as_guest()
        await tab.runs("CreateParty")
        assert (await tab.runs("WatchParty"))["__typename"] == "PartySnapshot"
        await tab.page.close()
    assert tab.complaints == []
