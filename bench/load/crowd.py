"""Many followers at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial

from bench.load.follower import Follower
from bench.load.loop import Loop

EVENT = b"MemberUpdated"
"""What an event of the benchmark has in it, whatever the encoding, and nothing else has."""


@contextmanager
def crowd(loop: Loop, followers: Iterable[Follower], on_event: Callable[[int], None]) -> Iterator[None]:
    """In this block the loop reads all of `followers`, and calls `on_event` with the index of the one that heard of
    an event; at the end they are closed. They are read from as soon as they are there: some servers ping early."""
    with ExitStack() as open_ones:
        for index, follower in enumerate(followers):
            open_ones.enter_context(closing(follower))
            loop.add(follower.socket, partial(_read, follower, index, on_event))
            loop.turn(0)
        yield


def _read(follower: Follower, index: int, on_event: Callable[[int], None]) -> None:
    for message in follower.read():
        if EVENT in message:
            on_event(index)
