"""Requests that are each sent once, whatever the number of connections."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.load.http_link import Refused
from bench.load.once import each_once
from bench.request import Request


@contextmanager
def listening(answer: bytes) -> Iterator[tuple[int, list[str]]]:
    """A server that gives everyone this answer; its port, and the bodies that it was sent."""
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
def test_each_is_sent_once_and_has_its_answer(count: int, connections: int) -> None:
    sent = [str(number) for number in range(count)]
    with listening(b"{}") as (port, bodies):
        each_once(port, "/graphql", (Request("token", body) for body in sent), connections)
    assert sorted(bodies, key=int) == sent


def test_a_no_ends_it() -> None:
    with listening(b'{"errors":[]}') as (port, _), pytest.raises(Refused):
        each_once(port, "/graphql", [Request("token", "1")], 1)
