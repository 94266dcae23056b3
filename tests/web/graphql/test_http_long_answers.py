"""The bytes of one result are bounded on every transport, with default limits."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from lobby.runtime.gc_tuning import enable_gc
from tests.graphql_ws_client import acknowledged_client
from tests.serving import served
from tests.stores_of_servers import fresh_store
from tests.web.default_lobby import servers_cpu_s, slowest_answer_s
from web.app import CLIENT_QUERIES, create_app
from web.graphql.execution.client_documents import client_documents
from web.settings.settings import Settings

PARTIES = 50
SIGN_IN = """mutation ($name: String!) { signInAsGuest(input: { displayName: $name }) {
    ... on CredentialsGranted { credentials { accessToken } } } }"""
CREATE = """mutation ($attributes: [AttributeInput!]) { createParty(input: { attributes: $attributes,
    settings: { visibility: PUBLIC } }) { __typename } }"""
LONG = "{ parties(first: 50) { nodes { %s } } }" % " ".join(  # noqa: UP031 -- braces of GraphQL
    f"a{number}: attributes {{ key value }}" for number in range(40)
)


MANY = "{ parties(first: 50) { nodes { %s } } }" % " ".join(  # noqa: UP031 -- braces of GraphQL
    f"a{number}: attributes {{ key }}" for number in range(40)
)
"""The 40,000 values of its result fit into an answer."""
ATTEMPTS = 3
"""The fastest attempt counts. A busy machine can slow one attempt down; a query that is executed without a pause slows them
all."""
HOLD_SHARE_MAX = 0.7
"""Another request may wait for this share of the time that the query takes. If graphql-core executes the query without a pause,
the other request waits for nearly all of it: 300 ms and more."""


@contextmanager
def collector_of_a_server() -> Iterator[None]:
    """Python's own settings look at all objects of the tests after each such query, which takes 100 to 300 ms."""
    thresholds = gc.get_threshold()
    enable_gc()
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


@pytest.fixture(scope="module", params=[True, False], ids=["fast", "plain"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server with 50 public parties whose attributes are as long as they may be."""
    attributes = [{"key": f"k{number}", "value": "x" * 1024} for number in range(20)]
    with served(create_app(Settings(store=fresh_store(), fast=request.param))) as url, httpx.Client() as client:
        for number in range(PARTIES):
            signed_in = _run(client, url, SIGN_IN, {"name": f"guest {number}"})
            token = signed_in["data"]["signInAsGuest"]["credentials"]["accessToken"]
            created = _run(client, url, CREATE, {"attributes": attributes}, token)
            assert created["data"]["createParty"]["__typename"] != "Rejection", created
        yield url


def _run(
    client: httpx.Client, url: str, query: str, variables: dict[str, Any] | None = None, token: str | None = None
) -> Any:
    headers = {"authorization": f"Bearer {token}"} if token is not None else {}
    return client.post(f"{url}/graphql", json={"query": query, "variables": variables}, headers=headers).json()


def _codes(result: Any) -> list[str]:
    return [entry["extensions"]["code"] for entry in result["errors"]]


def test_an_answer_over_the_limit_is_an_error_over_http(url: str) -> None:
    with httpx.Client() as client:
        for _ in range(3):  # by graphql-core, by a plan, from the fast path
            result = _run(client, url, LONG)
            assert (result["data"], _codes(result)) == (None, ["LIMIT_EXCEEDED"])


def test_an_answer_over_the_limit_is_an_error_over_server_sent_events(url: str) -> None:
    headers = {"accept": "text/event-stream"}
    text = httpx.post(f"{url}/graphql", json={"query": LONG}, headers=headers).text
    data = next(line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: {"))
    assert _codes(json.loads(data)) == ["LIMIT_EXCEEDED"]


async def test_an_answer_over_the_limit_is_an_error_over_a_socket(url: str) -> None:
    async with acknowledged_client(url) as client:
        result: Any = await client.answer(LONG)
    assert _codes(result) == ["LIMIT_EXCEEDED"]


def test_no_page_of_the_list_is_too_long_for_the_documents_of_the_server(url: str) -> None:
    """Nobody can keep others from reading the list by the attributes of parties."""
    text = client_documents(CLIENT_QUERIES)["Parties"]
    result = httpx.post(f"{url}/graphql", json={"query": text, "variables": {"first": 50}}).json()
    assert len(result["data"]["parties"]["nodes"]) == PARTIES


@pytest.mark.parametrize("query", [LONG, MANY], ids=["refused", "allowed"])
def test_a_query_that_takes_long_lets_others_have_their_turn(url: str, query: str) -> None:
    def longest_hold() -> float:
        with ThreadPoolExecutor(1) as threads, httpx.Client(timeout=30) as client:
            began_s = servers_cpu_s()
            asking = threads.submit(client.post, f"{url}/graphql", json={"query": query})
            slowest_s = slowest_answer_s(url, 0.5)
            # Not decoded, which would take its time from the other client: the two share a process.
            assert (b'"errors":' in asking.result().content) is (query == LONG)
            return slowest_s / (servers_cpu_s() - began_s)

    with collector_of_a_server():
        assert min(longest_hold() for _ in range(ATTEMPTS)) < HOLD_SHARE_MAX
