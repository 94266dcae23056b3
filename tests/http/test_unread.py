"""Requests that are answered without being read to their end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lobby.http.head_limits import HeadLimits
from lobby.http.serving import ServingLimits
from tests.http.graphql_app import Running, Setting, running
from tests.http.wire import Wire, post

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    limits = ServingLimits(head=HeadLimits(unread_wait_s=0.2))
    with running(Setting(serving_limits=limits)) as server:
        yield server


def test_a_body_that_is_said_to_be_too_long_is_refused_by_its_head_alone(server: Running) -> None:
    with Wire(server.url) as wire:
        wire.say(post(b"", length=MEGABYTE))
        head, body = wire.answer()

        assert head.startswith(b"HTTP/1.1 413 ")
        assert b"connection: close" in head
        assert b"LIMIT_EXCEEDED" in body
        assert wire.is_closed()


def test_who_sends_it_all_the_same_sees_the_answer(server: Running) -> None:
    """And not a reset in its place."""
    with Wire(server.url) as wire:
        wire.say(post(b" " * MEGABYTE))

        assert wire.answer()[0].startswith(b"HTTP/1.1 413 ")


def test_a_body_without_a_length_is_refused_once_it_is_too_long(server: Running) -> None:
    with Wire(server.url) as wire:
        wire.say(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n")
        wire.say(b"transfer-encoding: chunked\r\n\r\n")
        wire.say(b"10000\r\n" + b" " * 0x10000 + b"\r\n10\r\n" + b" " * 16 + b"\r\n")

        assert wire.answer()[0].startswith(b"HTTP/1.1 413 ")
        assert wire.is_closed()


def test_the_connection_is_dropped_a_while_later(server: Running) -> None:
    """The client never closes its end: what it sends until then nobody reads, and in the end it is told so."""
    with Wire(server.url) as wire:
        wire.say(post(b"", length=100 * MEGABYTE))
        wire.answer()

        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            wire.say(b" " * 100 * MEGABYTE)
