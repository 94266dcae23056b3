"""Exactly-once commands: a command with an idempotency key is carried out once, however often it is sent.

The store keeps a record for each key in the same atomic step as the change, and refuses a second one with `Conflict`. So a
command only has to look for an earlier one with its key after an attempt that committed nothing.
"""

from __future__ import annotations

import re

from lobby.domain.model import Party
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode
from lobby.domain.values import Instant, PlayerId
from lobby.domain.viewer_access import can_see
from lobby.ports import IdempotencyRecord, Store
from lobby.struct import Struct


class IdempotencyKey(Struct):
    """A mutation's idempotency key, with a keyed digest of the mutation and its input."""

    key: str
    fingerprint: bytes

    def record(self, actor_id: PlayerId, party: Party | None, at: Instant) -> IdempotencyRecord:
        """The record that the store keeps once the command of this key has led to `party`. None: it is about no party."""
        party_id, seq = (party.id, party.version) if party is not None else ("", 0)
        return IdempotencyRecord(actor_id, self.key, self.fingerprint, party_id, seq, at)


_HEX_GROUPS = [f"[0-9a-f]{{{length}}}" for length in (8, 4, 4, 4, 12)]
_CANONICAL_UUID = re.compile("-".join(_HEX_GROUPS))
_UUID = re.compile(r"(?:urn:uuid:)?\{?" + "-?".join(f"({group})" for group in _HEX_GROUPS) + r"\}?", re.I)


def canonical_key(key: str) -> str:
    """The key under which a record is kept: a UUID in lower case with hyphens, any other text as it is.

    A client that keeps its request and sends it again may print the same UUID in another form: C#'s Guid and Java's UUID
    print lower case, Swift's prints upper case, and `Guid.ToString("N")` and `("B")` leave out hyphens and add braces.
    """
    if _CANONICAL_UUID.fullmatch(key):
        return key
    match = _UUID.fullmatch(key)
    return "-".join(match.groups()).lower() if match is not None else key


KEY_REUSED = Rejection(
    RejectionCode.IDEMPOTENCY_KEY_REUSED, "This key was used for another request.", field="idempotency_key"
)


class CommandResult(Struct):
    """The result of a command: the party as of `seq`, all of it durable."""

    party: Party
    replayed: bool = False
    """True if an earlier command with the same idempotency key made the change."""

    @property
    def seq(self) -> int:
        return self.party.version


async def find_earlier_result(
    store: Store, actor_id: PlayerId | None, key: IdempotencyKey | None
) -> CommandResult | Rejection | None:
    """The result of an earlier command with this key; None for a new key.

    It is a Rejection if the key was used for another request, or if there is no party left that the actor may see.
    Raises `Unavailable` if the earlier command could not be made durable.
    """
    if key is None or actor_id is None:
        return None
    record = await store.find_idempotency_record(actor_id, key.key)
    if record is None:
        return None
    if not record.party_id:
        earlier = await find_earlier_block_list_record(store, actor_id, actor_id, key)
        return KEY_REUSED if earlier is not None else None
    if await store.latest(record.party_id) is None:
        return NOT_FOUND  # the party has closed since, and is no longer kept
    await store.wait_durable(record.party_id, record.seq)
    return await _replay(store, record) if record.fingerprint == key.fingerprint else KEY_REUSED


async def find_earlier_block_list_record(
    store: Store, actor_id: PlayerId, other_id: PlayerId, key: IdempotencyKey | None
) -> IdempotencyRecord | Rejection | None:
    """As `find_earlier_result`, for a command that blocks or unblocks `other_id`. The blocks of the command hold on return."""
    record = await store.find_idempotency_record(actor_id, key.key) if key is not None else None
    if record is None or key is None:
        return None
    await store.wait_blocks_hold(actor_id, other_id)
    return record if record.fingerprint == key.fingerprint else KEY_REUSED


async def _replay(store: Store, record: IdempotencyRecord) -> CommandResult | Rejection:
    """The party as of the record, or as it is now if the log is kept for less long than the record."""
    party = await store.party_at(record.party_id, record.seq)
    if party is not None:
        return CommandResult(party, replayed=True)
    party = await store.party(record.party_id)
    if party is not None and can_see(party, record.player_id):
        return CommandResult(party, replayed=True)
    return NOT_FOUND
