"""Reads parties, and keeps what was read."""

from __future__ import annotations

from lobby.domain.values import PartyId
from lobby.stores.codec import read_party
from lobby.stores.valkey.known import Known, KnownParties
from lobby.stores.valkey.link import Link
from lobby.stores.valkey.scripts import READ


class Parties:
    def __init__(self, link: Link, known: KnownParties) -> None:
        self._link = link
        self._known = known

    async def read(self, party_id: PartyId) -> Known | None:
        """The newest state there is. A known one is not sent again."""
        known = self._known.get(party_id)
        answer = await self._link.run(
            READ, self._link.partitions.of(party_id), party_id, known.nonce if known is not None else ""
        )
        if not answer:
            self._known.forget(party_id)
            return None
        nonce, state, _ = answer
        if state:
            known = Known(read_party(state.decode()), nonce.decode())
        assert known is not None, "a state is left out for who has it"
        self._known.keep(known)
        return known
