"""Requests that the server does not know wait in a queue."""

from __future__ import annotations

import asyncio
import gc
import time
from contextlib import ExitStack
from itertools import pairwise

import httpx
import pytest

from lobby.http.http_protocol import HTTPProtocol
from lobby.http.request_queue import LET_IN_EACH_TURN, RequestQueue
from tests.http.graphql_app import running
from tests.http.wire import Wire, post

GOOD = {"query": "{ hello }"}


async def test_who_finds_nobody_waiting_is_let_in_at_once() -> None:
    queue, seen = RequestQueue(), list[int]()
    queue.enter(lambda: seen.append(1))

    assert seen == [1]


async def test_a_few_are_let_in_each_turn_in_the_order_of_their_coming() -> None:
    queue, seen = RequestQueue(), list[int]()
    for number in range(20):
        queue.enter(lambda number=number: seen.append(number))  # type: ignore[misc]
    counts = []
    while len(seen) < 20:
        counts.append(len(seen))
        await asyncio.sleep(0)

    assert seen == list(range(20))
    assert max(after - before for before, after in pairwise(counts)) == LET_IN_EACH_TURN


async def test_a_queue_that_was_empty_for_a_while_moves_again() -> None:
    queue, seen = RequestQueue(), list[int]()
    for _ in range(3):
        queue.enter(lambda: seen.append(1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    assert seen == [1, 1, 1]


def test_a_hundred_at_once_are_all_answered() -> None:
    body = b'{"query":"{ hello }"}'
    with running() as server, ExitStack() as held:
        wires = [held.enter_context(Wire(server.url)) for _ in range(100)]
        for number, wire in enumerate(wires):
            wire.say(post(body, f"x-own: {number}")[:40])
        for number, wire in enumerate(wires):
            wire.say(post(body, f"x-own: {number}")[40:])
        answers = [wire.answer()[1] for wire in wires]

    assert answers == [b'{"data":{"hello":"world"}}'] * 100


@pytest.mark.parametrize("body", [b'{"query":"{ hello }"}', b"[]", b"{"])
def test_a_connection_that_ended_leaves_nothing_to_the_garbage_collector(body: bytes) -> None:
    """Thousands of them were freed in one go, for which everybody waited."""
    with running() as server:
        httpx.post(f"{server.url}/graphql", json=GOOD)
        gc.collect()
        gc.disable()
        try:
            for _ in range(10):
                with Wire(server.url) as wire:
                    wire.say(post(body, "x-own: so that it goes the long way"))
                    wire.answer()
            assert eventually_none(HTTPProtocol)
        finally:
            gc.enable()


def eventually_none(kind: type) -> bool:
    for _ in range(200):
        if not any(isinstance(each, kind) for each in gc.get_objects()):
            return True
        time.sleep(0.01)
    return False
