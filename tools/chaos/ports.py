"""Ports for servers that are killed and come back to them."""

from __future__ import annotations

import random
import socket
from itertools import islice

HOST = "127.0.0.1"
PORTS = range(20_000, 32_000)
"""Below those that Linux gives to connections going out (32,768 to 60,999 unless set): one of these would be taken while its
server is down."""


def free_ports(count: int) -> list[int]:
    """Each another one. Nobody holds them until the servers do."""
    # Not by a seed: runs side by side with the same one would want the same ports.
    return list(islice(filter(_is_free, random.SystemRandom().sample(PORTS, len(PORTS))), count))


def _is_free(port: int) -> bool:
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True
