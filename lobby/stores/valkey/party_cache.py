"""Reads parties from the servers, and caches what was read."""

from __future__ import annotations

from dataclasses import dataclass

from lobby.domain.model import Party
from lobby.domain.sizes import party_bytes
from lobby.domain.values import PartyId
from lobby.ports import Change, Conflict
from lobby.runtime.lru_cache import LRUCache
from lobby.stores.codec import read_party
from lobby.stores.valkey.client import ValkeyClient
from lobby.stores.valkey.multi_party_commit import MultiPartyCommit
from lobby.stores.valkey.pending_states import PendingState, PendingStates
from lobby.stores.valkey.scripts import READ_PARTY

PARTIES_CACHED_MAX = 10_000
PARTIES_BYTES_MAX = 134_217_728
"""A party takes some 3 KB of the process, and over 120 with all attributes that it may have."""


@dataclass(frozen=True, slots=True)
class CachedParty:
    """A party with the id of the commit that made this state.

    The id distinguishes two states of one version: a server that lost its last commits continues with others in their place.
    """

    party: Party
    commit_id: str


PartyCache = LRUCache[PartyId, CachedParty]
"""Parties as this node has seen them last. A stale one costs its user a `Conflict`, which brings the latest state."""


class PartyReader:
    """Reads the latest state of parties, and finishes the commits over several parties that it meets."""

    def __init__(
        self, client: ValkeyClient, cache: PartyCache, pending: PendingStates, multi_party: MultiPartyCommit
    ) -> None:
        self._client = client
        self._cache = cache
        self._pending = pending
        self._multi_party = multi_party

    async def read(self, party_id: PartyId) -> CachedParty | None:
        """The latest state. The servers leave out a state that this node has cached."""
        cached, intent = await self._read(party_id)
        if intent and await self._multi_party.resolve(intent, wait=False):
            cached, _ = await self._read(party_id)
        return cached

    async def commit_id_before(self, change: Change) -> str:
        """The commit that made the state that `change` was decided on; empty for a new party.

        Raises `Conflict` if that is not the latest state.
        """
        known_id = self.known_commit_id(change)
        if known_id is not None:
            return known_id
        cached = await self.read(change.after.id)
        if cached is None or cached.party != change.before:
            raise Conflict("the party has changed")
        return cached.commit_id

    def known_commit_id(self, change: Change) -> str | None:
        """The same, or None if a server has to be asked."""
        if change.before is None:
            return ""
        state: PendingState | CachedParty | None = self._pending.newest(change.after.id)
        if state is None or state.party is not change.before:
            state = self._cache.get(change.after.id)
        if state is None or (state.party is not change.before and state.party != change.before):
            return None
        return state.commit_id

    async def _read(self, party_id: PartyId) -> tuple[CachedParty | None, bytes]:
        """The latest state, and the intent that the party waits for (empty: none)."""
        cached = self._cache.get(party_id)
        known_id = cached.commit_id if cached is not None else ""
        reply = await self._client.run(READ_PARTY, self._client.partitions.of(party_id), party_id, known_id)
        if not reply:
            self._cache.pop(party_id)
            return None, b""
        commit_id, state, intent = reply
        if not state:
            assert cached is not None, "only a cached state is left out"
            return cached, intent
        found = CachedParty(read_party(state.decode()), commit_id.decode())
        newest = self._cache.get(party_id)
        # A commit of this node may have been faster than the reply: the next command would be decided on the older state.
        if newest is cached or newest is None or newest.party.version < found.party.version:
            self._cache.put(party_id, found, party_bytes(found.party))
        return found, intent
