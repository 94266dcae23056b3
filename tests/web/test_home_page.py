"""The page at `/`: for browsers alone, without a script, and with the state of the server."""

from __future__ import annotations

import httpx
import pytest
from starlette.responses import PlainTextResponse

from schema.server_info import VERSION
from tests.web.rest_client import Rest, running
from web.home_page import REFERENCE, HomePage

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def test_a_browser_gets_a_page_without_a_script() -> None:
    with running() as url:
        page = Rest(url).get("/", headers={"accept": HTML})
        nothing = Rest(url).get("/nothing")
        others = [
            Rest(url).get("/", headers={"accept": accept}) for accept in ("*/*", "application/json", "text/html;q=0")
        ]
        head = Rest(url).request("HEAD", "/", headers={"accept": HTML})
        posted = Rest(url).post("/", {}, headers={"accept": HTML})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "ready" in page.text
    assert VERSION in page.text
    assert "<script" not in page.text
    assert all(f'href="{path}"' in page.text for path in ("graphql", "docs", "readyz", "metrics"))
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert (head.status_code, head.text) == (200, "")
    for other in (*others, posted):
        assert (other.status_code, other.headers["content-type"]) == (404, nothing.headers["content-type"])


def test_a_server_without_graphiql_does_not_lead_there() -> None:
    with running(graphiql=False) as url:
        assert 'href="graphql"' not in Rest(url).get("/", headers={"accept": HTML}).text


@pytest.mark.parametrize(("problem", "shown"), [(None, "ready"), ("the disk is <full>", "not ready now")])
async def test_the_page_says_whether_the_server_is_ready_but_not_why(problem: str | None, shown: str) -> None:
    async def find_problem() -> str | None:
        return problem

    page = HomePage((REFERENCE,), find_problem, PlainTextResponse("other"))
    transport = httpx.ASGITransport(page)
    async with httpx.AsyncClient(transport=transport, base_url="http://lobby") as client:
        text = (await client.get("/", headers={"accept": HTML})).text
    assert f">{shown}</strong>" in text
    assert "disk" not in text
