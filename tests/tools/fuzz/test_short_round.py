"""A short round of each kind that `scripts/fuzz` repeats."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.web.rest_client import running
from tools.fuzz.run import ROUNDS, Server

EXAMPLES = {"every text": 7, "any text": 60, "graphql": 2, "socket": 30, "updates": 40}
SLOW_S = 10.0
"""Ten times the bound of the fuzzer itself: other tests share the machine."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(countdown_s=0) as url:
        address = urlsplit(url)
        assert address.hostname is not None
        assert address.port is not None
        yield Server.at(address.hostname, address.port, SLOW_S)


@pytest.mark.parametrize("kind", ROUNDS)
def test_every_request_is_answered_without_an_internal_error(
    server: Server, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    ROUNDS[kind](server, EXAMPLES[kind], 7)

    assert [logging.Formatter().format(record) for record in caplog.records if record.levelname == "ERROR"] == []
