"""Measures what sockets cost that only wait: `python -m tools.bench.idle_cpu [sockets] [seconds]`.

Three kinds of sockets in turn: without a stream (they get WebSocket pings), with the stream of a party of four (pings and
Heartbeats), and in parties of one (each Heartbeat is made for one follower). The figures are CPU time of the server by the
kernel's count, so that a busy machine changes them little.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.bench.contenders import LOBBY
from tools.bench.load.followers import follow, quiesce
from tools.bench.load.socket_loop import SocketLoop
from tools.bench.load.websocket import WebSocketConnection
from tools.bench.machine import move_to_load_core
from tools.bench.serving import RunningServer, start_server
from tools.bench.setup import Setup, Size, build_setup

SOCKETS, SECONDS = 1_000, 20
"""The time is that of one ping and two Heartbeats with the default settings."""
ALONE_S = 5.0
MEMBERS = 4
HEARTBEAT = b'"Heartbeat"'

Open = Callable[[RunningServer, int], Iterator[WebSocketConnection]]


def main(arguments: list[str]) -> None:
    sockets = int(arguments[0]) if arguments else SOCKETS
    seconds = float(arguments[1]) if len(arguments) > 1 else SECONDS
    move_to_load_core()
    with TemporaryDirectory() as folder:
        for name, members, open_sockets in (
            ("without a stream", MEMBERS, open_idle),
            (f"in parties of {MEMBERS}", MEMBERS, open_followers),
            ("in parties of 1", 1, open_followers),
        ):
            parties = -(-sockets // members)
            setup = build_setup(Path(folder) / name.replace(" ", "-"), Size(parties, members, parties, members))
            measure(name, setup, partial(open_sockets, setup), sockets, seconds)


def measure(name: str, setup: Setup, open_sockets: Open, sockets: int, seconds: float) -> None:
    """Print one line."""
    heartbeats: list[int] = []
    """The length of each."""

    def read(socket: WebSocketConnection) -> None:
        heartbeats.extend(len(message) for message in socket.read() if HEARTBEAT in message)

    with start_server(LOBBY, setup) as server, SocketLoop() as loop, ExitStack() as stack:
        quiesce(server, loop)
        alone_s, kib_before = cpu_share(server, loop, ALONE_S), server.resident_kib()
        for socket in open_sockets(server, sockets):
            stack.enter_context(closing(socket))
            loop.add(socket.socket, partial(read, socket))
            loop.poll(0)
        quiesce(server, loop)
        kib = (server.resident_kib() - kib_before) / sockets
        heartbeats.clear()
        share = cpu_share(server, loop, seconds)
    mean_bytes = sum(heartbeats) / len(heartbeats) if heartbeats else 0
    print(
        f"{sockets} sockets {name}, {seconds:g} s: {(share - alone_s) * 1e6 / sockets:.2f} us of CPU for each in a second "
        f"(without sockets the server takes {alone_s * 1e3:.1f} ms a second), {len(heartbeats)} Heartbeats of {mean_bytes:.0f} "
        f"bytes, {kib:.1f} KiB each",
        flush=True,
    )


def cpu_share(server: RunningServer, loop: SocketLoop, seconds: float) -> float:
    """The seconds of CPU that the server takes in a second."""
    cpu_s, began_at_s = server.cpu_s(), time.perf_counter()
    loop.run_for(seconds)
    return (server.cpu_s() - cpu_s) / (time.perf_counter() - began_at_s)


def open_idle(setup: Setup, server: RunningServer, count: int) -> Iterator[WebSocketConnection]:
    member = setup.world.parties[0].members[0]
    for _ in range(count):
        socket = WebSocketConnection(server.port, "/graphql", "graphql-transport-ws")
        with_token = {"authorization": f"Bearer {server.contender.token_of(member)}"}
        socket.send_json({"type": "connection_init", "payload": with_token})
        socket.receive()
        yield socket


def open_followers(setup: Setup, server: RunningServer, count: int) -> Iterator[WebSocketConnection]:
    """The members of one party after the other, as players come."""
    members = [(party, member) for party in setup.world.parties for member in party.members]
    for party, member in members[:count]:
        yield follow(server, party, member)


if __name__ == "__main__":
    main(sys.argv[1:])
