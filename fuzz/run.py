"""What is sent is answered."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TypeVar

import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from attack.arena import SIGN_IN
from attack.wire import operation
from fuzz.talk import Talk, talks
from fuzz.texts import every_kind, texts
from lobby.http.sockets.limits import SocketLimits

Value = TypeVar("Value")

SLOW_S = 1.0
RESET = 1006
FAULTS = frozenset({RESET, 1011, 4500})
"""Closes that are the server's own fault."""
FRAME_BYTES_MAX = SocketLimits().frame_bytes_max
LAST = json.dumps({"id": "last", "type": "subscribe", "payload": {"query": "{__typename}"}})


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    port: int
    token: str

    @classmethod
    def at(cls, host: str, port: int) -> Server:
        """With a guest of its own."""
        granted = json.loads(_asked(host, port, operation(SIGN_IN, n="Fuzz"), "")[1])
        return cls(host, port, granted["data"]["signInAsGuest"]["credentials"]["accessToken"])

    def asks(self, body: bytes) -> None:
        """Raises `AssertionError` unless it is answered as it should be."""
        status, answer, took_s = _asked(self.host, self.port, body, self.token)
        told = f"{body[:500]!r}: {status} {answer[:500]!r}"
        assert status in (200, 400), told
        assert b'"INTERNAL"' not in answer, told
        assert isinstance(json.loads(answer), dict), told
        assert took_s < SLOW_S, f"took {took_s:.1f} s, {told}"

    def hears(self, path: str, talk: Talk) -> None:
        """The same of a conversation: it is closed for a reason, or goes on."""
        offered = [Subprotocol("graphql-transport-ws")] if path == "/graphql" else None
        url = f"ws://{self.host}:{self.port}{path}"
        with connect(url, subprotocols=offered, proxy=None, close_timeout=SLOW_S) as socket:
            try:
                for each in talk:
                    socket.send(each)
                if path == "/graphql":
                    socket.send(LAST)
                socket.ping().wait(SLOW_S)
            except ConnectionClosed as closed:
                code = closed.rcvd.code if closed.rcvd is not None else RESET
                assert code not in (FAULTS - {RESET} if _is_too_long(talk) else FAULTS), (
                    f"{talk!r:.500}: closed with {code}"
                )


def _is_too_long(talk: Talk) -> bool:
    """Then the server closes while bytes are still on their way, and TCP's reset may overtake the close."""
    return any(len(each.encode() if isinstance(each, str) else each) > FRAME_BYTES_MAX for each in talk)


Round = Callable[[Server, int, int], None]
"""So many examples, with a seed."""


def every_text(server: Server, examples: int, number: int) -> None:
    """All kinds of text in all places; the same in each round."""
    for what, body in every_kind():
        try:
            server.asks(body)
        except AssertionError as error:
            raise AssertionError(f"{what}: {error}") from None


def any_text(server: Server, examples: int, number: int) -> None:
    _generated(texts, server.asks, examples, number)


def graphql(server: Server, examples: int, number: int) -> None:
    """Each field of each root, with whatever its arguments take, and selections of whatever there is."""
    api = schemathesis.graphql.from_url(f"http://{server.host}:{server.port}/graphql")
    for found in api.get_all_operations():
        assert isinstance(found, Ok), found
        cases = found.ok().as_strategy()
        _generated(cases, lambda case: server.asks(json.dumps(_sent(case)).encode()), examples, number)


def socket(server: Server, examples: int, number: int) -> None:
    _generated(talks("/graphql"), lambda talk: server.hears("/graphql", talk), examples, number)


def updates(server: Server, examples: int, number: int) -> None:
    _generated(talks("/updates"), lambda talk: server.hears("/updates", talk), examples, number)


ROUNDS: dict[str, Round] = {
    "every text": every_text,
    "any text": any_text,
    "graphql": graphql,
    "socket": socket,
    "updates": updates,
}


def _generated(strategy: st.SearchStrategy[Value], check: Callable[[Value], None], examples: int, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def checked(value: Value) -> None:
        check(value)

    checked()


def _sent(case: object) -> dict[str, object]:
    body = getattr(case, "body", None)
    assert isinstance(body, str), "a case is a document"
    return {"query": body}


def _asked(host: str, port: int, body: bytes, token: str) -> tuple[int, bytes, float]:
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    link = HTTPConnection(host, port, timeout=10)
    began_s = time.perf_counter()
    try:
        link.request("POST", "/graphql", body, headers)
        response = link.getresponse()
        return response.status, response.read(), time.perf_counter() - began_s
    finally:
        link.close()


def numbers() -> Iterator[int]:
    """Seeds without end, none of them one of an earlier run."""
    number = time.time_ns() // 1_000_000
    while True:
        yield number
        number += 1
