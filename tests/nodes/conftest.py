"""Two nodes for each test; over one server with one partition, and with as many as a cluster has."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.manual_clock import ManualClock
from tests.nodes.node import Node, node
from tools.chaos.valkey.server import ValkeyServer


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=[1, 16])
def partitions(request: pytest.FixtureRequest) -> int:
    count: int = request.param
    return count


@pytest.fixture
async def here(valkey: ValkeyServer, clock: ManualClock, partitions: int) -> AsyncIterator[Node]:
    async with node(valkey.url, clock, partitions=partitions) as here:
        yield here


@pytest.fixture
async def there(valkey: ValkeyServer, clock: ManualClock, partitions: int, here: Node) -> AsyncIterator[Node]:
    async with node(valkey.url, clock, partitions=partitions) as there:
        yield there
