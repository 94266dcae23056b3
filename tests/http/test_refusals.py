"""Who is refused again and again is made to wait for it, and nobody else is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import httpx
import pytest

from tests.http.rest_client import running
from tests.http.wire import Wire, post
from tests.journey.players import DOCUMENTS

BURST = 3
KEPT_BACK_S = 0.3
"""What can be seen of the half second for which a refusal is kept back, at least."""
GOOD = {"query": DOCUMENTS["ServerInfo"]}


@pytest.fixture
def url() -> Iterator[str]:
    """A server that refuses three at once, and then one every ten seconds."""
    with running(rate_limits=True, refusals_per_address_burst=BURST, refusals_per_address_s=0.1) as url:
        yield url


def took_s(url: str, path: str, body: bytes, *headers: str) -> tuple[float, bytes]:
    """How long an answer took, and its status."""
    began_s = time.monotonic()
    with Wire(url) as wire:
        wire.say(post(body, *headers, path=path))
        head, _ = wire.answer()
    return time.monotonic() - began_s, head.split(b" ")[1]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/graphql", b"[]", b"400"),
        ("/graphql", b'{"query":"{ nonsense }"}', b"200"),
        ("/graphql", b'{"query":"{ me { id } }"}', b"200"),
        ("/graphql", b"x" * 70_000, b"413"),
        ("/party", b"[]", b"400"),
        ("/nowhere", b"{}", b"404"),
    ],
)
def test_a_refusal_too_many_is_kept_back(url: str, path: str, body: bytes, status: bytes) -> None:
    answers = [took_s(url, path, body, "Authorization: Bearer forged") for _ in range(BURST + 1)]

    assert [told for _, told in answers] == [status] * (BURST + 1)
    assert answers[-1][0] > KEPT_BACK_S
    assert min(wait_s for wait_s, _ in answers) < KEPT_BACK_S


def test_so_is_one_of_what_is_not_http(url: str) -> None:
    began_s = time.monotonic()
    for _ in range(BURST + 1):
        with Wire(url) as wire:
            wire.say(b"\x16\x03\x01\r\n\r\n")
            head, _ = wire.answer()
            assert head.startswith(b"HTTP/1.1 400 ")

    assert time.monotonic() - began_s > KEPT_BACK_S


def test_a_good_request_from_the_same_address_does_not_wait_with_them(url: str) -> None:
    """By the long way, which the first one goes, and by the short one."""
    with httpx.Client(base_url=url) as good, ThreadPoolExecutor(8) as attackers:
        refusals = [attackers.submit(took_s, url, "/graphql", b"[]") for _ in range(8)]
        while not any(refusal.done() for refusal in refusals):
            time.sleep(0.001)
        answers = [good.post("/graphql", json=GOOD) for _ in range(3)]
        waiting = [refusal for refusal in refusals if not refusal.done()]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert waiting, "the good ones were answered while the others waited"


def test_what_nobody_can_know_beforehand_is_no_fault(url: str) -> None:
    """A client may ask by a hash that this server does not know."""
    unknown = b'{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}'
    answers = [took_s(url, "/graphql", unknown) for _ in range(3 * BURST)]

    assert min(wait_s for wait_s, _ in answers[BURST:]) < KEPT_BACK_S


def test_while_refusals_are_kept_back_no_new_document_is_read_but_known_ones_are(url: str) -> None:
    with httpx.Client(base_url=url) as good, ThreadPoolExecutor(1) as attacker:
        good.post("/graphql", json={"query": "{ serverInfo { time } }"})
        attack = attacker.submit(lambda: [took_s(url, "/graphql", b"[]") for _ in range(BURST + 2)])
        new = (f"{{ t{number}: serverInfo {{ time }} }}" for number in count())
        answer: dict[str, Any] = {}
        while not attack.done() and "errors" not in answer:
            answer = good.post("/graphql", json={"query": next(new)}).json()
        known = good.post("/graphql", json={"query": "{ serverInfo { time } }"}).json()

    assert answer["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert "errors" not in known
