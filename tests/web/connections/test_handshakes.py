"""Handshakes that a library refuses are answered and closed, and offers of other protocols are ignored."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from threading import Event

import pytest
from starlette.types import Receive, Scope, Send

from tests.serving import served
from tests.web.default_lobby import default_lobby
from tests.web.graphql_app import RunningServer, ServerOptions, running
from tests.web.wire import Wire, post
from web.connections.connection_limits import HeadLimits
from web.connections.open_connections import CONNECTION_EXTENSION
from web.serving import ServingLimits

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
UPGRADE = ("connection: Upgrade", "upgrade: websocket")
SOCKET = (*UPGRADE, "sec-websocket-version: 13", f"sec-websocket-key: {KEY}")
HELLO = b'{"query":"{ hello }"}'
WORLD = b'{"data":{"hello":"world"}}'
H2C = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA")


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running() as server:
        yield server


def handshake(*headers: str, method: str = "GET", path: str = "/graphql") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "host: x", *headers]).encode() + b"\r\n\r\n"


REFUSED = {
    "with a body": handshake(*SOCKET, "content-length: 5") + b"hello",
    "with a body in chunks": handshake(*SOCKET, "transfer-encoding: chunked") + b"0\r\n\r\n",
    "without a key": handshake(*UPGRADE, "sec-websocket-version: 13"),
    "with two keys": handshake(*SOCKET, f"sec-websocket-key: {KEY}"),
    "with a wrong key": handshake(*SOCKET[:3], "sec-websocket-key: abc"),
    "with a long key": handshake(*SOCKET[:3], "sec-websocket-key: " + "a" * 9_000),
    "with many subprotocols": handshake(*SOCKET, *["sec-websocket-protocol: a"] * 200),
    "with an old version": handshake(*SOCKET[:2], "sec-websocket-version: 8", SOCKET[3]),
    "with a wrong URL": handshake(*SOCKET, path="http://["),
}


@pytest.mark.parametrize("request_bytes", REFUSED.values(), ids=REFUSED)
def test_a_handshake_that_is_refused_is_answered_and_closed(request_bytes: bytes) -> None:
    """Afterwards the connection is free again: the server allows one, and the next request is answered."""
    limits = ServingLimits(head=HeadLimits(connections_per_address_max=1, unread_wait_s=0.01))
    with running(ServerOptions(serving_limits=limits)) as server:
        for _ in range(3):
            with Wire(server.url) as wire:
                wire.send(request_bytes)
                assert wire.answer()[0].startswith(b"HTTP/1.1 4")
                assert wire.is_closed()
            time.sleep(0.05)
        # running() fails if the server does not shut down.


@pytest.mark.parametrize(
    "headers",
    [
        ("authorization: Bearer " + "a" * 8_192,),
        ("cookie: " + "c" * 12_000,),
        [f"x-{number}: y" for number in range(300)],
    ],
    ids=["the longest token", "a large cookie", "300 headers"],
)
def test_a_handshake_may_be_as_long_as_any_head(server: RunningServer, headers: tuple[str, ...]) -> None:
    with Wire(server.url) as wire:
        wire.send(handshake(*SOCKET, "sec-websocket-protocol: graphql-transport-ws", *headers))

        assert wire.answer()[0].startswith(b"HTTP/1.1 101 ")


def test_the_longest_token_in_a_query_string_reaches_the_application() -> None:
    """The token is no good, so the answer is about the token."""
    with default_lobby() as url, Wire(url) as wire:
        wire.send(handshake(*SOCKET, path="/updates?party=p&token=" + "a" * 8_192))
        assert wire.answer()[0].startswith(b"HTTP/1.1 101 ")
        wire.read_until(b"the access token is not valid")


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_offer_of_a_websocket_is_ignored_unless_the_method_is_get(server: RunningServer, method: str) -> None:
    with Wire(server.url) as wire:
        wire.send(post(HELLO, *SOCKET).replace(b"POST", method.encode(), 1))
        head, body = wire.answer()

    assert (head.startswith(b"HTTP/1.1 200 "), body) == (True, WORLD) if method == "POST" else b" 405 " in head


@pytest.mark.parametrize(
    "offer", [H2C, ("Connection: upgrade", "Upgrade: TLS/1.0"), ("Connection: Upgrade", "Upgrade: a, b")]
)
def test_a_request_with_another_offer_is_served_with_its_body(server: RunningServer, offer: tuple[str, ...]) -> None:
    with Wire(server.url) as wire:
        for _ in range(2):
            assert wire.asked(post(HELLO, *offer)) == WORLD


@pytest.mark.parametrize("cut", [1, 3, 60, 170, 250])
def test_a_request_with_an_offer_may_be_cut_anywhere(server: RunningServer, cut: int) -> None:
    chunked = post(HELLO, *H2C).split(b"\r\n\r\n")[0].replace(b"Content-Length: 21", b"Transfer-Encoding: chunked")
    requests = post(HELLO, *H2C) + chunked + b"\r\n\r\n15\r\n%b\r\n0\r\n\r\n" % HELLO + post(HELLO)
    with Wire(server.url) as wire:
        for start in range(0, len(requests), cut):
            wire.send(requests[start : start + cut])
        answers = [wire.answer()[1] for _ in range(3)]

    assert answers == [WORLD] * 3


def test_a_party_with_a_password_keeps_it_behind_an_offer() -> None:
    """Java's HttpClient offers h2c with its first request."""
    with default_lobby() as url, Wire(url) as wire:
        granted = b"{...on CredentialsGranted{credentials{accessToken}}}"
        sign_in = b'{"query":"mutation{signInAsGuest(input:{displayName:\\"Ann\\"})%b}"}' % granted
        token = wire.asked(post(sign_in)).split(b'"accessToken":"')[1].split(b'"')[0].decode()
        body = b'{"settings":{"password":"open sesame","visibility":"private"}}'
        wire.send(post(body, *H2C, f"Authorization: Bearer {token}", path="/party"))
        head, answer = wire.answer()

    assert head.startswith(b"HTTP/1.1 20")
    assert b'"has_password":true' in answer.replace(b" ", b"") or b'"hasPassword":true' in answer.replace(b" ", b"")


def test_a_handshake_that_is_accepted_while_the_server_stops_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """The application accepts once the server has ended the connection, and sends a message."""
    began, ended = Event(), Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            began.set()
            protocol = scope["extensions"][CONNECTION_EXTENSION]
            while not protocol.transport.is_closing():  # noqa: ASYNC110 - there is no event of it before the end
                await asyncio.sleep(0)
            try:
                await send({"type": "websocket.accept"})
                await send({"type": "websocket.send", "text": "hello"})
            finally:
                ended.set()

    with served(app) as url, Wire(url) as wire:
        wire.send(handshake(*SOCKET))
        assert began.wait(5)
    assert ended.is_set()
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
