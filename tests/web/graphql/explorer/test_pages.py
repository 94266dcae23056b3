"""The page and its files over HTTP."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from tests.serving import served
from web.graphql.explorer.pages import (
    MISSING,
    Example,
    GraphiQLAssets,
    GraphiQLPage,
    content_security_policy,
    graphiql_missing,
)

SCRIPT = b"console.log('lobby');" * 50
NAME = "page-AB12CD34.js"
EXAMPLE = Example("Me", "Who one is", "Who the token stands for.", True, "query Me { me { id } }", {})


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small built page."""
    folder = tmp_path_factory.mktemp("outside") / "dist"
    folder.mkdir()
    for name, content in {NAME: SCRIPT, "index.html": b"<!doctype html>", "style-AB12CD34.css": b"p{}"}.items():
        (folder / name).write_bytes(content)
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
    (folder.parent / "secret.js").write_text("a secret")
    return folder


@pytest.fixture(scope="module")
def client(dist: Path) -> Iterator[httpx.Client]:
    page, assets = GraphiQLPage(dist), GraphiQLAssets(lambda: [EXAMPLE], dist)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            chosen = assets if scope["path"].startswith("/graphiql/") else page
            await chosen(scope, receive, send)
            return
        for stage in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{stage}.complete"})

    with served(app) as url, httpx.Client(base_url=url) as made:
        yield made


def test_the_page_is_html_that_browsers_revalidate(client: httpx.Client) -> None:
    response = client.get("/graphql")

    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"


def test_the_page_may_use_its_own_origin_only(client: httpx.Client) -> None:
    policy = client.get("/graphql").headers["content-security-policy"].split("; ")

    host = client.base_url.netloc.decode()
    assert {"default-src 'none'", "script-src 'self'", "worker-src 'self'", "frame-ancestors 'none'"} <= set(policy)
    assert f"connect-src 'self' ws://{host} wss://{host}" in policy


@pytest.mark.parametrize("host", ["a; script-src *", "a b", "", None, "a/b"])
def test_an_invalid_host_adds_nothing_to_the_policy(host: str | None) -> None:
    assert "connect-src 'self';" in content_security_policy(host)


def test_a_built_file_may_be_cached_for_ever(client: httpx.Client) -> None:
    response = client.get(f"/graphiql/{NAME}")

    assert response.content == SCRIPT
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("accepted", ["gzip", "br, GZIP;q=0.5", "deflate,gzip;q=1.0"])
def test_a_client_that_accepts_gzip_gets_the_gz_file(client: httpx.Client, accepted: str) -> None:
    response = client.get(f"/graphiql/{NAME}", headers={"accept-encoding": accepted})

    assert (response.headers["content-encoding"], response.headers["vary"]) == ("gzip", "accept-encoding")
    assert len(SCRIPT) > int(response.headers["content-length"])
    assert response.content == SCRIPT


@pytest.mark.parametrize("accepted", ["identity", "gzip;q=0", "gzip;q=0.000", "br"])
def test_a_client_without_gzip_gets_the_plain_file(client: httpx.Client, accepted: str) -> None:
    response = client.get(f"/graphiql/{NAME}", headers={"accept-encoding": accepted})

    assert "content-encoding" not in response.headers
    assert response.content == SCRIPT


@pytest.mark.parametrize("path", ["/graphql", f"/graphiql/{NAME}", "/graphiql/examples.json"])
def test_head_gets_the_headers_of_get(client: httpx.Client, path: str) -> None:
    got, head = client.get(path), client.head(path)

    assert (head.status_code, head.content) == (200, b"")
    assert got.headers["content-length"] == head.headers["content-length"]
    assert got.headers["content-type"] == head.headers["content-type"]


@pytest.mark.parametrize(
    "name",
    [
        "..%2fsecret.js",
        "%2e%2e/secret.js",
        "../secret.js",
        "..%5csecret.js",
        "nothing-AB12CD34.js",
        "index.html",
        f"{NAME}.gz",
        ".js",
        "a%00.js",
        "x/../../secret.js",
    ],
)
def test_only_built_files_are_found(client: httpx.Client, name: str) -> None:
    """httpx would normalize such a path, so the test uses a bare connection."""
    response = client.send(_request_as_is(client, f"/graphiql/{name}"))

    assert (response.status_code, response.content) == (404, b"")


def _request_as_is(client: httpx.Client, target: str) -> httpx.Request:
    return client.build_request("GET", "/", extensions={"target": target.encode()})


@pytest.mark.parametrize("path", ["/graphql", f"/graphiql/{NAME}"])
def test_another_method_is_refused(client: httpx.Client, path: str) -> None:
    response = client.delete(path)

    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")


def test_the_folder_redirects_to_the_page(client: httpx.Client) -> None:
    response = client.get("/graphiql/")

    assert (response.status_code, response.headers["location"]) == (307, "../graphql")


def test_the_examples_are_json(client: httpx.Client) -> None:
    example = client.get("/graphiql/examples.json").json()

    assert example == [
        {
            "operation": "Me",
            "group": "Who one is",
            "note": "Who the token stands for.",
            "opens": True,
            "document": "query Me { me { id } }",
            "variables": {},
        }
    ]


async def test_without_a_build_one_line_says_what_to_run(tmp_path: Path) -> None:
    transport = httpx.ASGITransport(GraphiQLPage(tmp_path))
    async with httpx.AsyncClient(transport=transport, base_url="http://lobby") as client:
        response = await client.get("/graphql")

    assert (response.status_code, response.text) == (503, MISSING)
    assert "scripts/graphiql" in MISSING
    assert graphiql_missing(tmp_path) == MISSING


def test_with_a_build_nothing_is_missing(dist: Path) -> None:
    assert graphiql_missing(dist) is None
