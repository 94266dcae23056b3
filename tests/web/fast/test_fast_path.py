"""The short way past ASGI gives the answers of the long one, and is taken by nothing that it is not for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from lobby.http.graphql_http.shortcut import Answering, Shortcut
from lobby.operations.client_documents import client_documents
from lobby.operations.trusted import document_hash
from lobby.settings import Settings
from server import CLIENT_QUERIES, create_app
from tests.http.wire import Wire, post
from tests.serving import served
from tests.stores_of_servers import fresh_store

DOCUMENTS = client_documents(CLIENT_QUERIES)
INFO = json.dumps({"documentId": document_hash(DOCUMENTS["ServerInfo"])}).encode()
ME = json.dumps({"documentId": document_hash(DOCUMENTS["Me"])}).encode()


class Watched(Shortcut):
    """A shortcut that counts who goes by it."""

    taken = 0

    def answering(self, request: bytes, address_of: Callable[[str | None], str]) -> Answering | None:
        answering = super().answering(request, address_of)
        self.taken += answering is not None
        return answering


@dataclass
class Server:
    url: str
    shortcut: Watched

    @contextmanager
    def wire(self) -> Iterator[Wire]:
        wire = Wire(self.url)
        try:
            yield wire
        finally:
            wire.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    app = create_app(Settings(store=fresh_store()))
    assert app.shortcut is not None
    app.shortcut.__class__ = Watched
    assert isinstance(app.shortcut, Watched)
    with served(app) as url:
        yield Server(url, app.shortcut)


def without_what_differs(head: bytes) -> list[bytes]:
    """The lines of a head in order of their names, without the request's id and the time."""
    lines = head.lower().split(b"\r\n")
    return sorted(line for line in lines if not line.startswith((b"x-request-id", b"date")))


@pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
@pytest.mark.parametrize("body", [INFO, ME], ids=["an answer", "an error"])
def test_the_second_request_goes_the_short_way_and_has_the_same_answer(server: Server, path: str, body: bytes) -> None:
    # A header of its own each time, so that no other test has taught it.
    request = post(body, f"User-Agent: {path} {len(body)}", path=path)
    with server.wire() as wire:
        wire.say(request)
        long_head, long_body = wire.answer()
        before = server.shortcut.taken
        wire.say(request)
        short_head, short_body = wire.answer()

    assert server.shortcut.taken == before + 1
    assert without_what_differs(short_head) == without_what_differs(long_head)
    if body is ME:
        assert short_body == long_body
    else:
        assert json.loads(short_body).keys() == json.loads(long_body).keys() == {"data"}


def test_what_one_has_taught_is_known_on_every_connection(server: Server) -> None:
    request = post(INFO, "User-Agent: everywhere")
    with server.wire() as one, server.wire() as other:
        one.asked(request)
        before = server.shortcut.taken
        other.asked(request)

    assert server.shortcut.taken == before + 1


def test_a_head_is_known_whatever_the_length_of_the_body(server: Server) -> None:
    longer = json.dumps({"documentId": document_hash(DOCUMENTS["ServerInfo"]), "variables": {"unused": "x" * 1_000}})
    with server.wire() as wire:
        wire.asked(post(INFO, "User-Agent: of many words"))
        before = server.shortcut.taken
        assert b'"data"' in wire.asked(post(longer.encode(), "User-Agent: of many words"))

    assert server.shortcut.taken == before + 1


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
def test_a_head_that_says_more_is_never_learned(server: Server, headers: tuple[str, ...]) -> None:
    before = server.shortcut.taken
    for _ in range(3):
        with server.wire() as wire:
            wire.say(post(INFO, *headers))
            wire.answer()

    assert server.shortcut.taken == before


def test_a_connection_that_is_to_close_closes(server: Server) -> None:
    for _ in range(2):
        with server.wire() as wire:
            wire.say(post(INFO, "Connection: close"))
            head, _ = wire.answer()

            assert b"connection: close" in head.lower()
            assert wire.is_closed()


@pytest.mark.parametrize("cut", [1, 20, 60, -1, -len(INFO), -len(INFO) - 2])
def test_a_request_in_pieces_is_answered_whatever_was_learned(server: Server, cut: int) -> None:
    request = post(INFO, "User-Agent: pieces")
    with server.wire() as wire:
        wire.asked(request)
        wire.say(request[:cut])
        with server.wire() as other:  # The server has read the first piece when it has answered this.
            other.asked(request)
        wire.say(request[cut:])

        assert b'"data"' in wire.answer()[1]
        assert b'"data"' in wire.asked(request)


def test_requests_that_come_together_are_answered_in_their_order(server: Server) -> None:
    info, me = post(INFO, "User-Agent: row"), post(ME, "User-Agent: row")
    with server.wire() as wire:
        wire.asked(info)
        wire.asked(me)
        for order in ([info, me, info], [me] * 5, [info + me[:30], me[30:]]):
            wire.say(b"".join(order))
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
            wire.say(request)

        assert [b"UNAUTHENTICATED" in wire.answer()[1] for _ in range(50)] == [True] * 50


@pytest.mark.parametrize("change", [1, -1, 100])
def test_a_body_of_another_length_is_not_taken_for_the_one_that_was_learned(server: Server, change: int) -> None:
    """A length that is too small leaves bytes that are no request; one that is too large waits for more."""
    good = post(INFO, "User-Agent: lengths")
    with server.wire() as wire:
        wire.asked(good)
        before = server.shortcut.taken
        wire.say(post(INFO, "User-Agent: lengths", length=len(INFO) + change))
        if change < 0:
            assert b"400" in wire.answer()[0]
        else:
            wire.say(b" " * change)
            assert b'"data"' in wire.answer()[1]

    assert server.shortcut.taken == before


def test_two_lengths_or_a_chunked_body_go_to_the_parser_each_time(server: Server) -> None:
    chunked = (
        b"POST /graphql HTTP/1.1\r\nHost: lobby\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunked += b"%x\r\n%b\r\n0\r\n\r\n" % (len(INFO), INFO)
    before = server.shortcut.taken
    for _ in range(2):
        with server.wire() as wire:
            assert b'"data"' in wire.asked(chunked)
            assert b'"data"' in wire.asked(chunked)
        with server.wire() as wire:
            wire.say(post(INFO, f"Content-Length: {len(INFO)}"))
            assert b"400" in wire.answer()[0]
        with server.wire() as wire:
            wire.say(post(INFO, "Transfer-Encoding: chunked"))
            assert b"400" in wire.answer()[0]

    assert server.shortcut.taken == before


def test_a_known_head_with_a_body_that_is_no_request_has_the_long_ways_answer(server: Server) -> None:
    body = b"{" * len(INFO)
    with server.wire() as wire:
        wire.asked(post(INFO, "User-Agent: bodies"))
        wire.say(post(body, "User-Agent: bodies"))

        assert b"400" in wire.answer()[0]


def test_a_client_that_is_gone_before_its_answer_harms_nobody(server: Server) -> None:
    request = post(INFO, "User-Agent: gone")
    with server.wire() as wire:
        wire.asked(request)
    for _ in range(20):
        with server.wire() as wire:
            wire.say(request)
    with server.wire() as wire:
        assert b'"data"' in wire.asked(request)
