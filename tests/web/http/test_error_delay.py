"""Past a rate, error responses to an address are delayed; its valid requests are not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
import pytest
from websockets.frames import Frame, Opcode

from tests.journey.players import DOCUMENTS
from tests.web.rest_client import running
from tests.web.wire import Wire, post

BURST = 3
DELAY_MIN_S = 0.3
"""The least that a test can see of the delay of half a second."""
GOOD = {"query": DOCUMENTS["ServerInfo"]}


@dataclass(frozen=True, slots=True)
class Client:
    """A client with an address of its own, so that the tests can share a server."""

    url: str
    address: str

    def connect(self) -> Wire:
        return Wire(self.url, self.address)

    def http(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, transport=httpx.HTTPTransport(local_address=self.address))

    def took_s(self, path: str, body: bytes, *headers: str) -> tuple[float, bytes]:
        """The time that a response took, and its status."""
        began_s = time.monotonic()
        with self.connect() as wire:
            wire.send(post(body, *headers, path=path))
            head, _ = wire.answer()
        return time.monotonic() - began_s, head.split(b" ")[1]

    def close_took_s(self, path: str, subprotocol: str, message: bytes) -> float:
        """The time from the handshake to the close of a socket on which the client sends `message`."""
        began_s = time.monotonic()
        with self.connect() as wire:
            wire.send(HANDSHAKE % (path.encode(), subprotocol.encode()) + message)
            wire.read_until(CLOSE)
        return time.monotonic() - began_s


HANDSHAKE = (
    b"GET %b HTTP/1.1\r\nhost: lobby\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: %b\r\n\r\n"
)
CLOSE = b"\x88"
"""The first byte of a close frame. Nothing else that the server sends here has it."""
MALFORMED = Frame(Opcode.TEXT, b"{").serialize(mask=True)
TOO_LONG = Frame(Opcode.TEXT, bytes(70_000)).serialize(mask=True)
NOT_UTF8 = Frame(Opcode.TEXT, b"\xff").serialize(mask=True)
_addresses = count(2)


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    """A server that sends three error responses at once, and then one every ten seconds."""
    with running(rate_limits=True, refusals_per_address_burst=BURST, refusals_per_address_s=0.1) as url:
        yield url


@pytest.fixture
def client(server_url: str) -> Client:
    return Client(server_url, f"127.0.0.{next(_addresses)}")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/graphql", b"[]", b"400"),
        ("/graphql", b'{"query":"{ nonsense }"}', b"200"),
        ("/graphql", b'{"query":"{ me { id } }"}', b"200"),
        ("/graphql", b"x" * 300_000, b"413"),
        ("/party", b"[]", b"400"),
        ("/nowhere", b"{}", b"404"),
    ],
)
def test_an_error_response_over_the_rate_is_delayed(client: Client, path: str, body: bytes, status: bytes) -> None:
    answers = [client.took_s(path, body, "Authorization: Bearer forged") for _ in range(BURST + 1)]

    assert [shown for _, shown in answers] == [status] * (BURST + 1)
    assert answers[-1][0] > DELAY_MIN_S
    assert min(wait_s for wait_s, _ in answers) < DELAY_MIN_S


def test_the_response_to_bytes_that_are_not_http_is_delayed_too(client: Client) -> None:
    began_s = time.monotonic()
    for _ in range(BURST + 1):
        with client.connect() as wire:
            wire.send(b"\x16\x03\x01\r\n\r\n")
            head, _ = wire.answer()
            assert head.startswith(b"HTTP/1.1 400 ")

    assert time.monotonic() - began_s > DELAY_MIN_S


@pytest.mark.parametrize(
    ("path", "message"),
    [("/graphql", MALFORMED), ("/graphql", TOO_LONG), ("/updates", TOO_LONG), ("/updates", NOT_UTF8)],
    ids=["malformed", "too long", "too long for /updates", "no UTF-8"],
)
def test_a_close_that_the_client_caused_is_delayed(client: Client, path: str, message: bytes) -> None:
    waits_s = [client.close_took_s(path, "graphql-transport-ws", message) for _ in range(BURST + 1)]

    assert waits_s[-1] > DELAY_MIN_S
    assert min(waits_s) < DELAY_MIN_S


def test_a_new_socket_waits_while_errors_are_delayed(client: Client) -> None:
    """A client whose messages are malformed opens the next socket at once."""
    with ExitStack() as stack:
        errors = [stack.enter_context(client.connect()) for _ in range(2 * BURST)]
        for wire in errors:
            wire.send(post(b"[]"))
        client.close_took_s("/graphql", "none", b"")

        assert all(wire.has_answer(within_s=DELAY_MIN_S / 2) for wire in errors)


def test_a_valid_request_from_the_same_address_is_not_delayed(client: Client) -> None:
    """Both paths delay: the slow path, which the first request takes, and the fast path."""
    with client.http() as good, ThreadPoolExecutor(8) as attackers:
        refusals = [attackers.submit(client.took_s, "/graphql", b"[]") for _ in range(8)]
        while not any(refusal.done() for refusal in refusals):
            time.sleep(0.001)
        answers = [good.post("/graphql", json=GOOD) for _ in range(3)]
        waiting = [refusal for refusal in refusals if not refusal.done()]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert waiting, "the good ones were answered while the others waited"


def test_an_unknown_document_hash_is_not_delayed(client: Client) -> None:
    """A client can't know in advance which hashes this server knows."""
    unknown = b'{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}'
    answers = [client.took_s("/graphql", unknown) for _ in range(3 * BURST)]

    assert min(wait_s for wait_s, _ in answers[BURST:]) < DELAY_MIN_S


def test_unknown_documents_are_rejected_while_errors_are_delayed(client: Client) -> None:
    with client.http() as good, ThreadPoolExecutor(1) as attacker:
        good.post("/graphql", json={"query": "{ serverInfo { time } }"})
        attack = attacker.submit(lambda: [client.took_s("/graphql", b"[]") for _ in range(BURST + 2)])
        new = (f"{{ t{number}: serverInfo {{ time }} }}" for number in count())
        answer: dict[str, Any] = {}
        while not attack.done() and "errors" not in answer:
            answer = good.post("/graphql", json={"query": next(new)}).json()
        known = good.post("/graphql", json={"query": "{ serverInfo { time } }"}).json()

    assert answer["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert "errors" not in known
