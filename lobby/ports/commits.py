"""What is given to a store to keep."""

from __future__ import annotations

from lobby.domain.events import Entry
from lobby.domain.model import Party
from lobby.domain.values import Instant, PartyId, PlayerId
from lobby.value import Value


class Change(Value):
    """Entries to append to one party's log. `before` is the party they were decided on; None: a new party."""

    before: Party | None
    entries: tuple[Entry, ...]
    """At least one; the first one's seq is `before.version + 1`."""

    @property
    def after(self) -> Party:
        return self.entries[-1].party


class IdempotencyRecord(Value):
    """What a mutation with an idempotency key led to. The answer itself is the party (and session) as of `seq`."""

    player_id: PlayerId
    key: str
    fingerprint: bytes
    """A keyed digest of the mutation and its input: the same key with another one is a mistake of the client."""
    party_id: PartyId
    seq: int
    at: Instant


class Commit(Value):
    """All or nothing: up to two parties (leaving one for another) and the record of the mutation."""

    changes: tuple[Change, ...]
    record: IdempotencyRecord | None = None


class RefreshFamily(Value):
    """The refresh tokens that stem from one sign-in. Only the newest `generation` is good; see `lobby.auth`."""

    id: str
    player_id: PlayerId
    display_name: str
    generation: int
    rotated_at: Instant
    expires_at: Instant
    revoked: bool = False


class Retention(Value):
    """How long things are kept."""

    entries_min: int = 1000
    """A party's log keeps at least this many entries ..."""
    log_ms: int = 24 * 3_600_000
    """... and at least those of this long; a closed party and an ended session stay readable as long."""
    idempotency_ms: int = 24 * 3_600_000
    code_ms: int = 10 * 60_000
    """A code given up (its party closed, or took another) is not handed out again for this long."""
