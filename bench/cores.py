"""Which core does what: the servers have the first one to themselves, whatever drives them the second."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_CORES = sorted(os.sched_getaffinity(0))[:2]
SERVER_CORE = _CORES[0]
ARE_TWO = len(_CORES) == 2
"""Where there is only one, server and load share it, and rates say little."""


def go_to_load_core() -> None:
    """This process, and all that it starts from now on."""
    os.sched_setaffinity(0, {_CORES[-1]})


@contextmanager
def on_server_core() -> Iterator[None]:
    """Processes that are started in this block run on the servers' core: a child begins where its parent is."""
    os.sched_setaffinity(0, {SERVER_CORE})
    try:
        yield
    finally:
        go_to_load_core()
