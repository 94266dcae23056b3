"""A short round of what `scripts/fuzz` does for as long as one likes."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from fuzz.run import ROUNDS, Server
from tests.http.rest_client import running

EXAMPLES = {"every text": 1, "any text": 60, "graphql": 2, "socket": 30, "updates": 40}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(countdown_s=0) as url:
        where = urlsplit(url)
        assert where.hostname is not None
        assert where.port is not None
        yield Server.at(where.hostname, where.port)


@pytest.mark.parametrize("kind", ROUNDS)
def test_whatever_is_sent_is_answered_and_is_no_fault(
    server: Server, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    ROUNDS[kind](server, EXAMPLES[kind], 7)

    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
