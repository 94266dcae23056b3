"""Saved runs in the servers: each lies in the partition of its party, and is found by the id of its session."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from lobby.domain.saved_runs import SavedRun, without_player
from lobby.domain.values import PartyId, PlayerId, SessionId
from lobby.ports import Conflict, RunPosition
from lobby.ports.saved_runs import list_runs
from lobby.stores.codec import read_saved_run, to_json
from lobby.stores.valkey.claims import ClaimReader
from lobby.stores.valkey.client import ValkeyClient
from lobby.stores.valkey.scripts import REPLACE_RUN

REPLACEMENTS_MAX = 16
"""Tries of one change of a run, while others change it too."""


class RunReader:
    """See `lobby.ports.saved_runs.SavedRuns`."""

    def __init__(self, client: ValkeyClient, claims: ClaimReader) -> None:
        self._client = client
        self._claims = claims

    async def saved_run(self, session_id: SessionId) -> SavedRun | None:
        text = await self._field(session_id, "j")
        return read_saved_run(text.decode()) if text is not None else None

    async def checkpoint_data(self, session_id: SessionId) -> str | None:
        data = await self._field(session_id, "d")
        return data.decode() if data is not None else None

    async def saved_runs_of(self, player_id: PlayerId, limit: int, after: RunPosition | None) -> Sequence[SavedRun]:
        """Hints lead to the runs; the runs themselves say whose lists they are on."""
        hints = await self._client.call(self._client.partitions.of(player_id), "ZRANGE", f"runs-of:{player_id}", 0, -1)
        found = await asyncio.gather(*(self._run_of_hint(hint.decode()) for hint in hints))
        return list_runs([run for run in found if run is not None], player_id, limit, after)

    async def remove_from_run(self, session_id: SessionId, player_id: PlayerId) -> None:
        for _ in range(REPLACEMENTS_MAX):
            text = await self._field(session_id, "j")
            if text is None:
                return
            run = read_saved_run(text.decode())
            kept = without_player(run, player_id)
            new = to_json(kept) if kept is not None else ""
            home = self._client.partitions.of(run.party_id)
            if await self._client.run(REPLACE_RUN, home, session_id, text, new):
                hint = f"{session_id} {run.party_id}"
                await self._client.call(self._client.partitions.of(player_id), "ZREM", f"runs-of:{player_id}", hint)
                return
        raise Conflict("the run keeps changing")

    async def _run_of_hint(self, hint: str) -> SavedRun | None:
        session_id, _, party_id = hint.partition(" ")
        text = await self._client.call(self._client.partitions.of(party_id), "HGET", f"run:{session_id}", "j")
        return read_saved_run(text.decode()) if text is not None else None

    async def _field(self, session_id: SessionId, field: str) -> bytes | None:
        party_id: PartyId | None = await self._claims.party_of_session(session_id)
        if party_id is None:
            return None
        home = self._client.partitions.of(party_id)
        value: bytes | None = await self._client.call(home, "HGET", f"run:{session_id}", field)
        return value
