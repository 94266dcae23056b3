"""The bytes that a client leaves unread have the same bound on REST, event streams, /updates and the sockets of GraphQL."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from tests.serving import served
from tests.stores_of_servers import fresh_store
from tests.waiting import wait_for_value
from tests.web.raw_socket import RawSocket
from tests.web.rest_client import Rest, connected, guest
from web.app import create_app
from web.connections.unread_bytes import UnreadLimits
from web.serving import ServingLimits
from web.settings.settings import Settings

UNREAD_BYTES_MAX = 65_536
"""Unread bytes that one connection may have before it counts as stalled."""
WAIT_S = 30.0
STALLED_SEND_S = 2 * WAIT_S
"""So long that the connection ends by its unread bytes, and not by this limit."""
FOLLOW = "subscription ($id: ID!) { partyEvents(partyId: $id) { seq party { attributes { key value } } } }"
UPDATE = "mutation ($i: UpdatePartyInput!) { updateParty(input: $i) { __typename } }"


@pytest.fixture
def url() -> Iterator[str]:
    limits = ServingLimits(unread=UnreadLimits(per_address_max=UNREAD_BYTES_MAX, stalled_send_s=STALLED_SEND_S))
    app = create_app(Settings(store=fresh_store(), rate_limits=False, stalled_send_s=STALLED_SEND_S))
    with served(app, app.drain, limits) as url, connected(url):
        yield url


@contextmanager
def stalled(url: str, request: bytes) -> Iterator[socket.socket]:
    """A connection that has sent `request`, and reads nothing unless the test does."""
    address = urlsplit(url)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.settimeout(WAIT_S)
        connection.connect((address.hostname, address.port))
        connection.sendall(request)
        yield connection


def large_values(number: int) -> list[dict[str, str]]:
    return [{"key": f"k{key}", "value": f"{number}".rjust(1_024)} for key in range(20)]


def open_streams(url: str) -> int:
    found = re.search(r"^lobby_connections (\d+)", Rest(url).get("/metrics").text, re.MULTILINE)
    assert found is not None
    return int(found[1])


def until_dropped(url: str, leader: Rest, party_id: str) -> None:
    """Change the party, by 20 KB each time, until its only stream is dropped."""
    wait_for_value(lambda: open_streams(url), lambda count: count == 1)
    numbers = iter(range(10_000))

    def change() -> int:
        leader.graphql(UPDATE, i={"partyId": party_id, "attributes": large_values(next(numbers))})
        return open_streams(url)

    wait_for_value(change, lambda count: count == 0, WAIT_S)


def test_responses_of_rest(url: str) -> None:
    ask = b"GET /openapi.json HTTP/1.1\r\nHost: lobby\r\n\r\n"
    with stalled(url, ask * 1_000) as connection, pytest.raises(ConnectionResetError):
        wait_for_value(lambda: connection.send(ask), lambda sent: sent == 0, WAIT_S)


def test_event_streams(url: str) -> None:
    ann = guest(url)
    party_id = ann.makes()["party_id"]
    body = json.dumps({"query": FOLLOW, "variables": {"id": party_id}}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: lobby\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\n"
        f"Authorization: Bearer {ann.token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with stalled(url, head.encode() + body):
        until_dropped(url, ann, party_id)


def test_messages_of_updates(url: str) -> None:
    ann = guest(url)
    party_id = ann.makes()["party_id"]
    with RawSocket(url, None, f"/updates?party_id={party_id}&token={ann.token}"):
        until_dropped(url, ann, party_id)


def test_results_on_sockets(url: str) -> None:
    ann = guest(url)
    party_id = ann.makes()["party_id"]
    with RawSocket(url) as connection:
        connection.send(
            {"type": "connection_init", "payload": {"authorization": f"Bearer {ann.token}"}},
            {"id": "1", "type": "subscribe", "payload": {"query": FOLLOW, "variables": {"id": party_id}}},
        )
        until_dropped(url, ann, party_id)
