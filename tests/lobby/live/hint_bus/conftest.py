"""A Valkey for all tests of the bus, and buses over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.needs import needs
from tools.chaos.valkey.server import PASSING, ValkeyServer


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    needs("valkey")
    server = ValkeyServer(tmp_path / "valkey", PASSING)
    server.start()
    try:
        yield server
    finally:
        server.thaw()
        server.kill()
