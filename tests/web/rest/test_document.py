"""The OpenAPI document, and the policy of the page that shows it. tests/web/test_pages_in_a_browser.py opens the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.rest_client import Rest, good, running

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


def test_the_document_has_the_paths_of_the_overview(document: Any) -> None:
    shown = {path: set(methods) for path, methods in document["paths"].items()}
    assert PATHS.items() <= shown.items()


@pytest.mark.parametrize("path", sorted(PATHS))
def test_every_response_of_a_path_has_an_example(document: Any, path: str) -> None:
    for operation in document["paths"][path].values():
        assert operation["summary"]
        assert {"200", "400", "429", "500", "503"} <= operation["responses"].keys()
        for status, response in operation["responses"].items():
            [media] = response["content"].items()
            assert media[0] == ("application/json" if status == "200" else "application/problem+json")
            assert status == "200" or media[1]["example"]["status"] == int(status)


def test_every_reference_of_the_document_exists(document: Any) -> None:
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


def test_an_open_server_documents_credentials_as_optional(document: Any) -> None:
    with running(open_rest=True) as url:
        opened = good(Rest(url).get("/openapi.json"))
    create = [each["paths"]["/party"]["post"]["security"] for each in (document, opened)]
    assert create == [[{"HTTPBearer": []}], [{"HTTPBearer": []}, {}]]


def test_the_page_that_shows_it_loads_nothing_from_other_hosts(url: str) -> None:
    page = Rest(url).get("/docs")
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert set(policy.values()) == {"'none'", "'self'", "'self' data:"}
    assert policy["img-src"] == "'self' data:"
    assert "http" not in page.text
