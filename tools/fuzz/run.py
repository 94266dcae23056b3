"""The rounds of the fuzzer: each sends many requests of one kind, and fails at the first that is not answered as it should be."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, TypeVar

import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tools.attack.context import SIGN_IN
from tools.attack.raw_http import encode_operation
from tools.fuzz.conversations import Conversation, conversations
from tools.fuzz.places import Place, Request, encode, graphql_places, graphql_request, read_schema, rest_places
from tools.fuzz.texts import KINDS
from tools.fuzz.texts import any_text as texts
from web.connections.socket_conversation import SocketLimits

Value = TypeVar("Value")

SLOW_S = 1.0
ANSWER_WAIT_S = 10.0
RESET = 1006
INTERNAL_CODES = frozenset({RESET, 1011, 4500})
"""Close codes of a server that failed."""
FRAME_BYTES_MAX = SocketLimits().frame_bytes_max
LAST = json.dumps({"id": "last", "type": "subscribe", "payload": {"query": "{__typename}"}})

CLIENT_LOG = logging.Logger("the fuzzer's WebSocket client")
"""Not part of the logging tree, and without handlers, so that its records are lost.

The blocking client of websockets 17 logs "unexpected internal error" with an EOFError if a frame arrives while it closes. A test
that expects no ERROR of the server would take that for one.
"""
CLIENT_LOG.addHandler(logging.NullHandler())


@dataclass(slots=True)
class Progress:
    """The round that runs, and the numbers of requests and conversations that were sent."""

    phase: str = "starting"
    requests: int = 0
    conversations: int = 0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, with a guest's token. An answer that takes longer than `slow_s` is a failure."""

    host: str
    port: int
    token: str
    slow_s: float
    progress: Progress

    @classmethod
    def at(cls, host: str, port: int, slow_s: float = SLOW_S, progress: Progress | None = None) -> Server:
        """Sign a guest in."""
        request = Request("POST", "/graphql", encode_operation(SIGN_IN, n="Fuzz"))
        granted = json.loads(_send(host, port, request, "")[1])
        return cls(
            host, port, granted["data"]["signInAsGuest"]["credentials"]["accessToken"], slow_s, progress or Progress()
        )

    def check_graphql(self, request: Request) -> None:
        """Raises `AssertionError` unless the answer is a GraphQL answer without an internal error."""
        status, answer = self._check(request)
        shown = f"{_shown(request)}: {status} {answer[:500]!r}"
        assert status in (200, 400), shown
        assert isinstance(json.loads(answer), dict), shown

    def check_rest(self, request: Request) -> None:
        """Raises `AssertionError` unless the answer is a success, or an error of the client."""
        status, answer = self._check(request)
        assert 200 <= status < 500, f"{_shown(request)}: {status} {answer[:500]!r}"

    def check_conversation(self, path: str, conversation: Conversation) -> None:
        """Raises `AssertionError` if the server neither answers a ping at the end nor has closed the socket for a good reason."""
        self.progress.conversations += 1
        subprotocols = [Subprotocol("graphql-transport-ws")] if path == "/graphql" else None
        url = f"ws://{self.host}:{self.port}{path}"
        with connect(
            url, subprotocols=subprotocols, proxy=None, close_timeout=self.slow_s, logger=CLIENT_LOG
        ) as socket:
            with suppress(ConnectionClosed):
                for frame in conversation:
                    socket.send(frame)
                if path == "/graphql":
                    socket.send(LAST)
                is_answered = socket.ping(ack_on_close=True).wait(self.slow_s)
                assert is_answered, f"{conversation!r:.500}: no pong within {self.slow_s:g} s"
            allowed = {RESET} if _has_too_long_frame(conversation) else set()
            code = socket.close_code
            assert code not in INTERNAL_CODES - allowed, f"{conversation!r:.500}: closed with {code}"

    def openapi(self) -> Any:
        """The server's OpenAPI document."""
        return json.loads(_send(self.host, self.port, Request("GET", "/openapi.json"), "")[1])

    def _check(self, request: Request) -> tuple[int, bytes]:
        self.progress.requests += 1
        status, answer, took_s = _send(self.host, self.port, request, self.token)
        shown = f"{_shown(request)}: {status} {answer[:500]!r}"
        assert b'"INTERNAL"' not in answer, shown
        assert took_s < self.slow_s, f"took {took_s:.1f} s, {shown}"
        return status, answer


