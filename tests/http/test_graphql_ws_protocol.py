"""graphql-transport-ws, sentence by sentence: PROTOCOL.md of the npm package graphql-ws, version 6."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lobby.http.graphql_ws import SocketLimits
from tests.http.graphql_app import Running, Setting, running
from tests.http.graphql_client import LEGACY, TRANSPORT, acknowledged_client, socket_client


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as server:
        yield server


# ------------------------------------------------------------------------------------------- the handshake


async def test_the_subprotocol_is_agreed_on(server: Running) -> None:
    async with socket_client(server.url) as client:
        assert client.connection.subprotocol == TRANSPORT


async def test_the_newer_protocol_is_chosen_where_both_are_offered(server: Running) -> None:
    async with socket_client(server.url, LEGACY, TRANSPORT) as client:
        assert client.connection.subprotocol == TRANSPORT


@pytest.mark.parametrize("offered", [["graphql"], ["graphql-transport-wss", "x"], ["GRAPHQL-TRANSPORT-WS"]])
async def test_another_subprotocol_is_closed_with_4406(server: Running, offered: list[str]) -> None:
    async with socket_client(server.url, *offered) as client:
        assert client.connection.subprotocol is None
        assert await client.closing() == (4406, "Subprotocol not acceptable")


async def test_a_slash_at_the_end_makes_no_difference(server: Running) -> None:
    async with socket_client(server.url, path="/graphql/") as client:
        await client.init()


# -------------------------------------------------------------------------------------- the initialisation


async def test_init_is_acknowledged(server: Running) -> None:
    async with socket_client(server.url) as client:
        await client.say({"type": "connection_init"})
        assert await client.hear() == {"type": "connection_ack"}


@pytest.mark.parametrize("payload", [None, {}, {"unknown": {"deep": [1]}}])
async def test_the_payload_of_init_may_be_null_empty_or_unknown(server: Running, payload: object) -> None:
    async with socket_client(server.url) as client:
        await client.init(payload)


async def test_no_init_within_the_wait_is_closed_with_4408() -> None:
    with running(Setting(socket_limits=SocketLimits(init_wait_s=0.1))) as server:
        async with socket_client(server.url) as client:
            assert await client.closing() == (4408, "Connection initialisation timeout")


async def test_other_messages_do_not_put_off_the_wait_for_init() -> None:
    with running(Setting(socket_limits=SocketLimits(init_wait_s=0.2))) as server:
        async with socket_client(server.url) as client:
            await client.say({"type": "ping"})
            assert await client.closing() == (4408, "Connection initialisation timeout")


async def test_an_acknowledged_connection_outlives_the_wait_for_init() -> None:
    with running(Setting(socket_limits=SocketLimits(init_wait_s=0.05))) as server:
        async with socket_client(server.url) as first, socket_client(server.url) as second:
            await first.init()
            await second.closing()
            assert await first.answer("{ hello }") == {"data": {"hello": "world"}}


async def test_a_second_init_is_closed_with_4429(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.say({"type": "connection_init"})
        assert await client.closing() == (4429, "Too many initialisation requests")


async def test_two_inits_at_once_are_closed_with_4429(server: Running) -> None:
    async with socket_client(server.url) as client:
        await client.say(*2 * [{"type": "connection_init"}])
        assert await client.closing() == (4429, "Too many initialisation requests")


async def test_subscribing_without_an_init_is_closed_with_4401(server: Running) -> None:
    async with socket_client(server.url) as client:
        await client.ask("{ hello }")
        assert await client.closing() == (4401, "Unauthorized")


async def test_a_subscribe_right_behind_init_finds_the_connection_acknowledged(server: Running) -> None:
    """Clients for Unity do not wait for the acknowledgement."""
    async with socket_client(server.url) as client:
        await client.say({"type": "connection_init"})
        await client.ask("{ hello }")
        kinds = [frame["type"] for frame in await client.hear_many(3)]

    assert kinds == ["connection_ack", "next", "complete"]


# --------------------------------------------------------------------------------------------- ping and pong


@pytest.mark.parametrize("payload", [{}, {"at": 1, "deep": {"a": [None]}}])
async def test_a_ping_is_answered_with_its_payload(server: Running, payload: dict[str, object]) -> None:
    async with acknowledged_client(server.url) as client:
        await client.say({"type": "ping", "payload": payload})
        assert {"type": "pong", "payload": payload} == await client.hear()


@pytest.mark.parametrize("ping", [{"type": "ping"}, {"type": "ping", "payload": None}])
async def test_a_ping_without_a_payload_is_answered_without_one(server: Running, ping: dict[str, object]) -> None:
    async with acknowledged_client(server.url) as client:
        await client.say(ping)
        assert await client.hear() == {"type": "pong"}


async def test_a_ping_may_come_before_the_acknowledgement(server: Running) -> None:
    async with socket_client(server.url) as client:
        await client.say({"type": "ping"})
        assert await client.hear() == {"type": "pong"}


async def test_a_pong_may_come_unasked(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.say({"type": "pong"}, {"type": "pong", "payload": {"a": 1}})
        assert await client.answer("{ hello }") == {"data": {"hello": "world"}}


# --------------------------------------------------------------------------------------------- operations


async def test_a_streaming_operation_is_next_upon_next_and_then_complete(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { count(to: 2) }", "a")
        assert await client.hear_many(3) == [
            {"id": "a", "type": "next", "payload": {"data": {"count": 1}}},
            {"id": "a", "type": "next", "payload": {"data": {"count": 2}}},
            {"id": "a", "type": "complete"},
        ]


@pytest.mark.parametrize("query", ["{ hello }", "{ later }", "mutation { bump }"])
async def test_a_single_result_operation_is_one_next_and_then_complete(server: Running, query: str) -> None:
    async with acknowledged_client(server.url) as client:
        assert {"data"} == (await client.answer(query)).keys()


async def test_all_parameters_of_an_operation_count(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        query = "query A($a: Int!) { add(a: $a) } query B { hello }"
        answer = await client.answer(query, operationName="A", variables={"a": 2}, extensions={"x": 1})
        assert answer == {"data": {"add": 3}}


async def test_null_parameters_count_as_left_out(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        answer = await client.answer("{ hello }", operationName=None, variables=None, extensions=None)
        assert answer == {"data": {"hello": "world"}}


async def test_operations_with_ids_of_their_own_are_interleaved(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }", "a")
        await client.ask("subscription { idle }", "b")
        assert {"a", "b"} == {frame["id"] for frame in await client.hear_many(2)}
        assert await client.answer("{ hello }", "c") == {"data": {"hello": "world"}}


@pytest.mark.parametrize("second", ["subscription { idle }", "{ hello }", "mutation { bump }", "{ syntax"])
async def test_an_id_in_use_is_closed_with_4409(server: Running, second: str) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }", "same")
        await client.hear()
        await client.ask(second, "same")
        assert await client.closing() == (4409, "Subscriber for same already exists")


async def test_single_result_operations_share_the_name_space_of_ids(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("mutation { bumpWhenTold }", "same")
        await client.ask("subscription { idle }", "same")
        assert await client.closing() == (4409, "Subscriber for same already exists")
        server.probe.tell()


async def test_an_id_is_free_again_once_its_operation_has_completed(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        for _ in range(3):
            assert await client.answer("{ hello }", "same") == {"data": {"hello": "world"}}


async def test_an_id_is_free_again_once_its_operation_has_failed(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("{ syntax", "same")
        assert (await client.hear())["type"] == "error"
        assert await client.answer("{ hello }", "same") == {"data": {"hello": "world"}}


async def test_an_id_is_free_again_once_the_client_has_completed_it(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }", "same")
        await client.hear()
        await client.say({"id": "same", "type": "complete"})
        assert await client.answer("{ hello }", "same") == {"data": {"hello": "world"}}


async def test_a_completed_subscription_sends_nothing_more(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { endless }", "a")
        await client.hear()
        await client.say({"id": "a", "type": "complete"}, {"type": "ping"})
        while (frame := await client.hear()) != {"type": "pong"}:
            assert (frame["type"], frame["id"]) == ("next", "a")
        assert await client.answer("{ hello }", "b") == {"data": {"hello": "world"}}


async def test_completing_is_ignored_where_there_is_nothing_to_complete(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.answer("{ hello }", "a")
        await client.say({"id": "a", "type": "complete"}, {"id": "never", "type": "complete"})
        assert await client.answer("{ hello }", "a") == {"data": {"hello": "world"}}


async def test_the_client_ends_with_a_normal_closure(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.connection.close(1000)
        assert client.connection.close_code == 1000


# --------------------------------------------------------------------------------------------------- errors


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
async def test_an_operation_that_cannot_begin_is_an_error_and_no_other_suffers(
    server: Running, query: str, code: str
) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }", "other")
        await client.hear()
        await client.ask(query, "bad")
        frame = await client.hear()
        assert (frame["id"], frame["type"]) == ("bad", "error")
        assert [code] == [error["extensions"]["code"] for error in frame["payload"]]
        assert await client.answer("{ hello }") == {"data": {"hello": "world"}}


async def test_an_unknown_operation_name_is_an_error_of_that_operation(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("query A { hello }", operationName="B")
        assert (await client.hear())["type"] == "error"


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
async def test_what_a_field_refuses_is_a_result_and_not_an_error(server: Running, query: str, code: str) -> None:
    """A message of the type error ends the receive loop of some clients for Unity."""
    async with acknowledged_client(server.url) as client:
        (error,) = (await client.answer(query))["errors"]
        assert code == error["extensions"]["code"]


async def test_faults_on_one_socket_have_request_ids_of_their_own(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    async with acknowledged_client(server.url) as client:
        answers = [await client.answer("{ breaks }") for _ in range(2)]
    ids = [answer["errors"][0]["extensions"]["requestId"] for answer in answers]

    assert len(set(ids)) == 2
    assert ids == [record.getMessage().split()[-1] for record in caplog.records]
