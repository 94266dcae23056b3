"""Requests that are answered before all of their body has been read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.graphql_app import RunningServer, ServerOptions, running
from tests.web.wire import Wire, post
from web.connections.connection_limits import HeadLimits
from web.serving import ServingLimits

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    limits = ServingLimits(head=HeadLimits(unread_wait_s=0.2))
    with running(ServerOptions(serving_limits=limits)) as server:
        yield server


def test_a_body_declared_too_long_is_refused_before_it_arrives(server: RunningServer) -> None:
    with Wire(server.url) as wire:
        wire.send(post(b"", length=MEGABYTE))
        head, body = wire.answer()

        assert head.startswith(b"HTTP/1.1 413 ")
        assert b"connection: close" in head
        assert b"LIMIT_EXCEEDED" in body
        assert wire.is_closed()


def test_a_client_that_sends_such_a_body_anyway_sees_the_413(server: RunningServer) -> None:
    """It sees no reset instead."""
    with Wire(server.url) as wire:
        wire.send(post(b" " * MEGABYTE))

        assert wire.answer()[0].startswith(b"HTTP/1.1 413 ")


def test_a_body_without_a_length_is_refused_when_it_gets_too_long(server: RunningServer) -> None:
    with Wire(server.url) as wire:
        wire.send(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n")
        wire.send(b"transfer-encoding: chunked\r\n\r\n")
        wire.send(b"32000\r\n" + b" " * 0x32000 + b"\r\n10\r\n" + b" " * 16 + b"\r\n")

        assert wire.answer()[0].startswith(b"HTTP/1.1 413 ")
        assert wire.is_closed()


def test_the_connection_is_dropped_a_while_after_the_413(server: RunningServer) -> None:
    """The client never closes its direction. The server reads nothing more, and resets the connection at the end."""
    with Wire(server.url) as wire:
        wire.send(post(b"", length=100 * MEGABYTE))
        wire.answer()

        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            wire.send(b" " * 100 * MEGABYTE)
