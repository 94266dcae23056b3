"""Good clients, in a process of their own so that they wait for the server and not for attackers: a party whose members look at
it, get ready and unready, and one of whom follows it.

`python -m attack.good_clients`, with a `Party` as JSON on its standard input.
"""

from __future__ import annotations

import json
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

from attack.wire import posted

REQUESTS_PER_S = 300
"""Below the 500 that an address has: all of them come from one."""
CHANGE_EACH = 9
"""Every so manieth request is a change, the others look. It has no factor in common with a party's size, so that everybody has a
turn."""
TOLD_EVERY_S = 0.2
NO_ANSWER = 0
LOOKS, CHANGES, HEARS = "looks", "changes", "hears"
"""Kinds of waits: for a query, for a mutation to be durable, and for its event at whoever follows the party."""


@dataclass(frozen=True, slots=True)
class Party:
    """Where it is, and who: access tokens of its members. `look` and `follow` are requests of GraphQL as JSON; `changes` are
    those of getting ready and of getting unready."""

    host: str
    port: int
    tokens: list[str]
    look: str
    changes: list[str]
    follow: str

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def main() -> None:
    """Until its output is closed. A line each: the kind, when it was asked for (monotonic clock), the seconds it took, and the
    status of HTTP; 0 stands for no answer, or for one that refuses."""
    party = Party(**json.loads(sys.stdin.readline()))
    follower = _Follower(party)
    members = [_Member(party, token) for token in party.tokens]
    next_ones = cycle(members)
    told_s = 0.0
    for due_s, kind, body in _asked(party, time.monotonic()):
        while (left_s := due_s - time.monotonic()) > 0:
            _listen(members, follower, left_s)
        next(next_ones).ask(kind, body, due_s)
        if kind is CHANGES:
            follower.expect()
        if due_s > told_s + TOLD_EVERY_S:
            sys.stdout.flush()
            told_s = due_s


def _asked(party: Party, since_s: float) -> Iterator[tuple[float, str, bytes]]:
    """When, and what, without end."""
    changes = cycle(each for change in party.changes for each in [change.encode()] * len(party.tokens))
    for number in count(1):
        is_change = number % CHANGE_EACH == 0
        yield (
            since_s + number / REQUESTS_PER_S,
            CHANGES if is_change else LOOKS,
            next(changes) if is_change else party.look.encode(),
        )


def _listen(members: list[_Member], follower: _Follower, within_s: float) -> None:
    waiting = {member.link: member for member in members if member.is_waiting}
    ready, _, _ = select.select([follower.link, *waiting], [], [], within_s)
    for link in ready:
        waiting[link].hear() if link in waiting else follower.hear()


def _tell(kind: str, asked_s: float, status: int) -> None:
    print(kind, asked_s, time.monotonic() - asked_s, status)


def _connected(party: Party) -> socket.socket:
    link = socket.create_connection((party.host, party.port))
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


class _Member:
    """One connection, and one request at a time on it. What is due while an answer is out is asked for behind it, and has been
    waiting since it was due: a server that stalls makes everybody wait, not just the one who asked first."""

    def __init__(self, party: Party, token: str) -> None:
        self._party = party
        self._token = token
        self.link = _connected(party)
        self._out: deque[tuple[str, bytes, float]] = deque()
        self._answer = b""

    @property
    def is_waiting(self) -> bool:
        return bool(self._out)

    def ask(self, kind: str, body: bytes, due_s: float) -> None:
        self._out.append((kind, body, due_s if self._out else time.monotonic()))
        if len(self._out) == 1:
            self._send()

    def hear(self) -> None:
        try:
            received = self.link.recv(262_144)
        except OSError:
            received = b""
        self._answer += received
        if not received or _is_whole(self._answer):
            self._close(_status(self._answer) if received else NO_ANSWER)

    def _send(self) -> None:
        try:
            self.link.sendall(posted(self._out[0][1], self._token))
        except OSError:
            self._close(NO_ANSWER)

    def _close(self, status: int) -> None:
        kind, _, since_s = self._out.popleft()
        _tell(kind, since_s, status)
        self._answer = b""
        if status == NO_ANSWER:
            self.link.close()
            self.link = _connected(self._party)
        if self._out:
            self._send()


class _Follower:
    """Follows the party over a socket. What it is to hear are the changes, one after the other."""

    def __init__(self, party: Party) -> None:
        self.link = _connected(party)
        uri = parse_uri(f"ws://{party.host}:{party.port}/graphql")
        self._protocol = ClientProtocol(uri, subprotocols=[Subprotocol("graphql-transport-ws")])
        self._protocol.send_request(self._protocol.connect())
        self._flush()
        while self._protocol.state is State.CONNECTING:
            self._protocol.receive_data(self.link.recv(65_536))
        self._say({"type": "connection_init", "payload": {"authorization": f"Bearer {party.tokens[0]}"}})
        self._say({"id": "1", "type": "subscribe", "payload": json.loads(party.follow)})
        self._expected: deque[float] = deque()

    def expect(self) -> None:
        """A change is asked for now."""
        self._expected.append(time.monotonic())

    def hear(self) -> None:
        received = self.link.recv(262_144)
        if not received:
            raise SystemExit("a good client that follows its party lost its socket")
        self._protocol.receive_data(received)
        self._flush()
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.TEXT and b'"MemberUpdated"' in event.data:
                _tell(HEARS, self._expected.popleft(), 200)

    def _say(self, message: object) -> None:
        self._protocol.send_text(json.dumps(message).encode())
        self._flush()

    def _flush(self) -> None:
        self.link.sendall(b"".join(self._protocol.data_to_send()))


def _status(answer: bytes) -> int:
    """An answer that has errors, or a rejection, is none."""
    return NO_ANSWER if b'"errors":' in answer or b'"Rejection"' in answer else int(answer.split(b" ", 2)[1])


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length: ")]
    return not lengths or len(body) >= int(lengths[0][16:])


if __name__ == "__main__":
    with suppress(KeyboardInterrupt, BrokenPipeError):
        main()
