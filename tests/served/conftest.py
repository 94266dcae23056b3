"""One server with short times for all tests that need no other, and strangers and guests of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journey.fixtures import ada, bram, cleo, http
from tests.served.lobby import lobby
from tools.demo.address import Address

__all__ = ["ada", "bram", "cleo", "http"]


@pytest.fixture(scope="session")
def address() -> Iterator[Address]:
    """The server of the other fixtures, too."""
    with lobby() as address:
        yield address
