"""The fast path during a shutdown and behind proxies, with handlers that the test controls."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import ExitStack
from time import monotonic

import pytest

from lobby.runtime.log_context import current_request, note_request
from tests.serving import served
from tests.stores_of_servers import fresh_store
from tests.web.fast.test_fast_path import INFO
from tests.web.wire import WAIT_S, Wire, post
from web.app import create_app
from web.connections.request_interceptor import PendingResponse
from web.connections.uvicorn_http import FAST_SLICE_S
from web.fast.fast_path import FastPath
from web.graphql.http_response import JSON, Response
from web.serving import ServingLimits
from web.settings.settings import Settings


class Held:
    """A handler whose responses wait until the server has begun to shut down."""

    def __init__(self, may_begin_without_task: bool) -> None:
        self.began = threading.Event()
        self._may_begin_without_task = may_begin_without_task
        self._may_answer = asyncio.Event()

    def try_handle(self, authorization: str | None, body: bytes, address: str) -> PendingResponse:
        return PendingResponse(self._answered(), self._may_begin_without_task)

    async def drain(self) -> None:
        # uvicorn goes on to its connections when this returns; the answer comes after that.
        asyncio.get_running_loop().call_later(0.2, self._may_answer.set)

    async def _answered(self) -> tuple[Response, str]:
        self.began.set()
        await self._may_answer.wait()
        return Response(200, JSON, b"{}"), "r1"


@pytest.mark.parametrize("may_begin_without_task", [False, True])
def test_a_pending_response_is_sent_during_a_shutdown_and_then_the_connection_closes(
    may_begin_without_task: bool,
) -> None:
    app, held = create_app(Settings(store=fresh_store(), fast=True)), Held(may_begin_without_task)
    request = post(INFO, "User-Agent: late")
    with served(app, held.drain) as url:
        app.interceptor = FastPath(held, "/graphql")
        wire = Wire(url)
        wire.asked(request)
        wire.send(request)
        assert held.began.wait(WAIT_S)
    head, body = wire.answer()

    assert body == b"{}"
    assert b"connection: close" in head
    assert wire.is_closed()
    wire.close()


class Asked:
    """A handler that responds with the address of the client."""

    def try_handle(self, authorization: str | None, body: bytes, address: str) -> PendingResponse:
        return PendingResponse(self._answered(address))

    async def _answered(self, address: str) -> tuple[Response, str]:
        return Response(200, JSON, json.dumps(address).encode()), "r1"


@pytest.mark.parametrize(
    ("proxies", "told", "expected"),
    [
        ((), "203.0.113.1", "127.0.0.1"),
        (("10.0.0.0/8",), "203.0.113.1", "127.0.0.1"),
        (("127.0.0.1",), "203.0.113.1", "203.0.113.1"),
        (("127.0.0.1",), "198.51.100.9, 203.0.113.1", "203.0.113.1"),
        (("127.0.0.1",), "2001:db8::1", "2001:db8::/64"),
    ],
)
def test_a_client_behind_a_trusted_proxy_counts_by_its_own_address(
    proxies: tuple[str, ...], told: str, expected: str
) -> None:
    app = create_app(Settings(store="memory://", fast=True, trusted_proxies=list(proxies)))
    request = post(INFO, f"X-Forwarded-For: {told}", "X-Forwarded-Proto: https")
    with served(app, limits=ServingLimits(trusted_proxies=proxies)) as url:
        app.interceptor = FastPath(Asked(), "/graphql")
        wire = Wire(url)
        assert b'"data"' in wire.asked(request)
        assert json.loads(wire.asked(request)) == expected
        wire.close()


class Noted:
    """A handler that notes its request for the log. Its response says which request the log had before, which
    request it has at the end (all except the first request wait in between), and whether there was a task at the beginning."""

    def __init__(self) -> None:
        self._number = 0

    def try_handle(self, authorization: str | None, body: bytes, address: str) -> PendingResponse:
        self._number += 1
        return PendingResponse(self._answered(str(self._number)), may_begin_without_task=True)

    async def _answered(self, number: str) -> tuple[Response, str]:
        before, has_task = current_request(), asyncio.current_task() is not None
        note_request(number, None)
        if number != "1":
            await asyncio.sleep(0)
        response = {"before": before, "after": current_request(), "has_task": has_task}
        return Response(200, JSON, json.dumps(response).encode()), number


def test_requests_that_begin_without_a_task_have_their_own_context_of_the_log() -> None:
    app, request = create_app(Settings(store=fresh_store(), fast=True)), post(INFO, "User-Agent: context")
    with served(app) as url:
        app.interceptor = FastPath(Noted(), "/graphql")
        with Wire(url) as wire:
            assert b'"data"' in wire.asked(request)  # the interceptor learns the head
            answers = [json.loads(wire.asked(request)) for _ in range(3)]

    assert answers == [{"before": None, "after": [str(n), None], "has_task": False} for n in (1, 2, 3)]


def test_more_requests_than_a_turn_of_the_loop_has_time_for_are_all_answered() -> None:
    """Those behind the first ones wait for their turn in a task."""
    app, request = create_app(Settings(store=fresh_store(), fast=True)), post(INFO, "User-Agent: crowd")
    with served(app) as url, ExitStack() as stack:
        app.interceptor = FastPath(Slow(), "/graphql")
        wires = [stack.enter_context(Wire(url)) for _ in range(20)]
        assert b'"data"' in wires[0].asked(request)
        for wire in wires:
            wire.send(request)
        answers = [json.loads(wire.answer()[1]) for wire in wires]

    assert answers == [True] * len(wires)


class Slow:
    """A handler whose responses take a whole slice of a turn each."""

    def try_handle(self, authorization: str | None, body: bytes, address: str) -> PendingResponse:
        return PendingResponse(self._answered(), may_begin_without_task=True)

    async def _answered(self) -> tuple[Response, str]:
        until_s = monotonic() + FAST_SLICE_S
        while monotonic() < until_s:
            pass
        return Response(200, JSON, b"true"), "r1"
