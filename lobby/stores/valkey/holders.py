"""Who holds what: read off the claims, and where those can't tell, off the parties."""

from __future__ import annotations

from lobby.domain.model import Party
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId
from lobby.ports import IdempotencyRecord, Retention
from lobby.stores.valkey.claims import Claim, read_claim
from lobby.stores.valkey.link import Link
from lobby.stores.valkey.parties import Parties
from lobby.stores.valkey.plan import record_name
from lobby.stores.valkey.verdicts import Verdicts


class Holders:
    """In one partition the claims are exact. Over several, a party is the truth about whatever is claimed for it."""

    def __init__(self, link: Link, parties: Parties, verdicts: Verdicts, retention: Retention) -> None:
        self._link = link
        self._parties = parties
        self._verdicts = verdicts
        self._retention = retention
        self._is_exact = link.partitions.count == 1

    async def seat_of(self, player_id: PlayerId) -> PartyId | None:
        claim = await self._claim("seat", player_id)
        if claim is None or self._is_exact:
            return claim.party_id if claim is not None else None
        candidates = [claim.party_id] if claim.old is None else [claim.party_id, claim.old.party_id, claim.party_id]
        for party_id in candidates:  # the first one again: the player may have moved between the two looks
            party = await self._party(party_id)
            if party is not None and not party.is_closed and party.member(player_id) is not None:
                return party_id
        return None

    async def party_of_code(self, join_code: str, now: Instant) -> PartyId | None:
        claim = await self._claim("code", join_code)
        if claim is None:
            return None
        given_up_at, has_closed = claim.given_up_at, bool(claim.closed)
        if given_up_at is None and not self._is_exact:
            party = await self._party(claim.party_id)
            if party is None:
                return None
            if party.is_closed or party.join_code != join_code:
                given_up_at, has_closed = party.changed_at, party.is_closed
        if given_up_at is None:
            return claim.party_id
        return claim.party_id if has_closed and given_up_at + self._retention.code_ms > now else None

    async def party_of_session(self, session_id: SessionId) -> PartyId | None:
        claim = await self._claim("sid", session_id)
        return claim.party_id if claim is not None else None

    async def record_of(self, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
        text = await self._link.ask(self._link.partitions.of(player_id), "GET", f"once:{record_name(player_id, key)}")
        claim = read_claim(text) if text is not None else None
        if claim is None or claim.is_settled:
            return claim.record if claim is not None else None
        assert claim.commit_id is not None, "it is not settled"
        stands = await self._verdicts.final(claim.party_id, claim.commit_id, claim.seq, claim.at)
        return claim.record if stands else None

    async def _claim(self, kind: str, id: str) -> Claim | None:
        text = await self._link.ask(self._link.partitions.of(id), "GET", f"{kind}:{id}")
        return read_claim(text) if text is not None else None

    async def _party(self, party_id: PartyId) -> Party | None:
        known = await self._parties.read(party_id)
        return known.party if known is not None else None
