"""Stock clients over a graceful restart of the server: their subscriptions go on, and they get what comes later."""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportError
from gql.transport.websockets import WebsocketsTransport
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.graphql_ws_client import LEGACY, TRANSPORT, Frame, open_client
from tests.journey.parties import party_of, session_of
from tests.journey.players import DOCUMENTS, Player, guest
from tests.needs import ROOT, needs
from tests.served.process import ServerProcess, server_process
from tools.demo.address import Address
from tools.demo.http_client import http_client

FOLLOW = """
subscription ($partyId: ID!) {
  partyEvents(partyId: $partyId) { __typename ... on Heartbeat { reconnectAfterMs } ... on MessagePosted { text } }
}
"""
WAIT_S = 20.0
Follow = Callable[[Player, str], AbstractAsyncContextManager[AsyncIterator[Any]]]
"""Follows a party on some client: its events, as decoded JSON."""


@asynccontextmanager
async def follow_in_javascript(player: Player, party_id: str) -> AsyncIterator[AsyncIterator[Any]]:
    node = needs("node")
    needs("tests/js")
    arguments = [str(node), str(ROOT / "tests/js/follow.mjs"), player.address.socket, player.token, party_id]
    script = await asyncio.create_subprocess_exec(*arguments, stdin=PIPE, stdout=PIPE)
    assert script.stdin is not None
    script.stdin.write(FOLLOW.encode())
    script.stdin.close()

    async def events() -> AsyncIterator[Any]:
        assert script.stdout is not None
        async for line in script.stdout:
            yield json.loads(line)

    try:
        yield events()
    finally:
        with suppress(ProcessLookupError):
            script.kill()
        await script.wait()


@asynccontextmanager
async def follow_in_gql(player: Player, party_id: str) -> AsyncIterator[AsyncIterator[Any]]:
    """As gql's documentation recommends: subscribe again after an error of the transport. The end of the stream is the end."""
    transport = WebsocketsTransport(player.address.socket, init_payload={"authorization": f"Bearer {player.token}"})
    client = Client(transport=transport)
    session = await client.connect_async(reconnecting=True)  # type: ignore[no-untyped-call]

    async def events() -> AsyncIterator[Any]:
        request = gql(FOLLOW)
        request.variable_values = {"partyId": party_id}
        while True:
            try:
                async for result in session.subscribe(request):
                    yield result["partyEvents"]
            except TransportError:
                # gql 4.4 itself drops the error of its reading task, when its pong meets the closed socket.
                if transport.receive_data_task is not None:
                    transport.receive_data_task.add_done_callback(lambda task: task.cancelled() or task.exception())
                await asyncio.sleep(0.2)
            else:
                yield "complete"
                return

    try:
        yield events()
    finally:
        await client.close_async()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("follow", [follow_in_javascript, follow_in_gql], ids=["graphql-ws of npm", "gql"])
async def test_a_stock_client_subscribes_again_after_a_graceful_restart(follow: Follow, tmp_path: Path) -> None:
    async with server_process(tmp_path / "lobby.db") as server, _new_guest(server.address) as ada:
        party = await party_of(ada)
        async with follow(ada, party["id"]) as events, asyncio.timeout(3 * WAIT_S):
            assert (await anext(events))["__typename"] == "PartySnapshot"
            port = httpx.URL(server.address.base).port
            server.terminate()
            farewell = await _first(events, "Heartbeat")
            assert farewell["reconnectAfterMs"] > 0
            assert await server.exit_code() == 0
            async with server_process(tmp_path / "lobby.db", port=port):
                assert (await _first(events, "PartySnapshot", "Heartbeat"))["__typename"] == "PartySnapshot"
                await ada.does("PostMessage", partyId=party["id"], text="Still there?")
                assert (await _first(events, "MessagePosted"))["text"] == "Still there?"


async def _first(events: AsyncIterator[Any], *types: str) -> Any:
    """The first event of one of these types. Fails if the subscription ends before."""
    async for event in events:
        assert isinstance(event, dict), f"the subscription ended: {event}"
        if event["__typename"] in types:
            return event
    raise AssertionError("the client has stopped")


