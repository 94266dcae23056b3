"""A claim in the way: held, or left over by a node that died between two steps."""

from __future__ import annotations

from lobby.domain.values import Instant
from lobby.ports import Retention
from lobby.stores.valkey.claims import Claim, read_claim, written_claim
from lobby.stores.valkey.link import Link
from lobby.stores.valkey.parties import Parties
from lobby.stores.valkey.scripts import SWAP
from lobby.stores.valkey.verdicts import Verdicts


class Healing:
    def __init__(self, link: Link, parties: Parties, verdicts: Verdicts, retention: Retention) -> None:
        self._link = link
        self._parties = parties
        self._verdicts = verdicts
        self._retention = retention

    async def heal(self, partition: int, kind: str, id: str, text: bytes) -> bool:
        """Whether the claim was left over, and is put right now; else somebody holds it."""
        claim = read_claim(text)
        if claim.given_up_at is not None:
            return False
        if not claim.is_settled and not await self._stands(claim):
            old = written_claim(claim.old) if claim.old is not None else b""
            return await self._swap(partition, kind, id, text, old)
        if kind == "seat":
            return await self._heal_seat(partition, id, claim, text)
        return await self._heal_code(partition, id, claim, text) if kind == "code" else False

    async def _stands(self, claim: Claim) -> bool:
        assert claim.commit_id is not None, "it is not settled"
        return await self._verdicts.final(claim.party_id, claim.commit_id, claim.seq, claim.at)

    async def _heal_seat(self, partition: int, player_id: str, claim: Claim, text: bytes) -> bool:
        known = await self._parties.read(claim.party_id)
        if known is not None and not known.party.is_closed and known.party.member(player_id) is not None:
            return False
        return await self._swap(partition, "seat", player_id, text, b"")

    async def _heal_code(self, partition: int, code: str, claim: Claim, text: bytes) -> bool:
        """When the party gave it up is not known, but that it had by its latest change."""
        known = await self._parties.read(claim.party_id)
        if known is None:
            return await self._swap(partition, "code", code, text, b"")
        party = known.party
        if not party.is_closed and party.join_code == code:
            return False
        given_up = Claim(claim.party_id, given_up_at=party.changed_at, closed=int(party.is_closed))
        rests_until = party.changed_at + self._retention.code_ms
        return await self._swap(partition, "code", code, text, written_claim(given_up), rests_until)

    async def _swap(self, partition: int, kind: str, id: str, text: bytes, new: bytes, expires_at: Instant = 0) -> bool:
        return bool(await self._link.run(SWAP, partition, f"{kind}:{id}", text, new, expires_at))
