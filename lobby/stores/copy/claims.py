"""What a batch claims, as lua/common.lua has it: all of it settled."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import msgspec

from lobby.domain.model import Party
from lobby.domain.values import Instant, PartyId
from lobby.ports import Retention
from lobby.stores.copy.ends import Batch
from lobby.stores.valkey.plan import record_name


@dataclass(frozen=True, slots=True)
class Written:
    """`owner` tells the partition. `key`: behind the partition's name. `expires_at`: ms, as text; empty: never."""

    owner: str
    key: str
    text: bytes
    expires_at: str


def claims_of(batch: Batch, closing: Collection[tuple[PartyId, str]], retention: Retention) -> Iterator[Written]:
    """`closing`: closed parties, each with the code that it had then."""
    for log in batch.logs:
        yield from _of_party(log.entries[-1].party)
    for session in batch.sessions:
        yield _written("sid", session.id, {"p": session.party_id}, (session.ended_at or 0) + retention.log_ms)
    for code in batch.codes:
        closed = int((code.party_id, code.code) in closing)
        claim = {"p": code.party_id, "g": code.at, "z": closed}
        yield _written("code", code.code, claim, code.at + retention.code_ms)
    for record in batch.records:
        claim = {"p": record.party_id, "s": record.seq, "t": record.at, "r": record}
        key = f"once:{record_name(record.player_id, record.key)}"
        yield Written(record.player_id, key, msgspec.json.encode(claim), str(record.at + retention.idempotency_ms))


def _of_party(party: Party) -> Iterator[Written]:
    if party.is_closed:
        return
    for member in party.members:
        yield _written("seat", member.player.id, {"p": party.id})
    yield _written("code", party.join_code, {"p": party.id})
    if party.session is not None:
        yield _written("sid", party.session.id, {"p": party.id})


def _written(kind: str, id: str, claim: dict[str, object], expires_at: Instant | None = None) -> Written:
    return Written(id, f"{kind}:{id}", msgspec.json.encode(claim), str(expires_at) if expires_at is not None else "")
