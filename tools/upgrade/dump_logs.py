"""Writes what a store holds as JSON lines, read by this version: `python -m tools.upgrade.dump_logs URL [PARTY_ID...]`.

A line is a party: {"id", "state": the party as it is now, "entries": [[seq, at (ms), actor, kind of event, event, party after]]}.
These are the forms in which the stores keep them, so the code of an older release can decode them.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

import msgspec

from lobby.domain.bounds import Bounds
from lobby.domain.events import Entry
from lobby.ports import Retention
from lobby.runtime.clock import SystemClock
from lobby.stores import open_store
from lobby.stores.codec import event_kind
from tools.chaos.expected_state.logs import PAGE_ENTRIES, stored_party_ids


async def dump(url: str, party_ids: Iterable[str]) -> None:
    """Write these parties, and all others in the store, to standard output."""
    every_id = sorted({*party_ids, *await stored_party_ids(url)})
    store = await open_store(url, Bounds(), Retention(), SystemClock())
    try:
        for party_id in every_id:
            entries: list[Entry] = []
            while page := await store.entries(party_id, len(entries), PAGE_ENTRIES):
                entries += page
            rows = [
                (each.seq, each.at, each.actor_id, event_kind(each.event), each.event, each.party) for each in entries
            ]
            line = msgspec.json.encode({"id": party_id, "state": await store.party(party_id), "entries": rows})
            sys.stdout.buffer.write(line + b"\n")
    finally:
        await store.close()


if __name__ == "__main__":
    asyncio.run(dump(sys.argv[1], sys.argv[2:]))
