"""A socket that has ended is freed at once, by counting references. The garbage collector would find it an hour later."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from tests.serving import served
from tests.stores_of_servers import fresh_store
from tools.bench.load.websocket import CLOSE, WebSocketConnection
from web.app import create_app
from web.settings.settings import Settings

SOCKETS = 10
OBJECTS_PER_SOCKET = 80
"""So many were in reference cycles at the end of each socket."""
SETTLE_S = 0.5
SIGN_IN = """mutation { signInAsGuest(input: {displayName: "Ada"}) {
  ... on CredentialsGranted { credentials { accessToken } } } }"""


@pytest.fixture
def server() -> Iterator[tuple[int, str]]:
    """The port of a server, and the token of a player."""
    with served(create_app(Settings(store=fresh_store(), rate_limits=False))) as url:
        answer = httpx.post(f"{url}/graphql", json={"query": SIGN_IN}).json()
        yield int(url.rpartition(":")[2]), answer["data"]["signInAsGuest"]["credentials"]["accessToken"]


def follow_inbox(port: int, token: str) -> WebSocketConnection:
    socket = WebSocketConnection(port, "/graphql", "graphql-transport-ws")
    socket.send_json({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
    socket.receive()
    socket.send_json({"type": "subscribe", "id": "1", "payload": {"query": "subscription { inbox { seq } }"}})
    assert json.loads(socket.receive())["type"] == "next"
    return socket


def use(server: tuple[int, str], says_so: bool) -> None:
    """Open sockets that follow an inbox, and end them. `says_so`: with a close frame."""
    with closing(follow_inbox(*server)) as socket:
        others = [follow_inbox(*server) for _ in range(SOCKETS - 1)]
        for each in (*others, socket):
            if says_so:
                each.send((1000).to_bytes(2, "big"), CLOSE)
            each.close()
    time.sleep(SETTLE_S)


@pytest.mark.parametrize("says_so", [True, False])
def test_a_socket_that_has_ended_leaves_no_reference_cycles(server: tuple[int, str], says_so: bool) -> None:
    use(server, says_so)
    gc.collect()
    gc.disable()
    try:
        use(server, says_so)
        found = gc.collect()
    finally:
        gc.enable()
    # 24 for each socket with LOBBY_FAST=false: an executor of graphql-core refers to itself.
    assert found < SOCKETS * OBJECTS_PER_SOCKET / 3
