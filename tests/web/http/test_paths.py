"""Paths as proxies, probes and clients write them: HEAD, a slash at the end, and a prefix."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from tests.web.rest_client import Rest, good, guest, running
from web.graphql.sse import StreamLimits

KEEP_ALIVE_S = StreamLimits().keep_alive_s
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(root_path="/lobby/") as url:
        yield url


def test_a_head_is_answered_like_a_get_without_the_body_on_every_path(url: str) -> None:
    ann = guest(url)
    party = ann.makes()
    session = ann.starts(party)
    templates = [path for path, item in Rest(url).get("/openapi.json").json()["paths"].items() if "get" in item]
    assert "/sessions" in templates, "the document has all routes"
    paths = [template.format(**session) for template in templates]
    query = quote("{ serverInfo { maxMembers } }")
    paths += [
        "/docs",
        "/docs/page.js",
        "/openapi.json",
        "/",
        "/nowhere",
        "/party",
        "/graphiql",
        "/graphiql/examples.json",
    ]
    paths += ["/graphql", f"/graphql?query={query}", "/graphql?query=x", f"/lobby/graphql/?query={query}"]
    for path in paths:
        head, got = (ann.request(method, path) for method in ("HEAD", "GET"))
        assert (path, head.status_code, head.content) == (path, got.status_code, b"")
        assert head.headers.get("content-type") == got.headers.get("content-type"), path


def test_a_browser_gets_the_head_of_the_page(url: str) -> None:
    head, got = (Rest(url).request(method, "/graphql", headers=BROWSER) for method in ("HEAD", "GET"))
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


def test_the_head_of_a_stream_of_events_ends_at_once(url: str) -> None:
    ann = guest(url)
    query = f'subscription {{ partyEvents(partyId: "{ann.makes()["party_id"]}") {{ __typename }} }}'
    headers = {"Accept": "text/event-stream"}
    began_s = time.monotonic()
    head = ann.request("HEAD", f"/graphql?query={quote(query)}", headers=headers)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"].startswith("text/event-stream")
    assert time.monotonic() - began_s < KEEP_ALIVE_S / 3


def test_a_connection_is_of_use_after_a_head(url: str) -> None:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"HEAD /healthz HTTP/1.1\r\nHost: lobby\r\n\r\n")
        assert connection.recv(65_536).endswith(b"\r\n\r\n")
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: lobby\r\n\r\n")
        assert connection.recv(65_536).endswith(b'{"status":"ok"}')


def test_a_slash_at_the_end_of_a_path_needs_no_redirect(url: str) -> None:
    ann = guest(url)
    party = good(ann.post("/party/"))
    assert good(ann.get(f"/party/{party['party_id']}/"))["party_id"] == party["party_id"]
    assert ann.get("/sessions/").status_code == 200
    assert ann.get("/healthz/").status_code == 200
    assert ann.get("/nowhere/").status_code == 404


@pytest.mark.parametrize("prefix", ["", "/lobby"], ids=["removed by the proxy", "left in the path"])
def test_everything_is_served_below_a_prefix(url: str, prefix: str) -> None:
    ann = guest(url)
    party = good(ann.post(f"{prefix}/party"))
    assert good(ann.get(f"{prefix}/party/{party['party_id']}"))["party_id"] == party["party_id"]
    answer = ann.post(f"{prefix}/graphql", {"query": "{ __typename }"})
    assert answer.json() == {"data": {"__typename": "Query"}}
    assert ann.get(f"{prefix}/graphiql/examples.json").status_code == 200
    assert ann.get(f"{prefix}/openapi.json").json()["servers"] == [{"url": "/lobby"}]


def test_the_page_of_graphiql_uses_relative_addresses(url: str) -> None:
    page = Rest(url).get("/lobby/graphql", headers=BROWSER)
    if page.status_code != 503:  # 503: it has not been built here
        assert 'src="graphiql/' in page.text
        assert '"/graphiql/' not in page.text


@pytest.mark.parametrize(
    ("path", "location"),
    [("/graphql/", "../graphql"), ("/graphiql/", "../graphql"), ("/graphiql", "graphql")],
)
def test_redirects_to_the_page_keep_scheme_host_and_prefix(url: str, path: str, location: str) -> None:
    response = Rest(url).get(f"/lobby{path}", headers=BROWSER)
    assert (response.status_code, response.headers["location"]) == (307, location)


def test_a_link_to_the_next_page_has_the_prefix(url: str) -> None:
    for _ in range(2):
        ann = guest(url)
        ann.starts(ann.makes())
    link = Rest(url).get("/sessions", params={"first": 1}).headers["link"]
    assert link.startswith("</lobby/sessions?first=1&after=")


def test_a_browser_gets_the_result_of_a_persisted_document(url: str) -> None:
    extensions = '{"persistedQuery":{"version":1,"sha256Hash":"' + "0" * 64 + '"}}'
    response = httpx.get(f"{url}/graphql", params={"extensions": extensions}, headers=BROWSER)
    assert response.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
