"""The fast path during a shutdown and behind proxies, with handlers that the test controls."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest

from tests.serving import served
from tests.stores_of_servers import fresh_store
from tests.web.fast.test_fast_path import INFO
from tests.web.wire import WAIT_S, Wire, post
from web.app import create_app
from web.connections.request_interceptor import PendingResponse
from web.fast.fast_path import FastPath
from web.graphql.http_response import JSON, Response
from web.serving import ServingLimits
from web.settings.settings import Settings


class Held:
    """A handler whose responses wait until the server has begun to shut down."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self._may_answer = asyncio.Event()

    def try_handle(self, authorization: str | None, body: bytes, address: str) -> PendingResponse:
        return self._answered()

    async def drain(self) -> None:
        # uvicorn goes on to its connections when this returns; the answer comes after that.
        asyncio.get_running_loop().call_later(0.2, self._may_answer.set)

    async def _answered(self) -> tuple[Response, str]:
        self.began.set()
        await self._may_answer.wait()
        return Response(200, JSON, b"{}"), "r1"


def test_a_pending_response_is_sent_during_a_shutdown_and_then_the_connection_closes() -> None:
    app, held = create_app(Settings(store=fresh_store(), fast=True)), Held()
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
        return self._answered(address)

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
