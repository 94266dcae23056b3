"""The fast path gives the same responses as the slow path, and only requests that it is meant for take it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.serving import served
from tests.stores_of_servers import fresh_store
from tests.web.wire import Wire, post
from web.app import CLIENT_QUERIES, create_app
from web.connections.request_interceptor import PendingResponse
from web.fast.fast_path import FastPath
from web.graphql.execution.client_documents import client_documents
from web.graphql.execution.documents import document_hash
from web.settings.settings import Settings

DOCUMENTS = client_documents(CLIENT_QUERIES)
INFO = json.dumps({"documentId": document_hash(DOCUMENTS["ServerInfo"])}).encode()
ME = json.dumps({"documentId": document_hash(DOCUMENTS["Me"])}).encode()


class Watched(FastPath):
    """A fast path that counts its requests."""

    taken = 0

    def try_handle(self, request: bytes, address_of: Callable[[str | None], str]) -> PendingResponse | None:
        answering = super().try_handle(request, address_of)
        self.taken += answering is not None
        return answering


@dataclass
class Server:
    url: str
    fast_path: Watched

    @contextmanager
    def wire(self) -> Iterator[Wire]:
        wire = Wire(self.url)
        try:
            yield wire
        finally:
            wire.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    app = create_app(Settings(store=fresh_store(), fast=True))
    with served(app) as url:
        assert isinstance(app.interceptor, FastPath)
        app.interceptor.__class__ = Watched
        assert isinstance(app.interceptor, Watched)
        yield Server(url, app.interceptor)


def without_what_differs(head: bytes) -> list[bytes]:
    """The lines of a head, sorted, without the request id and the date."""
    lines = head.lower().split(b"\r\n")
    return sorted(line for line in lines if not line.startswith((b"x-request-id", b"date")))


@pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
@pytest.mark.parametrize("body", [INFO, ME], ids=["an answer", "an error"])
def test_the_second_request_takes_the_fast_path_with_the_same_response(server: Server, path: str, body: bytes) -> None:
    # A header of its own each time, so that no other test has taught it.
    request = post(body, f"User-Agent: {path} {len(body)}", path=path)
    with server.wire() as wire:
        wire.send(request)
        long_head, long_body = wire.answer()
        before = server.fast_path.taken
        wire.send(request)
        short_head, short_body = wire.answer()

    assert server.fast_path.taken == before + 1
    assert without_what_differs(short_head) == without_what_differs(long_head)
    if body is ME:
        assert short_body == long_body
    else:
        assert json.loads(short_body).keys() == json.loads(long_body).keys() == {"data"}


def test_a_head_learned_on_one_connection_is_known_on_all(server: Server) -> None:
    request = post(INFO, "User-Agent: everywhere")
    with server.wire() as one, server.wire() as other:
        one.asked(request)
        before = server.fast_path.taken
        other.asked(request)

    assert server.fast_path.taken == before + 1


def test_a_head_is_known_whatever_the_length_of_the_body(server: Server) -> None:
    longer = json.dumps({"documentId": document_hash(DOCUMENTS["ServerInfo"]), "variables": {"unused": "x" * 1_000}})
    with server.wire() as wire:
        wire.asked(post(INFO, "User-Agent: of many words"))
        before = server.fast_path.taken
        assert b'"data"' in wire.asked(post(longer.encode(), "User-Agent: of many words"))

    assert server.fast_path.taken == before + 1


@pytest.mark.parametrize(
    "headers",
    [
        ("Origin: https://elsewhere.example",),
        ("Accept: application/graphql-response+json",),
        ("Accept: text/event-stream",),
        ("X-Request-Id: mine",),
        ("Forwarded: for=10.0.0.1",),
        ("X-Forwarded-For: 10.0.0.1", "X-Forwarded-For: 10.0.0.2"),
        ("Expect: 100-continue",),
        ("Content-Encoding: identity",),
        ("Accept: */*", "Accept: text/event-stream"),
        ("User-Agent: of old\r\n  folded",),
    ],
)
def test_a_head_with_other_headers_is_never_learned(server: Server, headers: tuple[str, ...]) -> None:
    before = server.fast_path.taken
    for _ in range(3):
        with server.wire() as wire:
            wire.send(post(INFO, *headers))
            wire.answer()

    assert server.fast_path.taken == before


def test_a_connection_that_is_to_close_closes(server: Server) -> None:
    for _ in range(2):
        with server.wire() as wire:
            wire.send(post(INFO, "Connection: close"))
            head, _ = wire.answer()

            assert b"connection: close" in head.lower()
            assert wire.is_closed()


@pytest.mark.parametrize("cut", [1, 20, 60, -1, -len(INFO), -len(INFO) - 2])
def test_a_request_in_pieces_is_answered_on_the_slow_path(server: Server, cut: int) -> None:
    request = post(INFO, "User-Agent: pieces")
    with server.wire() as wire:
        wire.asked(request)
        wire.send(request[:cut])
        with server.wire() as other:  # The server has read the first piece when it has answered this.
            other.asked(request)
        wire.send(request[cut:])

        assert b'"data"' in wire.answer()[1]
        assert b'"data"' in wire.asked(request)


def test_requests_that_come_together_are_answered_in_their_order(server: Server) -> None:
    info, me = post(INFO, "User-Agent: row"), post(ME, "User-Agent: row")
    with server.wire() as wire:
        wire.asked(info)
        wire.asked(me)
        for order in ([info, me, info], [me] * 5, [info + me[:30], me[30:]]):
            wire.send(b"".join(order))
            expected = re.findall(b"documentId", b"".join(order))
            answers = [wire.answer()[1] for _ in expected]

            bodies = [INFO if piece == INFO else ME for piece in _bodies(b"".join(order))]
            assert [b"UNAUTHENTICATED" in answer for answer in answers] == [body == ME for body in bodies]


def _bodies(requests: bytes) -> list[bytes]:
    return re.findall(rb"\{[^}]*\}", requests)


def test_requests_one_behind_the_other_without_waiting_are_all_answered(server: Server) -> None:
    request = post(ME, "User-Agent: hasty")
    with server.wire() as wire:
        wire.asked(request)
        for _ in range(50):
            wire.send(request)

        assert [b"UNAUTHENTICATED" in wire.answer()[1] for _ in range(50)] == [True] * 50


@pytest.mark.parametrize("change", [1, -1, 100])
def test_a_body_that_is_shorter_or_longer_than_its_length_takes_the_slow_path(server: Server, change: int) -> None:
    """A length that is too small leaves bytes that are no request; one that is too large waits for more."""
    good = post(INFO, "User-Agent: lengths")
    with server.wire() as wire:
        wire.asked(good)
        before = server.fast_path.taken
        wire.send(post(INFO, "User-Agent: lengths", length=len(INFO) + change))
        if change < 0:
            assert b"400" in wire.answer()[0]
        else:
            wire.send(b" " * change)
            assert b'"data"' in wire.answer()[1]

    assert server.fast_path.taken == before


def test_two_lengths_or_a_chunked_body_take_the_slow_path_each_time(server: Server) -> None:
    chunked = (
        b"POST /graphql HTTP/1.1\r\nHost: lobby\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunked += b"%x\r\n%b\r\n0\r\n\r\n" % (len(INFO), INFO)
    before = server.fast_path.taken
    for _ in range(2):
        with server.wire() as wire:
            assert b'"data"' in wire.asked(chunked)
            assert b'"data"' in wire.asked(chunked)
        with server.wire() as wire:
            wire.send(post(INFO, f"Content-Length: {len(INFO)}"))
            assert b"400" in wire.answer()[0]
        with server.wire() as wire:
            wire.send(post(INFO, "Transfer-Encoding: chunked"))
            assert b"400" in wire.answer()[0]

    assert server.fast_path.taken == before


def test_a_known_head_with_a_malformed_body_gets_the_slow_paths_response(server: Server) -> None:
    body = b"{" * len(INFO)
    with server.wire() as wire:
        wire.asked(post(INFO, "User-Agent: bodies"))
        wire.send(post(body, "User-Agent: bodies"))

        assert b"400" in wire.answer()[0]


def test_a_client_that_leaves_before_its_response_disturbs_no_other(server: Server) -> None:
    request = post(INFO, "User-Agent: gone")
    with server.wire() as wire:
        wire.asked(request)
    for _ in range(20):
        with server.wire() as wire:
            wire.send(request)
    with server.wire() as wire:
        assert b'"data"' in wire.asked(request)


def test_the_same_bytes_of_two_players_are_answered_for_each_of_them_and_anew(server: Server) -> None:
    def asked(wire: Wire, name: str, token: str, variables: dict[str, object]) -> dict[str, object]:
        body = json.dumps({"documentId": document_hash(DOCUMENTS[name]), "variables": variables}).encode()
        given = wire.asked(post(body, *([f"Authorization: Bearer {token}"] if token else [])))
        answer: dict[str, object] = json.loads(given)["data"]
        return answer

    with server.wire() as wire:
        tokens = []
        for name in ("Ada", "Bo"):
            granted: Any = asked(wire, "SignInAsGuest", "", {"input": {"displayName": name}})
            tokens.append(granted["signInAsGuest"]["credentials"]["accessToken"])
        for _ in range(3):
            assert [asked(wire, "MyParty", token, {}) for token in tokens] == [{"myParty": None}] * 2
        before = server.fast_path.taken
        created: Any = asked(wire, "CreateParty", tokens[0], {"input": {}})
        mine, other = (asked(wire, "MyParty", token, {}) for token in tokens)

    assert server.fast_path.taken >= before + 2
    assert mine == {"myParty": created["createParty"]["party"]}
    assert other == {"myParty": None}
