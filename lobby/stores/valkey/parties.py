"""Reads parties, and keeps what was read."""

from __future__ import annotations

from lobby.domain.values import PartyId
from lobby.stores.codec import read_party
from lobby.stores.valkey.halves import Halves
from lobby.stores.valkey.known import Known, KnownParties
from lobby.stores.valkey.link import Link
from lobby.stores.valkey.scripts import READ


class Parties:
    def __init__(self, link: Link, known: KnownParties, halves: Halves) -> None:
        self._link = link
        self._known = known
        self._halves = halves

    async def read(self, party_id: PartyId) -> Known | None:
        """The newest state there is. A known one is not sent again."""
        known, intent = await self._read(party_id)
        if intent and await self._halves.resolve(intent, wait=False):
            known, _ = await self._read(party_id)
        return known

    async def _read(self, party_id: PartyId) -> tuple[Known | None, bytes]:
        """And the intent that the party waits for; empty: none."""
        known = self._known.get(party_id)
        nonce = known.nonce if known is not None else ""
        answer = await self._link.run(READ, self._link.partitions.of(party_id), party_id, nonce)
        if not answer:
            self._known.forget(party_id)
            return None, b""
        read_nonce, state, intent = answer
        if state:
            known = Known(read_party(state.decode()), read_nonce.decode())
        assert known is not None, "a state is left out for who has it"
        self._known.keep(known)
        return known, intent