def _has_too_long_frame(conversation: Conversation) -> bool:
    """The server closes while such a frame is still on its way, and TCP's reset may overtake the close frame."""
    return any(len(each.encode() if isinstance(each, str) else each) > FRAME_BYTES_MAX for each in conversation)


Round = Callable[[Server, int, int], None]
"""Arguments: the server, the number of examples, and the seed."""


def every_text(server: Server, examples: int, number: int) -> None:
    """Send `examples` kinds of text, in turn, to every place of GraphQL and REST, and all kinds as parts of a document."""
    kinds = list(KINDS.items())
    for check, places in _checked_places(server):
        for index, (name, place) in enumerate(places.items()):
            for kind, text in (kinds[(index * examples + k) % len(kinds)] for k in range(min(examples, len(kinds)))):
                _check_named(check, place(text), f"{kind} in {name}")
    for name, request in _document_texts():
        _check_named(server.check_graphql, request, name)


def any_text(server: Server, examples: int, number: int) -> None:
    """Send generated texts to places of GraphQL and REST."""
    for check, places in _checked_places(server):
        chosen = st.tuples(st.sampled_from(sorted(places)), texts)

        def check_text(value: tuple[str, str], check: Check = check, places: dict[str, Place] = places) -> None:
            _check_named(check, places[value[0]](value[1]), value[0])

        _generate(chosen, check_text, examples, number)


def graphql(server: Server, examples: int, number: int) -> None:
    """Call each field of each root with generated arguments and selections."""
    api = schemathesis.graphql.from_url(f"http://{server.host}:{server.port}/graphql")
    for found in api.get_all_operations():
        assert isinstance(found, Ok), found
        cases = found.ok().as_strategy()
        _generate(cases, lambda case: server.check_graphql(graphql_request(_document(case))), examples, number)


def socket(server: Server, examples: int, number: int) -> None:
    """Hold conversations on `/graphql`."""
    _generate(conversations("/graphql"), lambda each: server.check_conversation("/graphql", each), examples, number)


def updates(server: Server, examples: int, number: int) -> None:
    """Hold conversations on `/updates`."""
    _generate(conversations("/updates"), lambda each: server.check_conversation("/updates", each), examples, number)


ROUNDS: dict[str, Round] = {
    "every text": every_text,
    "any text": any_text,
    "graphql": graphql,
    "socket": socket,
    "updates": updates,
}

Check = Callable[[Request], None]


def _checked_places(server: Server) -> Iterator[tuple[Check, dict[str, Place]]]:
    yield server.check_graphql, graphql_places(read_schema())
    yield server.check_rest, rest_places(server.openapi())


def _document_texts() -> Iterator[tuple[str, Request]]:
    """Each kind of text inside a document, as an operation name and as the name of a variable."""
    for kind, text in KINDS.items():
        quoted = encode(text).decode()
        yield f"{kind} in a document", graphql_request(f"{{party(id:{quoted}){{id}}}}")
        yield f"{kind} as operationName", graphql_request("{__typename}", operationName=text)
        yield f"{kind} as a variable's name", graphql_request("{__typename}", variables={text: text})


def _check_named(check: Check, request: Request, name: str) -> None:
    try:
        check(request)
    except AssertionError as error:
        raise AssertionError(f"{name}: {error}") from None


def _generate(strategy: st.SearchStrategy[Value], check: Callable[[Value], None], examples: int, number: int) -> None:
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
    def check_each(value: Value) -> None:
        check(value)

    check_each()


def _document(case: object) -> str:
    body = getattr(case, "body", None)
    assert isinstance(body, str), "a case is a document"
    return body


def _shown(request: Request) -> str:
    return f"{request.method} {request.path[:500]} {(request.body or b'')[:500]!r}"


def _send(host: str, port: int, request: Request, token: str) -> tuple[int, bytes, float]:
    """Status, body and time in seconds."""
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    connection = HTTPConnection(host, port, timeout=ANSWER_WAIT_S)
    began_s = time.perf_counter()
    try:
        connection.request(request.method, request.path, request.body, headers)
        response = connection.getresponse()
        return response.status, response.read(), time.perf_counter() - began_s
    finally:
        connection.close()


def new_seeds() -> Iterator[int]:
    """Seeds without end, none of them that of an earlier run."""
    number = time.time_ns() // 1_000_000
    while True:
        yield number
        number += 1
