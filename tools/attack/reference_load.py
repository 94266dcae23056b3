"""The load of legitimate clients: a party whose members query it and toggle ready, while one of them follows it.

It runs in a process of its own, so that it waits only for the server and not for attackers:
`python -m tools.attack.reference_load`, with a `Party` as JSON on its standard input.
"""

from __future__ import annotations

import json
import re
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import count, cycle

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from tools.attack.raw_http import encode_post

REQUESTS_PER_S = 180
"""All of them come from one address. With MyParty (512 fields) and SetReady (521) they stay below its default rates, which are
500 requests and 100,000 fields a second (`tests/tools/attack/test_reference_load.py`)."""
MUTATION_EVERY = 9
"""One of this many requests is a mutation, the others are queries. It has no common factor with the size of the party, so that
each member sends mutations."""
FLUSH_EVERY_S = 0.2
OK, NO_ANSWER = "ok", "no_answer"
"""Outcomes of a request. Others are an HTTP status, or the code of the error or rejection in the response."""
_CODE = re.compile(rb'"code": ?"(\w+)"')
QUERIES, MUTATIONS, EVENTS = "query", "mutation", "event"
"""Kinds of latencies: of a query, of a durable mutation, and from a mutation to its event at the follower."""


@dataclass(frozen=True, slots=True)
class Party:
    """`tokens`: access tokens of the members. `query` and `follow`: GraphQL requests as JSON. `changes`: the requests to become
    ready and unready."""

    host: str
    port: int
    tokens: list[str]
    query: str
    changes: list[str]
    follow: str

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def main() -> None:
    """Print a line for each latency until the output is closed: kind, due time (monotonic clock), seconds, outcome."""
    party = Party(**json.loads(sys.stdin.readline()))
    follower = _Follower(party)
    members = [_Member(party, token) for token in party.tokens]
    turns = cycle(members)
    flushed_s = 0.0
    for due_s, kind, body in _schedule(party, time.monotonic()):
        while (left_s := due_s - time.monotonic()) > 0:
            _read_ready(members, follower, left_s)
        next(turns).send(kind, body, due_s)
        if kind is MUTATIONS:
            follower.expect()
        if due_s > flushed_s + FLUSH_EVERY_S:
            sys.stdout.flush()
            flushed_s = due_s


def _schedule(party: Party, since_s: float) -> Iterator[tuple[float, str, bytes]]:
    """Due time, kind and body of each request, without end."""
    changes = cycle(each for change in party.changes for each in [change.encode()] * len(party.tokens))
    for number in count(1):
        is_change = number % MUTATION_EVERY == 0
        yield (
            since_s + number / REQUESTS_PER_S,
            MUTATIONS if is_change else QUERIES,
            next(changes) if is_change else party.query.encode(),
        )


def _read_ready(members: list[_Member], follower: _Follower, within_s: float) -> None:
    waiting = {member.link: member for member in members if member.is_waiting}
    ready, _, _ = select.select([follower.link, *waiting], [], [], within_s)
    for link in ready:
        waiting[link].read() if link in waiting else follower.read()


def _print_latency(kind: str, asked_s: float, outcome: str) -> None:
    print(kind, asked_s, time.monotonic() - asked_s, outcome)


def _connect(party: Party) -> socket.socket:
    link = socket.create_connection((party.host, party.port))
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


class _Member:
    """A member's connection, with one request at a time. A request that is due before the response to the previous one waits,
    and its latency counts from its due time. So a stalled server delays all requests that become due before it goes on."""

    def __init__(self, party: Party, token: str) -> None:
        self._party = party
        self._token = token
        self.link = _connect(party)
        self._pending: deque[tuple[str, bytes, float]] = deque()
        self._answer = b""

    @property
    def is_waiting(self) -> bool:
        return bool(self._pending)

    def send(self, kind: str, body: bytes, due_s: float) -> None:
        self._pending.append((kind, body, due_s if self._pending else time.monotonic()))
        if len(self._pending) == 1:
            self._send()

    def read(self) -> None:
        try:
            received = self.link.recv(262_144)
        except OSError:
            received = b""
        self._answer += received
        if not received or _is_whole(self._answer):
            self._finish(_outcome(self._answer) if received else NO_ANSWER)

    def _send(self) -> None:
        try:
            self.link.sendall(encode_post(self._pending[0][1], self._token))
        except OSError:
            self._finish(NO_ANSWER)

    def _finish(self, outcome: str) -> None:
        kind, _, since_s = self._pending.popleft()
        _print_latency(kind, since_s, outcome)
        self._answer = b""
        if outcome == NO_ANSWER:
            self.link.close()
            self.link = _connect(self._party)
        if self._pending:
            self._send()


class _Follower:
    """Follows the party over a WebSocket, and expects one event for each mutation in order."""

    def __init__(self, party: Party) -> None:
        self.link = _connect(party)
        uri = parse_uri(f"ws://{party.host}:{party.port}/graphql")
        self._protocol = ClientProtocol(uri, subprotocols=[Subprotocol("graphql-transport-ws")])
        self._protocol.send_request(self._protocol.connect())
        self._flush()
        while self._protocol.state is State.CONNECTING:
            self._protocol.receive_data(self.link.recv(65_536))
        self._send_json({"type": "connection_init", "payload": {"authorization": f"Bearer {party.tokens[0]}"}})
        self._send_json({"id": "1", "type": "subscribe", "payload": json.loads(party.follow)})
        self._expected: deque[float] = deque()

    def expect(self) -> None:
        """A mutation is sent now."""
        self._expected.append(time.monotonic())

    def read(self) -> None:
        received = self.link.recv(262_144)
        if not received:
            raise SystemExit("the follower of the reference load lost its socket")
        self._protocol.receive_data(received)
        self._flush()
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.TEXT and b'"MemberUpdated"' in event.data:
                _print_latency(EVENTS, self._expected.popleft(), OK)

    def _send_json(self, message: object) -> None:
        self._protocol.send_text(json.dumps(message).encode())
        self._flush()

    def _flush(self) -> None:
        self.link.sendall(b"".join(self._protocol.data_to_send()))


def _outcome(answer: bytes) -> str:
    status = answer.split(b" ", 2)[1].decode()
    if b'"errors":' in answer or b'"Rejection"' in answer:
        code = _CODE.search(answer)
        return code[1].decode() if code else "an_error_without_a_code"
    return OK if status == "200" else status


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length: ")]
    return not lengths or len(body) >= int(lengths[0][16:])


if __name__ == "__main__":
    with suppress(KeyboardInterrupt, BrokenPipeError):
        main()
