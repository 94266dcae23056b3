"""Claims: who holds a seat, a code, a session id, a key. See lua/common.lua for how they are written."""

from __future__ import annotations

import msgspec

from lobby.domain.values import Instant, PartyId
from lobby.ports import IdempotencyRecord


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
    """Of a party's, whichever thing it is on."""

    party_id: PartyId
    commit_id: str | None = None
    """Set where only the log of the party can tell whether the claim stands: entry `seq` is of this commit, or it does not."""
    seq: int = 0
    at: Instant = 0
    given_up_at: Instant | None = None
    closed: int = 0
    """1: a code was given up because its party closed."""
    old: Claim | None = None
    """What stands if this one does not."""
    final: int = 0
    """1: it stands, whatever `commit_id` says."""
    record: IdempotencyRecord | None = None

    @property
    def is_settled(self) -> bool:
        return self.commit_id is None or bool(self.final)


read_claim = msgspec.json.Decoder(Claim).decode


def written_claim(claim: Claim) -> bytes:
    return msgspec.json.encode(claim)
