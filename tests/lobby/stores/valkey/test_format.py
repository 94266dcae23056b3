"""A store keeps the format of its data, and a server that knows only older formats does not open it."""

from __future__ import annotations

import pytest

from lobby.domain.bounds import Bounds
from lobby.ports import Retention
from lobby.stores.valkey.address import Address
from lobby.stores.valkey.opening import FORMAT, FORMAT_KEY, create_client, open_valkey
from tests.manual_clock import ManualClock
from tools.chaos.valkey.server import ValkeyServer


async def test_the_format_is_kept_and_data_of_a_newer_version_is_refused(valkey: ValkeyServer) -> None:
    for _ in range(2):
        store = await open_valkey(valkey.url, Bounds(), Retention(), ManualClock())
        await store.close()
    client = create_client(Address.read(valkey.url))
    try:
        assert int(await client.call(0, "GET", FORMAT_KEY)) == FORMAT
        await client.call(0, "SET", FORMAT_KEY, FORMAT + 1)
        with pytest.raises(ValueError, match=f"data of format {FORMAT + 1}, this server knows formats up to {FORMAT}"):
            await open_valkey(valkey.url, Bounds(), Retention(), ManualClock())
        assert int(await client.call(0, "GET", FORMAT_KEY)) == FORMAT + 1
    finally:
        await client.close()
