"""Claims: which party has a seat, a join code or a session id, and the record of an idempotency key.

lua/common.lua describes how claims are stored and taken. This module reads them, and repairs those that a dead node has left.
"""

from __future__ import annotations

import msgspec

from lobby.domain.model import Party
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId
from lobby.ports import IdempotencyRecord, Retention
from lobby.stores.valkey.client import ValkeyClient
from lobby.stores.valkey.commit_planner import record_name
from lobby.stores.valkey.multi_party_commit import CommitStatus
from lobby.stores.valkey.party_cache import PartyReader
from lobby.stores.valkey.scripts import REPLACE_CLAIM
from lobby.stores.write_set import ClaimKind, NamedClaim, named_claims


class Claim(
    msgspec.Struct,
    frozen=True,
    rename={
        "party_id": "p",
        "commit_id": "c",
        "seq": "s",
        "at": "t",
        "given_up_at": "g",
        "closed": "z",
        "old": "o",
        "final": "f",
        "record": "r",
    },
):
    """A claim of one party, as it is stored."""

    party_id: PartyId
    commit_id: str | None = None
    """Set while the claim is pending: it stands if this commit has made entry `seq` of the log of the party."""
    seq: int = 0
    at: Instant = 0
    given_up_at: Instant | None = None
    closed: int = 0
    """1: the join code was given up because its party closed."""
    old: Claim | None = None
    """The claim that stands if this one does not."""
    final: int = 0
    """1: the claim stands, and `commit_id` need not be looked for."""
    record: IdempotencyRecord | None = None

    @property
    def is_settled(self) -> bool:
        return self.commit_id is None or bool(self.final)


_NAME_KINDS = frozenset(ClaimKind)
read_claim = msgspec.json.Decoder(Claim).decode


class ClaimReader:
    """Looks up who has what.

    With one partition the claims are exact. With several a claim is only a hint: the state of the party decides.
    """

    def __init__(
        self, client: ValkeyClient, parties: PartyReader, commit_status: CommitStatus, retention: Retention
    ) -> None:
        self._client = client
        self._parties = parties
        self._commit_status = commit_status
        self._retention = retention
        self._is_exact = client.partitions.count == 1

    async def party_of_player(self, player_id: PlayerId) -> PartyId | None:
        claim = await self._claim("seat", player_id)
        if claim is None or self._is_exact:
            return claim.party_id if claim is not None else None
        candidates = [claim.party_id] if claim.old is None else [claim.party_id, claim.old.party_id, claim.party_id]
        for party_id in candidates:  # the first one twice, because the player may move there between two reads
            party = await self._party(party_id)
            if party is not None and not party.is_closed and party.claims(player_id):
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

    async def party_of_name(self, kind: ClaimKind, id: str) -> PartyId | None:
        """The live party with this name, see `NamedClaim`."""
        claim = await self._claim(kind, id)
        if claim is None or self._is_exact:
            return claim.party_id if claim is not None else None
        party = await self._party(claim.party_id)
        return claim.party_id if NamedClaim(kind, id) in named_claims(party) else None

    async def idempotency_record(self, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
        claim = await self._claim_at(player_id, f"once:{record_name(player_id, key)}")
        if claim is None or claim.is_settled:
            return claim.record if claim is not None else None
        assert claim.commit_id is not None, "it is not settled"
        stands = await self._commit_status.final(claim.party_id, claim.commit_id, claim.seq, claim.at)
        return claim.record if stands else None

    async def _claim(self, kind: str, id: str) -> Claim | None:
        return await self._claim_at(id, f"{kind}:{id}")

    async def _claim_at(self, owner: str, key: str) -> Claim | None:
        text = await self._client.call(self._client.partitions.of(owner), "GET", key)
        return read_claim(text) if text is not None else None

    async def _party(self, party_id: PartyId) -> Party | None:
        cached = await self._parties.read(party_id)
        return cached.party if cached is not None else None


class ClaimRepair:
    """Removes or replaces a claim that is in the way of a commit, if the node that took it died before it could do so."""

    def __init__(
        self, client: ValkeyClient, parties: PartyReader, commit_status: CommitStatus, retention: Retention
    ) -> None:
        self._client = client
        self._parties = parties
        self._commit_status = commit_status
        self._retention = retention

    async def repair(self, partition: int, kind: str, id: str, text: bytes) -> bool:
        """True if a dead node has left the claim, and it is repaired now. False: the claim is valid."""
        claim = read_claim(text)
        if claim.given_up_at is not None:
            return False
        if not claim.is_settled and not await self._stands(claim):
            old = msgspec.json.encode(claim.old) if claim.old is not None else b""
            return await self._replace(partition, kind, id, text, old)
        if kind == "seat":
            return await self._repair_seat(partition, id, claim, text)
        if kind in _NAME_KINDS:
            return await self._repair_name(partition, NamedClaim(ClaimKind(kind), id), claim, text)
        return await self._repair_code(partition, id, claim, text) if kind == "code" else False

    async def _stands(self, claim: Claim) -> bool:
        assert claim.commit_id is not None, "it is not settled"
        return await self._commit_status.final(claim.party_id, claim.commit_id, claim.seq, claim.at)

    async def _repair_seat(self, partition: int, player_id: str, claim: Claim, text: bytes) -> bool:
        cached = await self._parties.read(claim.party_id)
        if cached is not None and not cached.party.is_closed and cached.party.claims(player_id):
            return False
        # the claim before may stand: whether this commit was made is unknown once the log is cut
        old = msgspec.json.encode(claim.old) if claim.old is not None else b""
        return await self._replace(partition, "seat", player_id, text, old)

    async def _repair_name(self, partition: int, name: NamedClaim, claim: Claim, text: bytes) -> bool:
        cached = await self._parties.read(claim.party_id)
        if cached is not None and name in named_claims(cached.party):
            return False
        return await self._replace(partition, name.kind, name.id, text, b"")

    async def _repair_code(self, partition: int, code: str, claim: Claim, text: bytes) -> bool:
        """The time when the party gave the code up is unknown, so its latest change counts."""
        cached = await self._parties.read(claim.party_id)
        if cached is None:
            return await self._replace(partition, "code", code, text, b"")
        party = cached.party
        if not party.is_closed and party.join_code == code:
            return False
        given_up = Claim(claim.party_id, given_up_at=party.changed_at, closed=int(party.is_closed))
        rests_until = party.changed_at + self._retention.code_ms
        return await self._replace(partition, "code", code, text, msgspec.json.encode(given_up), rests_until)

    async def _replace(
        self, partition: int, kind: str, id: str, old: bytes, new: bytes, expires_at: Instant = 0
    ) -> bool:
        """Replace the claim if its text is still `old`. `new` empty: remove it."""
        began_at = self._client.server_time.now()
        return bool(await self._client.run(REPLACE_CLAIM, partition, f"{kind}:{id}", old, new, expires_at, began_at))
