"""Join codes: who holds one, and which are resting before they may be handed out again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from lobby.domain.values import Instant, PartyId
from lobby.ports import Conflict
from lobby.stores.table import Table, Write


@dataclass(frozen=True, slots=True)
class CodeClaim:
    """After `given_up_at` a code is only reserved, so that an old note leads nowhere else."""

    party_id: PartyId
    given_up_at: Instant | None = None


class Codes:
    """A code belongs to one live party, or rests for `code_ms` after its party closed or took another."""

    def __init__(self, code_ms: int) -> None:
        self._code_ms = code_ms
        self._claims: Table[str, CodeClaim] = Table()
        self._resting: deque[tuple[Instant, str]] = deque()
        """In the order of giving up; what was undone is passed over when its time comes."""

    def newest(self, code: str) -> CodeClaim | None:
        return self._claims.newest(code)

    def is_resting(self, claim: CodeClaim, now: Instant) -> bool:
        return claim.given_up_at is not None and claim.given_up_at + self._code_ms > now

    def check_free(self, code: str, now: Instant) -> None:
        """Raises `Conflict`."""
        claim = self._claims.newest(code)
        if claim is not None and (claim.given_up_at is None or self.is_resting(claim, now)):
            raise Conflict("the join code is taken")

    def take(self, code: str, party_id: PartyId) -> Write[str, CodeClaim]:
        return self._claims.put(code, CodeClaim(party_id))

    def give_up(self, code: str, party_id: PartyId, at: Instant) -> Write[str, CodeClaim]:
        self._resting.append((at, code))
        return self._claims.put(code, CodeClaim(party_id, at))

    def restore(self, code: str, claim: CodeClaim) -> None:
        """Those given up come in the order of giving up."""
        self._claims.keep(code, claim)
        if claim.given_up_at is not None:
            self._resting.append((claim.given_up_at, code))

    def undo(self) -> None:
        self._claims.undo()

    def sweep(self, now: Instant, count_max: int) -> None:
        """Forgets up to `count_max` codes that have rested."""
        for _ in range(min(count_max, len(self._resting))):
            given_up_at, code = self._resting[0]
            if given_up_at + self._code_ms > now:
                return
            self._resting.popleft()
            claim = self._claims.durable(code)
            if claim is not None and claim.given_up_at == given_up_at:
                self._claims.keep(code, None)
