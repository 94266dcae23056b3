"""Requests that are each sent once: to show a server all that it is asked for afterwards, and to leave it as it was."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack, closing
from functools import partial

from bench.load.http_link import HttpLink
from bench.load.loop import Loop
from bench.request import Request

ALL_WAIT_S = 120.0


class NotAnswered(Exception):
    """Some request had no answer in time."""


def each_once(port: int, path: str, requests: Iterable[Request], connections: int) -> None:
    """Send them in turn over `connections` connections; returns when all have their answers. Raises `NotAnswered`, and
    `Refused` for a no."""
    left = iter(requests)
    waiting: set[HttpLink] = set()

    def send(link: HttpLink) -> None:
        waiting.discard(link)
        request = next(left, None)
        if request is not None:
            waiting.add(link)
            link.send(request)

    def read(link: HttpLink) -> None:
        if link.read():
            send(link)

    with Loop() as loop, ExitStack() as open_ones:
        for _ in range(connections):
            link = open_ones.enter_context(closing(HttpLink(port, path)))
            loop.add(link.socket, partial(read, link))
            send(link)
        if not loop.until(lambda: not waiting, ALL_WAIT_S):
            raise NotAnswered(f"{len(waiting)} requests to {path} had no answer within {ALL_WAIT_S} s")
