"""A server without introspection and GraphiQL."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.web.rest_client import running

BROWSER = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(introspection=False, graphiql=False) as url:
        yield url


def message(url: str, query: str, **variables: object) -> str:
    answer = httpx.post(f"{url}/graphql", json={"query": query, "variables": variables}).json()
    return str(answer["errors"][0]["message"])


@pytest.mark.parametrize("query", ["{ __schema { types { name } } }", '{ __type(name: "Party") { fields { name } } }'])
def test_introspection_is_refused(url: str, query: str) -> None:
    assert "introspection" in message(url, query)


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ serverInf { version } }", {}),
        ("{ parties(sort: NEWES) { totalCount } }", {}),
        ("query ($f: PartyFilte) { parties(filter: $f) { totalCount } }", {}),
        ("query ($f: PartyFilter) { parties(filter: $f) { totalCount } }", {"f": {"gameTyp": "COOP"}}),
        ("query ($s: PartySort!) { parties(sort: $s) { totalCount } }", {"s": "NEWES"}),
    ],
)
def test_errors_suggest_no_names(url: str, query: str, variables: dict[str, object]) -> None:
    assert "Did you mean" not in message(url, query, **variables)


def test_there_is_no_graphiql_page(url: str) -> None:
    page, assets = (httpx.get(f"{url}{path}", headers=BROWSER) for path in ("/graphql", "/graphiql/"))

    assert page.status_code in (400, 406)
    assert "html" not in page.headers["content-type"]
    assert assets.status_code == 404


def test_operations_still_work(url: str) -> None:
    answer = httpx.post(f"{url}/graphql", json={"query": "{ __typename serverInfo { maxMembers } }"}).json()

    assert answer == {"data": {"__typename": "Query", "serverInfo": {"maxMembers": 8}}}
