"""The servers of the row rooms get load in turn, and a server that fails does not end the turn of another."""

from __future__ import annotations

import socket
from contextlib import ExitStack, closing

import pytest

from tools.bench.load.websocket import ConnectionLost
from tools.bench.rows.rooms import TurnLoop

WAIT_S = 10.0


def test_a_loop_also_reads_what_the_other_servers_send() -> None:
    with ExitStack() as stack:
        loops: list[TurnLoop] = []
        ours, theirs = (stack.enter_context(TurnLoop(loops)) for _ in range(2))
        near, far = map(stack.enter_context, map(closing, socket.socketpair()))
        received: list[bytes] = []
        theirs.add(near, lambda: received.append(near.recv(16)))
        far.sendall(b"ping")
        assert ours.run_until(lambda: received == [b"ping"], WAIT_S)


def test_what_goes_wrong_with_a_server_is_raised_in_its_own_turn() -> None:
    with ExitStack() as stack:
        loops: list[TurnLoop] = []
        ours, theirs = (stack.enter_context(TurnLoop(loops)) for _ in range(2))
        near, far = map(stack.enter_context, map(closing, socket.socketpair()))
        failures: list[str] = []

        def fail() -> None:
            failures.append(near.recv(16).decode())
            raise ConnectionLost("gone")

        theirs.add(near, fail)
        far.sendall(b"close")
        assert ours.run_until(lambda: bool(failures), WAIT_S)
        with pytest.raises(ConnectionLost, match="gone"):
            theirs.poll(0)
        ours.poll(0)
