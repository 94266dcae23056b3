"""Followers of parties: how each server's protocol subscribes, and reading many followers at once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from typing import Any

from tools.bench.contenders import COLYSEUS
from tools.bench.documents import WATCH_LOBBY, WATCH_PARTY, Document
from tools.bench.load.socket_loop import SocketLoop
from tools.bench.load.websocket import BINARY, ConnectionLost, WebSocketConnection
from tools.bench.serving import RunningServer
from tools.bench.world import Member, Party

EVENT = b"MemberUpdated"
"""A part of every message about `setReady`, in any encoding, and of no other message."""
MESSAGE = b"MessagePosted"
"""The same about `postMessage`."""
LISTING = b'"UPDATED"'
"""The same about a change of the public list."""
_JOIN_ROOM = b"\x0a"
"""Colyseus: the server sends this byte to welcome a client to a room, and the client returns it to complete the join."""
IDLE_CHECK_S = 0.25
IDLE_SHARE = 0.04
"""The share of a core that timers and pings of an idle server may take."""
IDLE_WAIT_MAX_S = 60.0


def follow(server: RunningServer, party: Party, member: Member) -> WebSocketConnection:
    """Subscribe to the events of `party` as `member`. Only the first event shows that the server has subscribed.

    Raises `ConnectionLost`.
    """
    if server.contender is COLYSEUS:
        return _join_room(server, party)
    return subscribe(server, member, WATCH_PARTY, {"partyId": party.id})


def follow_list(server: RunningServer, member: Member, filter_: dict[str, Any] | None) -> WebSocketConnection:
    """Subscribe to the public parties that match `filter_`, a PartyFilter, as `member`. Raises `ConnectionLost`."""
    return subscribe(server, member, WATCH_LOBBY, {"filter": filter_})


def subscribe(
    server: RunningServer, member: Member, document: Document, variables: dict[str, Any]
) -> WebSocketConnection:
    """Subscribe with `document`, as `member`. Raises `ConnectionLost`."""
    follower = WebSocketConnection(server.port, "/graphql", "graphql-transport-ws")
    token = server.contender.token_of(member)
    follower.send_json({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
    _expect_ack(follower)
    request = {"query": document.text, "variables": variables}
    follower.send_json({"type": "subscribe", "id": "1", "payload": request})
    return follower


@contextmanager
def read_followers(
    loop: SocketLoop,
    followers: Iterable[WebSocketConnection],
    on_event: Callable[[int], None],
    marks: tuple[bytes, ...] = (EVENT,),
) -> Iterator[None]:
    """The loop reads all followers until the block ends, and calls `on_event` with the index of one that got an event.

    `marks`: a message with one of these parts is an event.

    It reads each follower from the moment it is open, since some servers ping early. At the end all are closed.
    """
    with ExitStack() as stack:
        for index, follower in enumerate(followers):
            stack.enter_context(closing(follower))
            loop.add(follower.socket, partial(_read, follower, index, on_event, marks))
            loop.poll(0)
        yield


def quiesce(server: RunningServer, loop: SocketLoop) -> None:
    """Read followers until the server is nearly idle, at most for `IDLE_WAIT_MAX_S`.

    No protocol confirms that a subscription is in place. A server with nothing left to do has made them all.
    """
    deadline_s = time.perf_counter() + IDLE_WAIT_MAX_S
    used_s = IDLE_CHECK_S
    while used_s > IDLE_CHECK_S * IDLE_SHARE and time.perf_counter() < deadline_s:
        before_s = server.cpu_s()
        loop.run_for(IDLE_CHECK_S)
        used_s = server.cpu_s() - before_s


def _read(follower: WebSocketConnection, index: int, on_event: Callable[[int], None], marks: tuple[bytes, ...]) -> None:
    for message in follower.read():
        if any(mark in message for mark in marks):
            on_event(index)


def _expect_ack(follower: WebSocketConnection) -> None:
    answer: dict[str, Any] = json.loads(follower.receive())
    if answer["type"] != "connection_ack":
        raise ConnectionLost(f"the server answered connection_init with {answer}")


def _join_room(server: RunningServer, party: Party) -> WebSocketConnection:
    seat = json.loads(server.request("POST", "/seat", json.dumps({"partyId": party.id})))
    follower = WebSocketConnection(server.port, f"/{seat['processId']}/{seat['roomId']}?sessionId={seat['sessionId']}")
    welcome = follower.receive()
    if not welcome.startswith(_JOIN_ROOM):
        raise ConnectionLost(f"the room answered {welcome!r}")
    follower.send(_JOIN_ROOM, BINARY)
    return follower
