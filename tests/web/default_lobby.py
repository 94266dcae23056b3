"""The whole server with default limits, and how long another client waits for it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.serving import SERVED, served
from tests.stores_of_servers import fresh_store
from web.app import create_app
from web.settings.settings import Settings

PAUSE_S = 0.005
"""Between two requests of the other client, which stays within its rate."""
OTHER_ADDRESS = "127.0.0.2"
"""The address of a client that shares no rate with the tests' own connections."""


@contextmanager
def default_lobby() -> Iterator[str]:
    """Yields the base URL."""
    app = create_app(Settings(store=fresh_store(), rate_limits=True))
    with served(app, drain=app.drain) as url:
        yield url


def other_client(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, transport=httpx.HTTPTransport(local_address=OTHER_ADDRESS), timeout=30)


def slowest_answer_s(url: str, seconds: float, meanwhile: Callable[[], object] = lambda: None) -> float:
    """The time of the slowest answer to another client. The function is called before each of its requests.

    It is CPU time of the servers of this process: neither the clients nor what else runs on the machine count.
    """
    clocks = [
        time.pthread_getcpuclockid(thread.ident or 0) for thread in threading.enumerate() if thread.name == SERVED
    ]
    assert clocks, "a server runs in this process"
    slowest_s, until_s = 0.0, time.monotonic() + seconds
    with other_client(url) as client:
        while time.monotonic() < until_s:
            meanwhile()
            began_s = servers_cpu_s()
            assert client.post("/graphql", json={"query": "{ serverInfo { version } }"}).status_code == 200
            slowest_s = max(slowest_s, servers_cpu_s() - began_s)
            time.sleep(PAUSE_S)
    return slowest_s


def servers_cpu_s() -> float:
    """The CPU time of the servers of this process so far."""
    servers = [thread.ident for thread in threading.enumerate() if thread.name == SERVED and thread.ident is not None]
    assert servers, "a server runs in this process"
    return sum(time.clock_gettime(time.pthread_getcpuclockid(server)) for server in servers)


def resident_bytes() -> int:
    """The memory of this process, which runs the server too."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
