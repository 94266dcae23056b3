"""What a mutation asks of the Valkey, one after the other, as the server itself tells it."""

from __future__ import annotations

import re
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import count, islice
from uuid import uuid4

from bench.contenders import LOBBY
from bench.nodes.over_valkey import OverValkey
from bench.request import Request
from bench.rows.asks import ready_mutation
from bench.rows.teaching import teach
from bench.serving import Served, served

PARTIES = 25
"""Few enough that all their players act again within three seconds: past that, a node tells the others that it has seen them."""
WAIT_S = 10.0
_TOLD = re.compile(rb'^\+[\d.]+ \[\d+ (\S+)\] "(\w+)"', re.MULTILINE)
"""A line of MONITOR: a time, a database, who (`lua` within a script), the command."""
LAST = "bench-is-over"


def calls(stage: OverValkey) -> dict[str, float]:
    """Of one mutation, on average, by command. What a node asks besides, now and then, is in it: a few calls a second."""
    with served(LOBBY, stage) as server:
        wishes = _wishes(stage)
        teach(server, next(wishes))
        mutations = sum(len(party.members) for party in stage.world.parties[:PARTIES])
        _send(server, wishes, mutations)  # it knows them all by then
        with closing(socket.create_connection(stage.valkey.address, WAIT_S)) as monitor:
            monitor.sendall(b"MONITOR\r\n")
            monitor.recv(5)
            _send(server, wishes, mutations)
            told = _told_until(monitor, stage)
    found = Counter(command.decode().upper() for who, command in _TOLD.findall(told) if who != b"lua")
    del found["ECHO"]
    return {command: count / mutations for command, count in found.most_common()}


def _wishes(stage: OverValkey) -> Iterator[Request]:
    """Each of them a change: all players say that they are ready, then that they are not, and so on."""
    for round_ in count():
        for party in stage.world.parties[:PARTIES]:
            for member in party.members:
                yield ready_mutation(LOBBY, party, member, round_ % 2 == 0, str(uuid4()))


def _send(server: Served, wishes: Iterator[Request], times: int) -> None:
    for request in islice(wishes, times):
        server.request("POST", "/graphql", request.body, request.token)


def _told_until(monitor: socket.socket, stage: OverValkey) -> bytes:
    """All that the server told up to a word of ours."""
    with closing(socket.create_connection(stage.valkey.address, WAIT_S)) as other:
        other.sendall(f"ECHO {LAST}\r\n".encode())
        other.recv(64)
    told = b""
    while LAST.encode() not in told:
        told += monitor.recv(1 << 20)
    return told
