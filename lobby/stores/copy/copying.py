"""The copy of a store: everything is moved from a source to a target, and then compared with what the target's store returns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Protocol

from lobby.domain.blocks import BlockList, check_against
from lobby.domain.events import Entry
from lobby.domain.identities import Identity
from lobby.domain.inbox import InboxEntry
from lobby.domain.model import Session
from lobby.domain.moderation import Maintenance, ModerationEntry, PlayerBan, Report
from lobby.domain.saved_runs import SavedRun
from lobby.domain.values import Instant, PartyId, PlayerId
from lobby.ports import IdempotencyRecord, LogTrimmed, Moderation, OutboxCounts, RefreshFamily, Store, WaitingLog
from lobby.stores.local.engine import GivenUpCode
from lobby.stores.write_set import ClaimKind, named_claims

PAGE_ENTRIES = 500
FAR_FUTURE: Instant = 2**52


class NotEmpty(Exception):
    """The target holds something already, and not from an unfinished copy."""


class Differs(Exception):
    """The target holds something else than the source."""


@dataclass(frozen=True, slots=True)
class KeptLog:
    """The log of one party, from the oldest entry that is kept to the newest."""

    entries: tuple[Entry, ...]

    @property
    def party_id(self) -> PartyId:
        return self.entries[-1].party.id


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A saved run with the data of its checkpoint."""

    run: SavedRun
    data: str


@dataclass(frozen=True, slots=True)
class KeptPosition:
    """A party with events that were not sent: see `lobby.ports.event_outbox.WaitingLog`."""

    party_id: PartyId
    sent_seq: int
    since: Instant
    """When the next event was written."""
    replayed_at: Instant


@dataclass(frozen=True, slots=True)
class KeptDevice:
    """The digest of the device of a guest."""

    player_id: PlayerId
    device: str
    expires_at: Instant


@dataclass(slots=True)
class Batch:
    """Things of one or several kinds, which a target writes in one go."""

    logs: Sequence[KeptLog] = ()
    sessions: Sequence[Session] = ()
    """Ended sessions. An active one is part of its party."""
    codes: Sequence[GivenUpCode] = ()
    records: Sequence[IdempotencyRecord] = ()
    families: Sequence[RefreshFamily] = ()
    saved_runs: Sequence[KeptRun] = ()
    block_lists: Sequence[BlockList] = ()
    inboxes: Sequence[Sequence[InboxEntry]] = ()
    """The entries of each inbox that are kept, at least one."""
    identities: Sequence[Identity] = ()
    acts: Sequence[ModerationEntry] = ()
    """In rising order."""
    bans: Sequence[PlayerBan] = ()
    reports: Sequence[Report] = ()
    """The oldest first."""
    maintenance: Sequence[Maintenance] = ()
    """One at most."""
    devices: Sequence[KeptDevice] = ()
    positions: Sequence[KeptPosition] = ()
    """After the logs of their parties."""


class Source(Protocol):
    """Reads everything that a store keeps."""

    async def open(self) -> None:
        """Raises `InUse`, `Unavailable`, `ValueError`."""

    def batches(self) -> AsyncIterator[Batch]:
        """Everything, in batches of a bounded size: logs first, in the order in which the parties were created."""

    async def close(self) -> None:
        """Release everything. May be called in any state, and more than once."""


class Target(Protocol):
    """Writes everything into an empty store."""

    async def open(self) -> None:
        """Raises `NotEmpty`, and as `Source.open`."""

    async def put(self, batch: Batch) -> None:
        """Write a batch, over the things that an unfinished copy has left."""

    async def finish(self) -> None:
        """The copy is complete. From now on a server may open it."""

    async def close(self) -> None:
        """As `Source.close`. No server opens a target that is not finished; the copy may be repeated."""


@dataclass(slots=True)
class Copied:
    """How many things of each kind."""

    parties: int = 0
    entries: int = 0
    sessions: int = 0
    codes: int = 0
    records: int = 0
    families: int = 0
    saved_runs: int = 0
    block_lists: int = 0
    inbox_entries: int = 0
    identities: int = 0
    acts: int = 0
    bans: int = 0
    reports: int = 0
    maintenance: int = 0
    devices: int = 0
    positions: int = 0

    def add(self, batch: Batch) -> None:
        self.parties += len(batch.logs)
        self.entries += sum(len(log.entries) for log in batch.logs)
        self.sessions += len(batch.sessions)
        self.codes += len(batch.codes)
        self.records += len(batch.records)
        self.families += len(batch.families)
        self.saved_runs += len(batch.saved_runs)
        self.block_lists += len(batch.block_lists)
        self.inbox_entries += sum(map(len, batch.inboxes))
        self.identities += len(batch.identities)
        self.acts += len(batch.acts)
        self.bans += len(batch.bans)
        self.reports += len(batch.reports)
        self.maintenance += len(batch.maintenance)
        self.devices += len(batch.devices)
        self.positions += len(batch.positions)

    def __str__(self) -> str:
        return ", ".join(f"{getattr(self, each.name)} {each.name.replace('_', ' ')}" for each in fields(self))


OnProgress = Callable[[str, Copied], None]


async def copy_store(source: Source, target: Target, on_progress: OnProgress) -> Copied:
    """Copy everything from an open source to an open target. `on_progress` is called after every batch."""
    copied = Copied()
    async for batch in source.batches():
        await target.put(batch)
        copied.add(batch)
        on_progress("copied", copied)
    await target.finish()
    return copied


