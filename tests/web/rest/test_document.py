"""The OpenAPI document, and the page that shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from tests.http.rest_client import Rest, good, guest, running
from tests.needs import needs

PATHS = {
    "/party": {"post"},
    "/party/{party_id}": {"get"},
    "/party/{party_id}/join": {"post"},
    "/party/{party_id}/leave": {"post"},
    "/session": {"post"},
    "/session/{session_id}": {"get"},
    "/sessions": {"get"},
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture(scope="module")
def document(url: str) -> Any:
    return good(Rest(url).get("/openapi.json"))


@pytest.fixture
async def page(url: str) -> AsyncIterator[Page]:
    """The page in a browser in which the tests fail at its first complaint."""
    browser_path = needs("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = await browser.new_page()
        complaints: list[str] = []
        requested: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("request", lambda request: requested.append(request.url))
        await page.goto(f"{url}/docs")
        await page.locator("#create_party").wait_for()
        yield page
        await browser.close()
        assert complaints == []
        assert [asked for asked in requested if not asked.startswith(url)] == []


def test_the_document_has_the_paths_of_the_overview(document: Any) -> None:
    shown = {path: set(methods) for path, methods in document["paths"].items()}
    assert PATHS.items() <= shown.items()


@pytest.mark.parametrize("path", sorted(PATHS))
def test_every_answer_of_a_path_is_documented_with_an_example(document: Any, path: str) -> None:
    for operation in document["paths"][path].values():
        assert operation["summary"]
        assert {"200", "400", "429", "500", "503"} <= operation["responses"].keys()
        for status, response in operation["responses"].items():
            [media] = response["content"].items()
            assert media[0] == ("application/json" if status == "200" else "application/problem+json")
            assert status == "200" or media[1]["example"]["status"] == int(status)


def test_every_reference_of_the_document_leads_somewhere(document: Any) -> None:
    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for inner in node.values():
                yield from references(inner)
        elif isinstance(node, list):
            for inner in node:
                yield from references(inner)

    found = {reference.removeprefix("#/components/schemas/") for reference in references(document)}
    assert found <= document["components"]["schemas"].keys()
    assert "Problem" in found


def test_an_open_server_says_that_credentials_may_be_left_out(document: Any) -> None:
    with running(open_rest=True) as url:
        opened = good(Rest(url).get("/openapi.json"))
    create = [told["paths"]["/party"]["post"]["security"] for told in (document, opened)]
    assert create == [[{"HTTPBearer": []}], [{"HTTPBearer": []}, {}]]


def test_the_page_takes_nothing_from_elsewhere_under_a_strict_policy(url: str) -> None:
    page = Rest(url).get("/docs")
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert set(policy.values()) == {"'none'", "'self'"}
    assert "http" not in page.text


async def test_the_page_sends_a_request_and_shows_the_curl_line(page: Page, url: str) -> None:
    await page.locator("#token").fill(guest(url).token)
    operation = page.locator("#create_party")
    await operation.locator("summary").first.click()
    await operation.get_by_role("button").click()
    result = operation.locator(".result")
    await result.get_by_text('"join_code"').wait_for()
    assert "curl -X POST" in await operation.inner_text()
