"""The receiving side of LOBBY_ALLOCATOR=webhook: starts a game server for each session, and stops it when the run is over.

    ALLOCATOR_SECRET=whsec_... LOBBY_SERVICE_KEY=... python docs/examples/allocation_service.py --lobby http://127.0.0.1:8000

It follows the rules of docs/game-servers.md. It needs only Python. Replace `subprocess` by the service that runs your
game servers.
"""

from __future__ import annotations

import argparse
import hmac
import json
import os
import signal
import subprocess
import sys
import threading
import time
from base64 import b64decode, b64encode
from collections import OrderedDict
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TOLERANCE_S = 300
BODY_BYTES_MAX = 64 * 1024
ENDED_KEPT_MAX = 10_000
GAME_SERVER = Path(__file__).with_name("game_server.py")


class Fleet:
    """The game servers that run, one a session."""

    def __init__(self, lobby: str) -> None:
        self._lobby = lobby
        self._lock = threading.Lock()
        self._running: dict[str, tuple[subprocess.Popen[str], dict[str, Any]]] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()

    def allocate(self, session_id: str) -> dict[str, Any] | None:
        """The endpoint of this session, the same for every request. None after the session has ended."""
        with self._lock:
            if session_id in self._ended:
                return None
            if session_id not in self._running:
                self._running[session_id] = self._started(session_id)
            return self._running[session_id][1]

    def end(self, session_id: str) -> None:
        """Final, also for a session that we have not been asked for: the messages may come in any order."""
        with self._lock:
            self._ended[session_id] = None
            if len(self._ended) > ENDED_KEPT_MAX:
                self._ended.popitem(last=False)
            running = self._running.pop(session_id, None)
        if running is not None:
            running[0].terminate()
            running[0].wait()

    def close(self) -> None:
        for session_id in list(self._running):
            self.end(session_id)

    def _started(self, session_id: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
        command = [
            sys.executable,
            str(GAME_SERVER),
            "--lobby",
            self._lobby,
            "--session",
            session_id,
            "--heartbeat-s",
            "1",
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
        assert process.stdout is not None
        _, address, port = process.stdout.readline().split()
        return process, {"protocol": "udp", "address": address, "port": int(port)}


def is_ours(headers: Any, body: bytes, key: bytes) -> bool:
    """True if the lobby has signed this message recently. Otherwise anybody could start and stop game servers."""
    message_id, at, signatures = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not at.isdigit() or abs(time.time() - int(at)) > TOLERANCE_S:
        return False
    digest = hmac.digest(key, f"{message_id}.{at}.".encode() + body, sha256)
    expected = b"v1," + b64encode(digest)
    return any(hmac.compare_digest(expected, one.encode()) for one in signatures.split(" "))


def service(fleet: Fleet, key: bytes, port: int) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            body = self.rfile.read(min(length, BODY_BYTES_MAX))
            if not is_ours(self.headers, body, key):
                self._answer(401, {"error": "not signed by the lobby"})
                return
            message = json.loads(body)
            if message["type"] == "ended":
                fleet.end(message["session_id"])
                self._answer(200, {})
                return
            endpoint = fleet.allocate(message["session_id"])
            self._answer(200 if endpoint else 410, {"endpoint": endpoint})

        def _answer(self, status: int, said: dict[str, Any]) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            print(format % args, file=sys.stderr)

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--lobby", required=True)
    asked.add_argument("--port", type=int, default=9100)
    given = asked.parse_args()
    key = b64decode(os.environ["ALLOCATOR_SECRET"].removeprefix("whsec_"))
    fleet = Fleet(given.lobby)
    server = service(fleet, key, given.port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    print(f"listening http://127.0.0.1:{server.server_address[1]}/", flush=True)
    try:
        server.serve_forever()
    finally:
        fleet.close()


if __name__ == "__main__":
    main()
