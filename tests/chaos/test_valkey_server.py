"""The server processes that other tests rest on."""

from __future__ import annotations

import socket
from pathlib import Path

from chaos.valkey.server import DURABLE, ValkeyServer
from tests.needs import needs


def asked(server: ValkeyServer, command: str) -> bytes:
    with socket.create_connection(server.address, 5) as link:
        link.sendall(f"{command}\r\n".encode())
        return link.recv(256)


def test_what_it_answered_for_is_there_after_a_kill_and_on_the_same_port(tmp_path: Path) -> None:
    needs("valkey")
    server = ValkeyServer(tmp_path / "valkey", DURABLE)
    try:
        server.start()
        assert asked(server, "SET word kept") == b"+OK\r\n"
        server.kill()
        server.start()
        assert asked(server, "GET word") == b"$4\r\nkept\r\n"
    finally:
        server.kill()
    assert not server.is_running
