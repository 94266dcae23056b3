"""The Valkey process that other tests use."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.needs import needs
from tools.chaos.valkey.server import DURABLE, ValkeyServer


def execute(server: ValkeyServer, command: str) -> bytes:
    with socket.create_connection(server.address, 5) as connection:
        connection.sendall(f"{command}\r\n".encode())
        return connection.recv(256)


def test_acknowledged_data_is_there_after_a_kill_on_the_same_port(tmp_path: Path) -> None:
    needs("valkey")
    server = ValkeyServer(tmp_path / "valkey", DURABLE)
    try:
        server.start()
        assert execute(server, "SET word kept") == b"+OK\r\n"
        server.kill()
        server.start()
        assert execute(server, "GET word") == b"$4\r\nkept\r\n"
    finally:
        server.kill()
    assert not server.is_running
