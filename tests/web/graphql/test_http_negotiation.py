"""Which media type and status an answer has, by GraphQL over HTTP (draft of 2025), sections 6.1 to 6.4."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.web.graphql_app import running
from web.graphql.http_response import JSON, RESPONSE_JSON, response_type
from web.http.request import HTTPError

REQUEST_ERRORS = [
    ("{ hello", "GRAPHQL_PARSE_FAILED"),
    ("{ typo }", "GRAPHQL_VALIDATION_FAILED"),
    ("query ($a: Int!) { add(a: $a) }", "BAD_USER_INPUT"),
    ("query A { hello } query B { hello }", "OPERATION_RESOLUTION_FAILURE"),
    ("subscription { count(to: 1) }", "BAD_USER_INPUT"),
]


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with running() as server, httpx.Client(base_url=server.url) as client:
        yield client


def ask(client: httpx.Client, query: str, accept: str) -> httpx.Response:
    return client.post("/graphql", json={"query": query}, headers={"accept": accept})


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        ("APPLICATION/JSON; charset=UTF-8", JSON),
        ("text/html, application/json", JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        (RESPONSE_JSON, RESPONSE_JSON),
        (f"{RESPONSE_JSON}; charset=utf-8, {JSON}; charset=utf-8", RESPONSE_JSON),
        (f"{JSON}, {RESPONSE_JSON}", RESPONSE_JSON),
        (f"{RESPONSE_JSON};q=0.5, {JSON}", JSON),
        (f"{RESPONSE_JSON};q=0, */*", JSON),
        (f"{JSON};q=0, */*", RESPONSE_JSON),
        (f"{RESPONSE_JSON}, */*;q=0.1", RESPONSE_JSON),
        (f"{JSON};q=nonsense, {RESPONSE_JSON}", RESPONSE_JSON),
    ],
)
def test_the_accept_header_chooses(accept: str | None, expected: str) -> None:
    assert expected == response_type(accept)


@pytest.mark.parametrize("accept", ["text/html", "image/*", f"{JSON};q=0", "nonsense", ",;,", "application/*;q=0"])
def test_nothing_acceptable_is_a_406(client: httpx.Client, accept: str) -> None:
    with pytest.raises(HTTPError):
        response_type(accept)

    assert ask(client, "{ hello }", accept).status_code == 406


@pytest.mark.parametrize("media", [JSON, RESPONSE_JSON])
def test_the_answer_is_of_the_chosen_type_in_utf_8(client: httpx.Client, media: str) -> None:
    response = client.post(
        "/graphql",
        json={"query": "query ($t: String!) { echo(text: $t) }", "variables": {"t": "Ünïcödé 🏃"}},
        headers={"accept": media},
    )

    assert f"{media}; charset=utf-8" == response.headers["content-type"]
    assert response.json() == {"data": {"echo": "Ünïcödé 🏃"}}


@pytest.mark.parametrize(("query", "code"), REQUEST_ERRORS)
@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), ("*/*", 200), (RESPONSE_JSON, 400)])
def test_a_request_that_never_began(client: httpx.Client, query: str, code: str, accept: str, status: int) -> None:
    """Unity clients throw on anything except 200, so only clients that ask for the other type get the 400."""
    response = ask(client, query, accept)

    assert status == response.status_code
    assert [code] == [error["extensions"]["code"] for error in response.json()["errors"]]
    assert "data" not in response.json()


@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), ("*/*", 200), (RESPONSE_JSON, 401)])
def test_no_data_for_want_of_credentials(client: httpx.Client, accept: str, status: int) -> None:
    response = ask(client, "{ needsPlayer }", accept)

    assert status == response.status_code
    assert ("Bearer" if status == 401 else None) == response.headers.get("www-authenticate")
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("query", ["{ hello nullableNeedsPlayer }", "{ hello breaks }", "{ breaksAll }"])
def test_field_errors_leave_the_status_at_200(client: httpx.Client, query: str) -> None:
    assert ask(client, query, RESPONSE_JSON).status_code == 200
