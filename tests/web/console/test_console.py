"""The operators' console in Chromium, by what a person sees and does there, over a lobby in which players play."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, expect

from tests.needs import needs
from tests.web.browser_page import NARROW, WIDE, Scheme, accessibility_problems, fits, new_tab, opened
from tests.web.console.operator_page import OperatedLobby, operated_lobby
from tests.web.graphql.explorer.graphiql_page import chromium
from tests.web.rest_client import Rest, guest

PARTIES = 3_000
WAIT_MS = 15_000
expect.set_options(timeout=WAIT_MS)  # a busy machine takes longer than the 5 s of Playwright


@pytest.fixture(scope="module")
def lobby(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatedLobby]:
    needs("console")
    with operated_lobby(tmp_path_factory.mktemp("console"), PARTIES) as lobby:
        yield lobby


@pytest.fixture(scope="module")
async def tab() -> AsyncIterator[Page]:
    async with chromium() as browser, new_tab(browser) as tab:
        yield tab


@asynccontextmanager
async def console(
    tab: Page, lobby: OperatedLobby, key: str, width: int = WIDE, scheme: Scheme = "light"
) -> AsyncIterator[Page]:
    """The console, signed in by the keyboard."""
    async with opened(tab, lobby.url, "/console", width, scheme) as page:
        page.set_default_timeout(WAIT_MS)
        await page.get_by_label("Operator key or moderator key").fill(key)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
        yield page


async def search(page: Page, text: str) -> None:
    await page.get_by_role("link", name="Parties").click()
    await expect(page.get_by_role("searchbox")).to_have_value("")  # that of the earlier search goes away
    await page.get_by_role("searchbox").fill(text)
    await page.keyboard.press("Enter")


async def confirm(page: Page, button: str, reason: str) -> None:
    """Give the reason in the dialog that is open, and confirm it."""
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Reason").fill(reason)
    await dialog.get_by_role("button", name=button).click()
    await expect(dialog).to_have_count(0)


async def post(player: Rest, party_id: str, text: str) -> None:
    said = f'mutation {{ p: postMessage(input: {{partyId: "{party_id}", text: "{text}"}}) {{ __typename }} }}'
    await asyncio.to_thread(player.graphql, said)


async def test_a_moderator_finds_a_player_watches_bans_and_lifts_the_ban(tab: Page, lobby: OperatedLobby) -> None:
    ann, bob = guest(lobby.url, "Ann"), guest(lobby.url, "Bob the Rude")
    party = ann.makes(name="The Crypt", visibility="private")
    bob.graphql(f'mutation {{ j: joinParty(input: {{joinCode: "{party["join_code"]}"}}) {{ __typename }} }}')
    async with console(tab, lobby, lobby.moderator) as page:
        await search(page, "the rude")
        await expect(page.get_by_role("row", name="The Crypt")).to_contain_text("Bob the Rude")
        await page.get_by_role("link", name="The Crypt").click()
        await expect(page.get_by_text("That you look at it is in the log of moderation")).to_be_visible()
        await expect(page.get_by_text("live", exact=True)).to_be_visible()
        events = page.get_by_role("log")
        await post(bob, party["party_id"], "rude words")
        await expect(events).to_contain_text("Bob the Rude: “rude words”")

        await page.get_by_role("row", name="Bob the Rude").get_by_role("button", name="Ban").click()
        await confirm(page, "Ban", "Rude words")
        await expect(events).to_contain_text("Member left Bob the Rude (removed)")
        assert bob.post("/party").status_code == 401

        await page.get_by_role("link", name="Moderation").click()
        bans = page.get_by_role("region", name="Bans, the latest first")
        await expect(bans.get_by_role("row", name="Bob the Rude")).to_contain_text("Rude words")
        await bans.get_by_role("button", name="Lift the ban").click()
        await confirm(page, "Lift the ban", "Said sorry")
        await expect(bans).to_contain_text("None.")
        log = page.get_by_role("region", name="The latest acts")
        for act in ("viewParty", "banPlayer", "unbanPlayer"):
            await expect(log.get_by_role("rowheader", name=act, exact=True)).to_have_count(1)
        assert await accessibility_problems(page) == []
    assert bob.post("/party").status_code == 200


async def test_a_moderator_resolves_a_report_removes_a_player_closes_and_sets_a_maintenance(
    tab: Page, lobby: OperatedLobby
) -> None:
    fay, gus = guest(lobby.url, "Fay"), guest(lobby.url, "Gus")
    party = fay.makes(name="Fay's den")
    gus.joins(party)
    about = f'partyId: "{party["party_id"]}", playerId: "{gus.id}", reason: "Shouts"'
    fay.graphql(f"mutation {{ r: reportPlayer(input: {{{about}}}) {{ __typename }} }}")
    async with console(tab, lobby, lobby.moderator) as page:
        await page.get_by_role("link", name="Moderation").click()
        report = page.get_by_role("row", name="Shouts")
        await report.get_by_role("button", name="Resolve").click()
        await page.get_by_role("dialog").get_by_label("What was done, and why").fill("Removed")
        await page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
        await expect(report).to_have_count(0)

        await page.evaluate("(id) => { location.hash = `#/parties/${id}` }", party["party_id"])
        await page.get_by_role("row", name="Gus").get_by_role("button", name="Remove").click()
        await confirm(page, "Remove", "Shouts")
        await expect(page.get_by_role("row", name="Gus")).to_have_count(0)
        await page.get_by_role("button", name="Close party").click()
        await confirm(page, "Close party", "Empty")
        await expect(page.get_by_role("log")).to_contain_text("Party closed moderated")
        await expect(page.get_by_role("button", name="Close party")).to_have_count(0)

        await page.get_by_role("link", name="Moderation").click()
        await page.get_by_role("button", name="Maintenance", exact=True).click()
        await page.get_by_role("dialog").get_by_label("From").fill("2030-01-01T10:00")
        await confirm(page, "Maintenance", "An update")
        await page.get_by_role("link", name="Overview").click()
        await expect(page.get_by_text("Maintenance from 1 Jan 2030")).to_be_visible()
        await page.get_by_role("link", name="Moderation").click()
        await page.get_by_role("button", name="End maintenance").click()
        await confirm(page, "End maintenance", "Not needed")
        await page.get_by_role("link", name="Overview").click()
        await expect(page.get_by_text("Maintenance from")).to_have_count(0)


async def test_an_operator_reads_all_and_gets_no_act(tab: Page, lobby: OperatedLobby) -> None:
    cat = guest(lobby.url, "Cat")
    party = cat.makes(name="Cat's den")
    async with console(tab, lobby, lobby.operator) as page:
        await search(page, cat.id)
        await page.get_by_role("link", name="Cat's den").click()
        await expect(page.get_by_role("row", name="Cat")).to_contain_text("connected")
        await expect(page.get_by_role("button", name="Ban")).to_have_count(0)
        await page.get_by_text("Log from the oldest entry").click()
        await expect(page.get_by_label("Log of the party")).to_contain_text("Party created")
        await page.get_by_role("link", name="Moderation").click()
        await expect(page.get_by_text("need a moderator key")).to_be_visible()
        await page.reload()
        await expect(page.get_by_text("need a moderator key")).to_be_visible()
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_label("Operator key or moderator key")).to_be_visible()
        await page.reload()
        await expect(page.get_by_label("Operator key or moderator key")).to_be_visible()
    cat.post(f"/party/{party['party_id']}/leave")


async def test_a_key_that_is_none_is_refused(tab: Page, lobby: OperatedLobby) -> None:
    player = guest(lobby.url)
    async with opened(tab, lobby.url, "/console", WIDE, "light") as page:
        for key in ("lobby-operator-made-up", player.token):
            await page.get_by_label("Operator key or moderator key").fill(key)
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("alert")).to_contain_text("no operator key or moderator key")
        assert await page.evaluate("sessionStorage.length") == 0


async def test_a_search_goes_through_all_parties_page_by_page(tab: Page, lobby: OperatedLobby) -> None:
    async with console(tab, lobby, lobby.operator) as page:
        await search(page, "delvers 17")
        await expect(page.get_by_role("status")).to_contain_text("shown")
        await expect(page.get_by_role("link", name="Delvers 17", exact=False)).to_have_count(20)
        await page.get_by_role("button", name="More").click()
        await expect(page.get_by_role("row", name="Delvers 17 ", exact=False).first).to_be_visible()
        await search(page, "S00042")
        await expect(page.get_by_role("row", name="Delvers 42")).to_be_visible()
        await search(page, "nobody has this name")
        await expect(page.get_by_role("status")).to_contain_text("0 shown of 3,0")


@pytest.mark.parametrize(
    ("width", "scheme", "checked"),
    [(WIDE, "dark", {"Parties", "Dee's den", "Settings"}), (NARROW, "light", {"Overview", "Sessions", "Moderation"})],
)
async def test_every_view_fits_and_has_no_accessibility_problem(
    tab: Page, lobby: OperatedLobby, width: int, scheme: Scheme, checked: set[str]
) -> None:
    """Each view is `checked` by axe-core in one of the two colours, which are the same in all views."""
    dee = guest(lobby.url, "Dee")
    party = dee.makes(name="Dee's den", visibility="private")
    views = {
        "overview": "Overview",
        "parties": "Parties",
        f"parties/{party['party_id']}": "Dee's den",
        "sessions": "Sessions",
        "moderation": "Moderation",
        "settings": "Settings",
    }
    async with console(tab, lobby, lobby.moderator, width, scheme) as page:
        for view, title in views.items():
            await page.evaluate("(view) => { location.hash = `#/${view}` }", view)
            await expect(page.get_by_role("heading", level=1)).to_have_text(title)
            await expect(page.get_by_text("Loading")).to_have_count(0)
            await expect(page.get_by_text("Looking…")).to_have_count(0)
            assert await fits(page), view
            if view == "settings":
                await page.get_by_label("not the default").check()
            if title in checked:
                assert await accessibility_problems(page) == [], view
        await expect(page.get_by_role("row", name="LOBBY_MODERATOR_KEYS")).to_contain_text("mia=(hidden)")
        await page.get_by_role("link", name="Overview").click()
        await expect(page.get_by_role("img", name="Commands per second: all now")).to_be_visible()
    dee.post(f"/party/{party['party_id']}/leave")


async def test_the_dialog_of_an_act_is_usable_by_the_keyboard(tab: Page, lobby: OperatedLobby) -> None:
    async with console(tab, lobby, lobby.moderator, NARROW, "dark") as page:
        await page.get_by_role("link", name="Moderation").click()
        await page.get_by_role("button", name="Announce to all").focus()
        await page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="Announce to everybody who is connected")
        await expect(dialog.get_by_label("Text")).to_be_focused()
        assert await accessibility_problems(page) == []
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        await page.keyboard.press("Enter")
        await expect(dialog.get_by_label("Text")).to_be_focused()
        await page.keyboard.type("The inn closes soon.")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        log = page.get_by_role("region", name="The latest acts")
        await expect(log.get_by_role("row", name="announce")).to_contain_text("The inn closes soon.")
