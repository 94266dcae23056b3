from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.serving import served
from tests.stores_of_servers import fresh_store
from tests.web.graphql_app import RunningServer, ServerOptions, running
from web.app import create_app
from web.http.callers import authorization
from web.settings.settings import Settings

ANN = {"authorization": "Bearer ann"}


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running() as server:
        yield server


@pytest.fixture
def client(server: RunningServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as client:
        yield client


def post(client: httpx.Client, query: str, headers: dict[str, str] | None = None, **request: Any) -> Any:
    return client.post("/graphql", json={"query": query, **request}, headers=headers).json()


def test_a_query_is_answered_by_post(client: httpx.Client) -> None:
    assert post(client, "{ hello }") == {"data": {"hello": "world"}}


def test_a_query_is_answered_by_get(client: httpx.Client) -> None:
    parameters = {
        "query": "query A($a: Int!) { add(a: $a) } query B { hello }",
        "operationName": "A",
        "variables": '{"a": 2}',
        "extensions": "",
    }

    assert client.get("/graphql", params=parameters).json() == {"data": {"add": 3}}


def test_a_mutation_is_answered_by_post(client: httpx.Client) -> None:
    assert {"data"} == post(client, "mutation { bump }").keys()


def test_a_slash_at_the_end_makes_no_difference(client: httpx.Client) -> None:
    posted = client.post("/graphql/", json={"query": "{ hello }"})
    got = client.get("/graphql/", params={"query": "{ hello }"})

    assert [(each.status_code, each.json()) for each in (posted, got)] == 2 * [(200, {"data": {"hello": "world"}})]


def test_a_mutation_by_get_is_refused(client: httpx.Client) -> None:
    response = client.get("/graphql", params={"query": "mutation { bump }"})

    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "QUERY"])
def test_other_methods_are_refused(client: httpx.Client, method: str) -> None:
    response = client.request(method, "/graphql")

    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


def test_a_subscription_is_sent_to_the_websocket(client: httpx.Client) -> None:
    (error,) = post(client, "subscription { count(to: 1) }")["errors"]

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "WebSocket" in error["message"]


def test_the_token_says_who_asks(client: httpx.Client) -> None:
    assert post(client, "{ who }", ANN) == {"data": {"who": "Ann"}}


@pytest.fixture(scope="module")
def lobby() -> Iterator[httpx.Client]:
    with served(create_app(Settings(store=fresh_store()))) as url, httpx.Client(base_url=url) as client:
        yield client


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("Bearer", "Sign in first."),
        ("bearer", "Sign in first."),
        ("", "Sign in first."),
        ("Bearer forged", "Sign in first (the access token is not valid)."),
    ],
)
def test_an_empty_bearer_is_a_stranger(lobby: httpx.Client, value: str, message: str) -> None:
    [error] = post(lobby, "{ me { id } }", {"authorization": value})["errors"]

    assert error["message"] == message


@pytest.mark.parametrize("value", ["Bearer ", "  bearer  ", " "])
def test_blanks_around_an_empty_bearer_make_no_difference(value: str) -> None:
    """No HTTP client sends them, but connection_init's payload can hold them."""
    assert authorization(value) is None


def test_bad_credentials_do_not_stop_what_needs_none(client: httpx.Client) -> None:
    answer = post(client, "{ hello who refusal }", {"authorization": "Bearer forged"})

    expected = {"hello": "world", "who": "a stranger", "refusal": "The token is not one of ours."}
    assert {"data": expected} == answer


def test_an_answer_has_the_request_id_that_the_request_came_with(client: httpx.Client) -> None:
    response = client.post("/graphql", json={"query": "{ hello }"}, headers={"x-request-id": "trace-1.a_b"})

    assert response.headers["x-request-id"] == "trace-1.a_b"


@pytest.mark.parametrize("given", ["", "two words", "x" * 65, "a\tb", "ä"])
def test_a_request_id_unfit_for_a_log_is_replaced(client: httpx.Client, given: str) -> None:
    headers = {b"x-request-id": given.encode("latin-1")}
    response = client.post("/graphql", json={"query": "{ hello }"}, headers=headers)

    assert response.headers["x-request-id"] not in ("", given)


def test_every_answer_has_a_request_id_of_its_own(client: httpx.Client) -> None:
    responses = [
        client.post("/graphql", json={"query": "{ hello }"}),
        client.post("/graphql", json={}),
        client.get("/graphql"),
        client.put("/graphql"),
    ]

    assert len({response.headers["x-request-id"] for response in responses}) == 4


def test_a_fault_of_ours_is_found_again_by_the_request_id(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    response = client.post("/graphql", json={"query": "{ breaks }"})
    request_id = response.headers["x-request-id"]

    assert request_id == response.json()["errors"][0]["extensions"]["requestId"]
    assert [request_id in record.getMessage() for record in caplog.records] == [True]


def test_answers_are_not_kept_by_caches(client: httpx.Client) -> None:
    assert client.get("/graphql", params={"query": "{ hello }"}).headers["cache-control"] == "no-store"


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def test_a_browser_gets_the_page() -> None:
    async def page(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": b"<!doctype html>"})

    with running(ServerOptions(page=page)) as server, httpx.Client(base_url=server.url) as client:
        asking = {"accept": BROWSER}
        query = {"query": "{ hello }"}
        assert client.get("/graphql", headers=asking).text == "<!doctype html>"
        assert client.get("/graphql?theme=dark", headers=asking).text == "<!doctype html>"
        assert "world" in client.get("/graphql", params=query, headers=asking).text
        assert "world" in client.post("/graphql", json=query, headers=asking).text
        assert client.get("/graphql").status_code == 400


def test_without_a_page_a_browser_is_told_what_is_missing(client: httpx.Client) -> None:
    response = client.get("/graphql", headers={"accept": BROWSER})

    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")