@asynccontextmanager
async def _new_guest(address: Address) -> AsyncIterator[Player]:
    async with http_client(address, DOCUMENTS) as http:
        yield await guest(http, address)


async def _events_until_end(
    server: ServerProcess, player: Player, query: str, first: str, **variables: str
) -> list[str]:
    """The lines of a stream of server-sent events, up to its end. After an event with `first` the server gets a SIGTERM."""
    body = {"query": query, "variables": variables}
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {player.token}"}
    lines: list[str] = []
    async with (
        httpx.AsyncClient(timeout=WAIT_S) as http,
        http.stream("POST", server.address.http, json=body, headers=headers) as response,
    ):
        async for line in response.aiter_lines():
            lines.append(line)
            if first in line:
                server.terminate()
    return lines


async def test_an_event_stream_ends_without_complete_at_a_shutdown(tmp_path: Path) -> None:
    async with server_process(tmp_path / "lobby.db") as server, _new_guest(server.address) as ada:
        party = await party_of(ada)
        lines = await _events_until_end(server, ada, FOLLOW, "PartySnapshot", partyId=party["id"])
        assert "reconnectAfterMs" in next(line for line in reversed(lines) if line.startswith("data:"))
        assert "event: complete" not in lines


async def test_updates_of_a_party_end_without_unsubscribed_at_a_shutdown(tmp_path: Path) -> None:
    async with server_process(tmp_path / "lobby.db") as server, _new_guest(server.address) as ada:
        party = await party_of(ada)
        url = f"ws{server.address.base.removeprefix('http')}/updates?party_id={party['id']}&token={ada.token}"
        async with connect(url, proxy=None) as socket, asyncio.timeout(WAIT_S):
            assert json.loads(await socket.recv())["type"] == "PartySnapshot"
            server.terminate()
            types = []
            with suppress(ConnectionClosed):
                while True:
                    types.append(json.loads(await socket.recv())["type"])
        assert (types[-2:], "unsubscribed" in types) == (["Heartbeat", "closing"], False)
        assert socket.close_code == 1012


FOLLOW_LIST = "subscription { lobbyEvents { change partyId } }"


async def test_an_event_stream_of_the_list_ends_without_complete_at_a_shutdown(tmp_path: Path) -> None:
    """The contract has no Heartbeat in this stream: its clients learn by the end of the connection."""
    async with server_process(tmp_path / "lobby.db") as server, _new_guest(server.address) as ada:
        await party_of(ada)
        lines = await _events_until_end(server, ada, FOLLOW_LIST, "LISTED")
        assert any("LISTED" in line for line in lines)
        assert "event: complete" not in lines


@pytest.mark.parametrize("subprotocol", [TRANSPORT, LEGACY])
async def test_no_subscription_of_any_kind_is_completed_at_a_shutdown(tmp_path: Path, subprotocol: str) -> None:
    async with server_process(tmp_path / "lobby.db") as server, _new_guest(server.address) as ada:
        party, session = await session_of(ada)
        client = await open_client(server.address.base, subprotocol)
        await client.init({"authorization": f"Bearer {ada.token}"})
        events = "{ __typename ... on Heartbeat { reconnectAfterMs } }"
        await client.ask(f'subscription {{ partyEvents(partyId: "{party["id"]}") {events} }}', "party")
        await client.ask(f'subscription {{ sessionEvents(sessionId: "{session["id"]}") {events} }}', "session")
        await client.ask("subscription { lobbyEvents { change } }", "list")
        last: dict[str, Frame] = {}
        while len(last) < 3:
            frame = await client.receive()
            last[frame.get("id", "")] = frame
            last.pop("", None)
        server.terminate()
        ended: set[str] = set()
        with suppress(ConnectionClosed):
            while True:
                frame = await client.receive()
                if frame["type"] == "complete":
                    ended.add(frame["id"])
                elif "id" in frame:
                    last[frame["id"]] = frame
        assert ended == set()
        assert client.connection.close_code == 1012
        for kind in ("party", "session"):
            (event,) = last[kind]["payload"]["data"].values()
            assert event["reconnectAfterMs"] > 0
        assert last["list"]["payload"]["data"] == {"lobbyEvents": {"change": "LISTED"}}
