"""Requests that a proxy and this server could read as two different ones (request smuggling)."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.web.graphql_app import RunningServer, running

BODY = b'{"query":"{ hello }"}'
HEAD = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
LENGTH = b"content-length: %d\r\n" % len(BODY)
SMUGGLED = b"GET /graphql?query=%7Bhello%7D HTTP/1.1\r\nhost: smuggled\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running() as server:
        yield server


@pytest.mark.parametrize(
    "request_bytes",
    [
        HEAD + LENGTH + b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\n" + LENGTH + b"\r\n0\r\n\r\n",
        HEAD + LENGTH + b"content-length: 3\r\n\r\n" + BODY,
        HEAD + b"content-length: 21, 21\r\n\r\n" + BODY,
        HEAD + b"content-length: -1\r\n\r\n",
        HEAD + b"content-length: +21\r\n\r\n" + BODY,
        HEAD + b"content-length: 0x15\r\n\r\n" + BODY,
        HEAD + b"content-length: 2 1\r\n\r\n" + BODY,
        HEAD + b"content-length: 99999999999999999999999\r\n\r\n" + BODY,
        HEAD + b"content-length : 21\r\n\r\n" + BODY,
        HEAD + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        HEAD + b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        HEAD + b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\n\r\n-1\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        HEAD + b"transfer-encoding: chunked\r\n\r\n15\n" + BODY + b"\n0\n\n",
        b"POST /graphql HTTP/1.1\r\nhost: x\r\n folded: yes\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nhost: x\r\nx\x00y: z\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nhost: x\r\nx: a\x00b\r\n\r\n",
        b"POST /graphql HTTP/1.1\nhost: x\n\n",
        b"CONNECT x:80 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_an_ambiguous_request_gets_400_and_nothing_behind_it_is_answered(
    server: RunningServer, request_bytes: bytes
) -> None:
    answers = said(server, request_bytes + SMUGGLED)

    assert re.findall(rb"HTTP/1\.1 (\d+)", answers) == [b"400"]
    assert b"world" not in answers


def test_valid_pipelined_requests_are_all_answered(server: RunningServer) -> None:
    closing = SMUGGLED.replace(b"host", b"connection: close\r\nhost")

    assert said(server, HEAD + LENGTH + b"\r\n" + BODY + closing, ends=False).count(b"world") == 2


def test_a_client_that_leaves_with_requests_pending_causes_no_error(
    server: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(20):
        said(server, (HEAD + LENGTH + b"\r\n" + BODY) * 3)

    assert said(server, SMUGGLED.replace(b"host", b"connection: close\r\nhost"), ends=False).count(b"world") == 1
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def said(server: RunningServer, request_bytes: bytes, ends: bool = True) -> bytes:
    """Everything that the server sends until it closes. `ends`: the client closes its direction first."""
    address = urlsplit(server.url)
    answers = b""
    with socket.create_connection((address.hostname, address.port), timeout=10) as link:
        link.sendall(request_bytes)
        try:
            if ends:
                link.shutdown(socket.SHUT_WR)
            while received := link.recv(65_536):
                answers += received
        except OSError:
            pass
    return answers
