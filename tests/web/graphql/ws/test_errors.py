"""Errors of one operation do not affect the others on the socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.graphql_ws_client import acknowledged_client
from tests.web.graphql_app import RunningServer, running


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running() as server:
        yield server


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ syntax", "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{ typo }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($a: Int!) { add(a: $a) }", "BAD_USER_INPUT"),
        ("subscription ($a: Int!) { count(to: $a) }", "BAD_USER_INPUT"),
        ("query A { hello } query B { hello }", "OPERATION_RESOLUTION_FAILURE"),
    ],
)
async def test_an_operation_that_cannot_start_does_not_affect_others(
    server: RunningServer, query: str, code: str
) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }", "other")
        await client.receive()
        await client.ask(query, "bad")
        frame = await client.receive()
        assert (frame["id"], frame["type"]) == ("bad", "error")
        assert [code] == [error["extensions"]["code"] for error in frame["payload"]]
        assert await client.answer("{ hello }") == {"data": {"hello": "world"}}


async def test_an_unknown_operation_name_is_an_error_of_that_operation(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("query A { hello }", operationName="B")
        assert (await client.receive())["type"] == "error"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ needsPlayer }", "UNAUTHENTICATED"),
        ("{ breaks }", "INTERNAL"),
        ("subscription { refused }", "NOT_FOUND"),
        ("subscription { refusedInside }", "NOT_FOUND"),
        ("subscription { breaks(after: 0) }", "INTERNAL"),
    ],
)
async def test_a_field_error_is_sent_as_a_result_and_not_as_an_error(
    server: RunningServer, query: str, code: str
) -> None:
    """A message of the type `error` ends the receive loop of some Unity clients."""
    async with acknowledged_client(server.url) as client:
        (error,) = (await client.answer(query))["errors"]
        assert code == error["extensions"]["code"]


async def test_internal_errors_on_one_socket_have_different_request_ids(
    server: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with acknowledged_client(server.url) as client:
        answers = [await client.answer("{ breaks }") for _ in range(2)]
    ids = [answer["errors"][0]["extensions"]["requestId"] for answer in answers]

    assert len(set(ids)) == 2
    assert ids == [record.getMessage().split()[-1] for record in caplog.records]
