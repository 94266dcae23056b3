"""Claims: who holds a seat, a code, a session id. See lua/common.lua for how they are written."""

from __future__ import annotations

import msgspec

from lobby.domain.values import Instant, PartyId


class Claim(
    msgspec.Struct, frozen=True, rename={"party_id": "p", "commit_id": "c", "seq": "s", "at": "t", "given_up_at": "g"}
):
    party_id: PartyId
    commit_id: str | None = None
    """Set while only the log of the party can tell whether the claim stands: entry `seq` is of this commit, or it does not."""
    seq: int = 0
    at: Instant = 0
    given_up_at: Instant | None = None
    z: int = 0

    @property
    def has_closed(self) -> bool:
        """Whether a code was given up because its party closed."""
        return bool(self.z)


read_claim = msgspec.json.Decoder(Claim).decode
