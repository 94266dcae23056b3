"""A long start, made no longer than it must be."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

FROZEN_MIN = 10_000
"""From this many parties on they are put out of the garbage collector's sight: looking at them all takes seconds."""


@contextmanager
def without_collections() -> Iterator[None]:
    """While millions of values are made that will all stay, looking for garbage among them doubles the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def keep_for_good(party_count: int) -> None:
    """What has just been restored lives as long as its parties do, and is freed by counting references."""
    if party_count >= FROZEN_MIN:
        gc.freeze()
