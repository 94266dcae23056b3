"""Join codes: which party has a code, and which codes rest before they may be used again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from lobby.domain.values import Instant, PartyId
from lobby.ports import Conflict
from lobby.stores.local.versioned_map import MapWrite, VersionedMap
from lobby.struct import Struct


class CodeClaim(Struct):
    """After `given_up_at` a code is only reserved, so that a player with an old note does not join another party."""

    party_id: PartyId
    given_up_at: Instant | None = None


class JoinCodes:
    """A code belongs to one live party, or rests for `code_ms` after its party closed or took another code."""

    def __init__(self, code_ms: int) -> None:
        self._code_ms = code_ms
        self._claims: VersionedMap[str, CodeClaim] = VersionedMap()
        self._resting: deque[tuple[Instant, str]] = deque()
        """Codes in the order in which they were given up. `sweep` skips codes that were taken back since."""

    def latest(self, code: str) -> CodeClaim | None:
        return self._claims.latest(code)

    def is_resting(self, claim: CodeClaim, now: Instant) -> bool:
        return claim.given_up_at is not None and claim.given_up_at + self._code_ms > now

    def check_free(self, code: str, now: Instant) -> None:
        """Raises `Conflict`."""
        claim = self._claims.latest(code)
        if claim is not None and (claim.given_up_at is None or self.is_resting(claim, now)):
            raise Conflict("the join code is taken")

    def take(self, code: str, party_id: PartyId) -> MapWrite[str, CodeClaim]:
        return self._claims.put(code, CodeClaim(party_id))

    def give_up(self, code: str, party_id: PartyId, at: Instant) -> MapWrite[str, CodeClaim]:
        self._resting.append((at, code))
        return self._claims.put(code, CodeClaim(party_id, at))

    def restore_taken(self, claims: Mapping[str, CodeClaim]) -> None:
        """Add the codes of the live parties of an earlier process, after those that rest: a party may have taken one of these."""
        self._claims.restore(claims)

    def restore_resting(self, claims: Iterable[tuple[str, CodeClaim]]) -> None:
        """Add codes in the order in which they were given up."""
        for code, claim in claims:
            self._claims.keep(code, claim)
            if claim.given_up_at is not None:
                self._resting.append((claim.given_up_at, code))

    def undo(self) -> None:
        self._claims.undo()

    def sweep(self, now: Instant, count_max: int) -> None:
        """Forget up to `count_max` codes that have rested long enough."""
        for _ in range(min(count_max, len(self._resting))):
            given_up_at, code = self._resting[0]
            if given_up_at + self._code_ms > now:
                return
            self._resting.popleft()
            claim = self._claims.durable(code)
            if claim is not None and claim.given_up_at == given_up_at:
                self._claims.keep(code, None)
