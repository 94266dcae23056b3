"""The benchmark sends each request once, with any number of connections."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tools.bench.documents import Request
from tools.bench.load.http import ErrorResponse, send_each_once


@contextmanager
def listening(answer: bytes) -> Iterator[tuple[int, list[str]]]:
    """A server that gives `answer` to all requests. Its port, and the bodies that it received."""
    bodies: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield server.server_port, bodies
        finally:
            server.shutdown()


@pytest.mark.parametrize(("count", "connections"), [(0, 2), (1, 4), (25, 4)])
def test_each_request_is_sent_once_and_is_answered(count: int, connections: int) -> None:
    sent = [str(number) for number in range(count)]
    with listening(b"{}") as (port, bodies):
        send_each_once(port, "/graphql", (Request("token", body) for body in sent), connections)
    assert sorted(bodies, key=int) == sent


def test_a_response_with_errors_ends_the_load() -> None:
    with listening(b'{"errors":[]}') as (port, _), pytest.raises(ErrorResponse):
        send_each_once(port, "/graphql", [Request("token", "1")], 1)
