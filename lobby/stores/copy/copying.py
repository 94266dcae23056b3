"""The copy itself: everything from one end to the other, then looked at again from the other's side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

from lobby.ports import Store
from lobby.stores.copy.ends import Batch, KeptLog, Source, Target

PAGE_ENTRIES = 500


@dataclass(slots=True)
class Copied:
    """How many of each."""

    parties: int = 0
    entries: int = 0
    sessions: int = 0
    codes: int = 0
    records: int = 0
    families: int = 0

    def add(self, batch: Batch) -> None:
        self.parties += len(batch.logs)
        self.entries += sum(len(log.entries) for log in batch.logs)
        self.sessions += len(batch.sessions)
        self.codes += len(batch.codes)
        self.records += len(batch.records)
        self.families += len(batch.families)

    def __str__(self) -> str:
        return ", ".join(f"{getattr(self, each.name)} {each.name}" for each in fields(self))


class Differs(Exception):
    """What the target has is not what the source has."""


Tell = Callable[[str, Copied], None]


async def copy_store(source: Source, target: Target, tell: Tell) -> Copied:
    """Both are open. `tell` is called after every batch."""
    copied = Copied()
    async for batch in source.batches():
        await target.put(batch)
        copied.add(batch)
        tell("copied", copied)
    await target.finish()
    return copied


async def compare(source: Source, store: Store, tell: Tell) -> Copied:
    """Holds what `store` answers, as a server would be answered, against every single thing of `source`.

    Raises:
        Differs: with the first difference.
    """
    seen = Copied()
    async for batch in source.batches():
        for log in batch.logs:
            await _compare_log(log, store)
        for session in batch.sessions:
            _same(f"session {session.id}", session, await store.session(session.id))
        for record in batch.records:
            _same(f"record {record.key}", record, await store.recall(record.player_id, record.key))
        for family in batch.families:
            _same(f"family {family.id}", family, await store.family(family.id))
        seen.add(batch)
        tell("compared", seen)
    return seen


async def _compare_log(log: KeptLog, store: Store) -> None:
    party_id, last = log.party_id, log.entries[-1]
    _same(f"party {party_id}", last.party, await store.party(party_id))
    at = 0
    while at < len(log.entries):
        page = await store.entries(party_id, log.entries[at].seq - 1, PAGE_ENTRIES)
        expected = log.entries[at : at + PAGE_ENTRIES]
        _same(f"log of {party_id} from entry {log.entries[at].seq}", expected, tuple(page))
        at += len(page)
    for member in () if last.party.is_closed else last.party.members:
        _same(f"seat of {member.player.id}", party_id, await store.seat_of(member.player.id))
    if not last.party.is_closed:
        _same(f"code {last.party.join_code}", party_id, await store.party_of_code(last.party.join_code))


def _same(what: str, expected: object, found: object) -> None:
    if expected != found:
        raise Differs(f"{what} is not as it was")
