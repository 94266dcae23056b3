"""Free ports for servers that are killed and come back on the same port."""

from __future__ import annotations

import random
import socket
from itertools import islice

HOST = "127.0.0.1"
PORTS = range(20_000, 32_000)
"""Below the range that Linux uses for outgoing connections (32,768 to 60,999 by default), which could take the port of a server
that is down."""


def free_ports(count: int) -> list[int]:
    """Different ports that are free now. Nothing reserves them until the servers bind them."""
    # Not by a seed: runs side by side with the same seed would choose the same ports.
    return list(islice(filter(_is_free, random.SystemRandom().sample(PORTS, len(PORTS))), count))


def _is_free(port: int) -> bool:
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True
