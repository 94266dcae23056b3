"""Requests that are not on the fast path wait in a queue."""

from __future__ import annotations

import asyncio
import gc
from contextlib import ExitStack
from itertools import pairwise

import httpx
import pytest

from tests.waiting import wait_for_value
from tests.web.graphql_app import running
from tests.web.wire import Wire, post
from web.connections.uvicorn_http import HTTPProtocol
from web.connections.uvicorn_requests import STARTS_PER_TURN_MAX, RequestQueue

GOOD = {"query": "{ hello }"}


async def test_a_request_starts_at_once_if_the_queue_is_empty() -> None:
    queue, seen = RequestQueue(), list[int]()
    queue.enter("", lambda: seen.append(1))

    assert seen == [1]


async def test_a_few_requests_start_in_each_turn_in_order() -> None:
    queue, seen = RequestQueue(), list[int]()
    for number in range(20):
        queue.enter("", lambda number=number: seen.append(number))  # type: ignore[misc]
    counts = []
    while len(seen) < 20:
        counts.append(len(seen))
        await asyncio.sleep(0)

    assert seen == list(range(20))
    assert max(after - before for before, after in pairwise(counts)) == STARTS_PER_TURN_MAX


async def test_addresses_take_turns_in_the_queue() -> None:
    queue, seen = RequestQueue(), list[str]()
    for address in ["192.0.2.1"] * 50 + ["192.0.2.2"]:
        queue.enter(address, lambda address=address: seen.append(address))  # type: ignore[misc]
    for _ in range(60):
        await asyncio.sleep(0)

    assert seen.index("192.0.2.2") < 4


async def test_an_empty_queue_starts_again() -> None:
    queue, seen = RequestQueue(), list[int]()
    for _ in range(3):
        queue.enter("", lambda: seen.append(1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    assert seen == [1, 1, 1]


def test_a_hundred_requests_at_once_are_all_answered() -> None:
    body = b'{"query":"{ hello }"}'
    with running() as server, ExitStack() as held:
        wires = [held.enter_context(Wire(server.url)) for _ in range(100)]
        for number, wire in enumerate(wires):
            wire.send(post(body, f"x-own: {number}")[:40])
        for number, wire in enumerate(wires):
            wire.send(post(body, f"x-own: {number}")[40:])
        answers = [wire.answer()[1] for wire in wires]

    assert answers == [b'{"data":{"hello":"world"}}'] * 100


@pytest.mark.parametrize("body", [b'{"query":"{ hello }"}', b"[]", b"{"])
def test_an_ended_connection_leaves_no_reference_cycle(body: bytes) -> None:
    """The garbage collector once freed thousands of connections at the same time, and every request waited for that."""
    with running() as server:
        httpx.post(f"{server.url}/graphql", json=GOOD)
        gc.collect()
        of_other_tests = protocols_alive()
        gc.disable()
        try:
            for _ in range(10):
                with Wire(server.url) as wire:
                    wire.send(post(body, "x-own: so that it goes the long way"))
                    wire.answer()
            wait_for_value(lambda: len(protocols_alive()), lambda count: count <= len(of_other_tests))
        finally:
            gc.enable()


def protocols_alive() -> list[HTTPProtocol]:
    return [each for each in gc.get_objects() if isinstance(each, HTTPProtocol)]
