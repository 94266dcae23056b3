"""The whole server with default limits, and how long another client waits for it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.serving import served
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

    It is CPU time of this process, which runs the server: what else runs on the machine does not count.
    """
    slowest_s, until_s = 0.0, time.monotonic() + seconds
    with other_client(url) as client:
        while time.monotonic() < until_s:
            meanwhile()
            began_s = time.process_time()
            assert client.post("/graphql", json={"query": "{ serverInfo { version } }"}).status_code == 200
            slowest_s = max(slowest_s, time.process_time() - began_s)
            time.sleep(PAUSE_S)
    return slowest_s


def resident_bytes() -> int:
    """The memory of this process, which runs the server too."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
