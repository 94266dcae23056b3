"""The short way when the server goes down, and behind proxies, with endpoints that the test holds."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest

from lobby.http.graphql_http.answer import Answer
from lobby.http.graphql_http.media_types import JSON
from lobby.http.graphql_http.shortcut import Answering, Shortcut
from lobby.http.serving import ServingLimits
from lobby.settings import Settings
from server import create_app
from tests.http.test_shortcut import INFO
from tests.http.wire import WAIT_S, Wire, post
from tests.serving import served
from tests.stores_of_servers import fresh_store


class Held:
    """An endpoint whose answers wait until the server has begun to go down."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self._may_answer = asyncio.Event()

    def answering(self, authorization: str | None, body: bytes, address: str) -> Answering:
        return self._answered()

    async def drain(self) -> None:
        # uvicorn goes on to its connections when this returns; the answer comes after that.
        asyncio.get_running_loop().call_later(0.2, self._may_answer.set)

    async def _answered(self) -> tuple[Answer, str]:
        self.began.set()
        await self._may_answer.wait()
        return Answer(200, JSON, b"{}"), "r1"


def test_an_answer_that_is_on_its_way_when_the_server_goes_down_is_given_and_then_the_connection_closes() -> None:
    app, held = create_app(Settings(store=fresh_store())), Held()
    app.shortcut = Shortcut(held, "/graphql")
    request = post(INFO, "User-Agent: late")
    with served(app, held.drain) as url:
        wire = Wire(url)
        wire.asked(request)
        wire.say(request)
        assert held.began.wait(WAIT_S)
    head, body = wire.answer()

    assert body == b"{}"
    assert b"connection: close" in head
    assert wire.is_closed()
    wire.close()


class Asked:
    """An endpoint that answers the address it is told."""

    def answering(self, authorization: str | None, body: bytes, address: str) -> Answering:
        return self._answered(address)

    async def _answered(self, address: str) -> tuple[Answer, str]:
        return Answer(200, JSON, json.dumps(address).encode()), "r1"


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
def test_the_client_behind_a_trusted_proxy_is_counted_by_its_own_address(
    proxies: tuple[str, ...], told: str, expected: str
) -> None:
    app = create_app(Settings(store="memory://", trusted_proxies=list(proxies)))
    app.shortcut = Shortcut(Asked(), "/graphql")
    request = post(INFO, f"X-Forwarded-For: {told}", "X-Forwarded-Proto: https")
    with served(app, limits=ServingLimits(trusted_proxies=proxies)) as url:
        wire = Wire(url)
        assert b'"data"' in wire.asked(request)
        assert json.loads(wire.asked(request)) == expected
        wire.close()