async def compare(source: Source, store: Store, on_progress: OnProgress) -> Copied:
    """Compare everything in `source` with what `store` returns for it, as it would to a server.

    Raises:
        Differs: at the first difference.
    """
    compared = Copied()
    async for batch in source.batches():
        for log in batch.logs:
            await _compare_log(log, store)
        for session in batch.sessions:
            _check(f"session {session.id}", session, await store.session(session.id))
        for record in batch.records:
            _check(f"record {record.key}", record, await store.find_idempotency_record(record.player_id, record.key))
        for family in batch.families:
            _check(f"family {family.id}", family, await store.refresh_family(family.id))
        for kept in batch.saved_runs:
            await _compare_run(kept, store)
        for identity in batch.identities:
            stored = await store.identity(identity.provider, identity.subject)
            _check(f"identity of {identity.player_id}", identity, stored)
            listed = await store.identities_of(identity.player_id)
            _check(f"identities of {identity.player_id}", True, identity in listed)
        for blocks in batch.block_lists:
            await _compare_block_list(blocks, store)
        for entries in batch.inboxes:
            await _compare_inbox(entries, store)
        await _compare_moderation(batch, store.moderation)
        if batch.positions:
            await _compare_positions(batch.positions, store)
        compared.add(batch)
        on_progress("compared", compared)
    return compared


async def _compare_log(log: KeptLog, store: Store) -> None:
    party_id, last = log.party_id, log.entries[-1]
    _check(f"party {party_id}", last.party, await store.party(party_id))
    index = 0
    while index < len(log.entries):
        first_seq = log.entries[index].seq
        page = await store.entries(party_id, first_seq - 1, PAGE_ENTRIES)
        _check(f"log of {party_id} from entry {first_seq}", log.entries[index : index + PAGE_ENTRIES], tuple(page))
        index += len(page)
    if last.party.is_closed:
        return
    for player_id in last.party.claimed_players:
        _check(f"place of {player_id}", party_id, await store.party_of_player(player_id))
    for invite in last.party.pending_invites:
        player_id = invite.invitee.id
        _check(f"invite of {player_id}", True, party_id in await store.parties_inviting(player_id))
    for name in named_claims(last.party):
        find = store.continuation_of if name.kind is ClaimKind.CONTINUATION else store.party_of_external_key
        _check(f"party of {name.kind} {name.id}", party_id, await find(name.id))
    _check(f"code {last.party.join_code}", party_id, await store.party_of_code(last.party.join_code))


async def _compare_run(kept: KeptRun, store: Store) -> None:
    run, session_id = kept.run, kept.run.session_id
    _check(f"run of session {session_id}", run, await store.saved_run(session_id))
    _check(f"checkpoint of session {session_id}", kept.data, await store.checkpoint_data(session_id))
    for seat in run.seats:
        listed = await store.saved_runs_of(seat.player.id, 1, (run.listed_at + 1, ""))
        _check(f"runs of {seat.player.id}", True, bool(listed) and listed[0].listed_at == run.listed_at)


async def _compare_block_list(blocks: BlockList, store: Store) -> None:
    player_id = blocks.player_id
    _check(f"block list of {player_id}", blocks, await store.block_list(player_id))
    for block in blocks.blocks:
        check = check_against(block.player.id, (player_id,))
        _check(f"block of {block.player.id}", True, check is not None and await store.finds_block((check,)))


async def _compare_inbox(entries: Sequence[InboxEntry], store: Store) -> None:
    player_id = entries[0].inbox.player_id
    _check(f"inbox of {player_id}", entries[-1].inbox, await store.inbox(player_id))
    try:
        later = await store.inbox_entries(entries[0].inbox, len(entries))
    except LogTrimmed:
        later = ()
    _check(f"entries of the inbox of {player_id}", tuple(entries[1:]), tuple(later))


async def _compare_moderation(batch: Batch, moderation: Moderation) -> None:
    if batch.acts:
        found = await moderation.acts_after(batch.acts[0].number - 1, len(batch.acts))
        _check("the log of moderation", tuple(batch.acts), tuple(found))
    for act in batch.acts:
        _check(f"the key of act {act.number}", act, await moderation.find_act(act.by, act.key))
    for ban in batch.bans:
        _check(f"ban of {ban.player.id}", ban, await moderation.ban(ban.player.id))
    for report in batch.reports:
        _check(f"report {report.id}", report, await moderation.report(report.id))
    ids = [report.id for report in batch.reports]
    for earlier, later in pairwise(ids):
        before = await moderation.reports_before(later, 1, unresolved=False)
        _check(f"the report before {later}", earlier, before[0].id if before else None)
    waiting = [report.id for report in batch.reports if report.resolved_at is None]
    if waiting:
        after_last = await moderation.reports_before(None, 1, unresolved=True)
        _check("the reports that wait", True, bool(after_last))
    for device in batch.devices:
        _check(f"device of {device.player_id}", device.device, await moderation.device_of(device.player_id))
    for maintenance in batch.maintenance:
        _check("the maintenance", maintenance, await moderation.maintenance())


async def _compare_positions(positions: Sequence[KeptPosition], store: Store) -> None:
    due = await store.event_outbox.due(FAR_FUTURE, len(positions) + 1)
    expected = {WaitingLog(each.party_id, each.sent_seq, each.replayed_at) for each in positions}
    _check("the events that were not sent", expected, set(due))
    oldest_at = min(each.since for each in positions)
    _check("their age", OutboxCounts(len(positions), oldest_at), await store.event_outbox.counts())


def _check(what: str, expected: object, found: object) -> None:
    if expected != found:
        raise Differs(f"{what} is not as it was")
