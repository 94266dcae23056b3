"""Valkey servers as the source and as the target of a copy."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from itertools import islice
from secrets import token_hex
from typing import Any, TypeVar

import msgspec
from valkey.asyncio import Valkey, ValkeyCluster
from valkey.exceptions import ValkeyError

from lobby.domain.bounds import Bounds
from lobby.domain.events import Entry
from lobby.domain.identities import Identity
from lobby.domain.inbox import InboxEntry
from lobby.domain.listing import has_public_sessions
from lobby.domain.model import Party, Session
from lobby.domain.rules.presence_and_deadlines import all_deadlines
from lobby.domain.values import Instant, PartyId
from lobby.ports import IdempotencyRecord, PresenceLease, Retention, Unavailable
from lobby.runtime.clock import SystemClock
from lobby.stores.codec import read_identity, to_json
from lobby.stores.copy.copying import Batch, KeptLog, KeptRun, NotEmpty
from lobby.stores.copy.moderation_and_events import (
    device_in_servers,
    moderation_batches,
    positions_in_servers,
    write_into_servers,
)
from lobby.stores.local.engine import GivenUpCode
from lobby.stores.valkey.address import Address
from lobby.stores.valkey.blocks import ValkeyBlocks
from lobby.stores.valkey.claims import read_claim
from lobby.stores.valkey.commit_plan import PartyUpdate, RunHint, RunRow, SessionRow
from lobby.stores.valkey.commit_planner import record_name, run_hints, run_row, session_id_expires_at, session_list_key
from lobby.stores.valkey.identities import ValkeyIdentities
from lobby.stores.valkey.inboxes import encode_inbox
from lobby.stores.valkey.list_replica import row_of
from lobby.stores.valkey.multi_party_commit import CommitStatus
from lobby.stores.valkey.opening import COPYING, create_client, open_valkey
from lobby.stores.valkey.party_log import encode_entry
from lobby.stores.valkey.scripts import SAVE_FAMILY, Script
from lobby.stores.valkey.searches import search_row
from lobby.stores.valkey.shared_presence_and_attempts import NodeLeases
from lobby.stores.write_set import RunWrite, named_claims

BATCH_MAX = 50
"""Things that are read in parallel, and form one batch."""
PAGE_ENTRIES = 500
KEYS_PER_SCAN = 1_000
"""Keys that a server checks in one call."""

Id = TypeVar("Id")
Item = TypeVar("Item")
_IMPORT_PARTY = Script("import_party", "common", "party")
_IMPORT_SESSIONS = Script("import_sessions", "common", "party")
_IMPORT_CLAIMS = Script("import_claims", "common")
_IMPORT_RUNS = Script("import_runs", "common", "party")
_IMPORT_RUN_HINTS = Script("import_run_hints", "common")
_IMPORT_INBOX = Script("import_inbox", "common")


class ValkeySource:
    """Reads servers. Nothing keeps other nodes from writing: their changes may be missing in the copy, and `compare` fails."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opened = AsyncExitStack()

    async def open(self) -> None:
        self._store = await open_valkey(self._url, Bounds(), Retention(), SystemClock())
        self._opened.push_async_callback(self._store.close)
        self._client = self._store.client
        await self._store.inboxes.deliver_all()

    async def batches(self) -> AsyncIterator[Batch]:
        for ids in _chunks(await self._party_ids()):
            yield Batch(logs=await _read_each(ids, self._log))
        for ids in _chunks(await self._ids("session")):
            sessions = await _read_each(ids, self._store.session)
            yield Batch(sessions=[session for session in sessions if session.ended_at is not None])
        for ids in _chunks(await self._ids("code")):
            yield Batch(codes=await _read_each(ids, self._code))
        for keys in _chunks(await _partitions_and_ids(self._url, "once", self._client.partitions.names)):
            yield Batch(records=await _read_each(keys, self._record))
        for ids in _chunks(await self._ids("family")):
            yield Batch(families=await _read_each(ids, self._store.refresh_family))
        for ids in _chunks(await self._ids("run")):
            yield Batch(saved_runs=await _read_each(ids, self._run))
        for ids in _chunks(await self._ids("identity")):
            yield Batch(identities=await _read_each(ids, self._identity))
        for ids in _chunks(await self._ids("blocks")):
            yield Batch(block_lists=await _read_each(ids, self._store.block_list))
        for ids in _chunks(await self._ids("inbox")):
            inboxes = await _read_each(ids, self._store.inboxes.kept_entries)
            yield Batch(inboxes=[entries for entries in inboxes if entries])
        async for batch in moderation_batches(self._store.moderation):
            yield batch
        for ids in _chunks(await self._ids("device")):
            yield Batch(devices=await _read_each(ids, partial(device_in_servers, self._client)))
        positions = await positions_in_servers(self._client)
        if positions:
            yield Batch(positions=positions)

    async def close(self) -> None:
        await self._opened.aclose()

    async def _run(self, session_id: str) -> KeptRun | None:
        run, data = await self._store.saved_run(session_id), await self._store.checkpoint_data(session_id)
        return KeptRun(run, data) if run is not None and data is not None else None

    async def _ids(self, kind: str) -> list[str]:
        names = self._client.partitions.names
        return list(dict.fromkeys(id for _, id in await _partitions_and_ids(self._url, kind, names)))

    async def _party_ids(self) -> list[str]:
        """The ids of all parties in the order of their creation, as far as the partitions know it."""
        ids = await self._ids("party")
        serials: dict[str, int] = {}
        for chunk in _chunks(ids):
            serials.update(zip(chunk, await asyncio.gather(*map(self._serial, chunk)), strict=True))
        return sorted(ids, key=serials.__getitem__)

    async def _serial(self, party_id: str) -> int:
        serial = await self._client.call(self._client.partitions.of(party_id), "HGET", f"party:{party_id}", "o")
        return int(serial or 0)

    async def _log(self, party_id: str) -> KeptLog | None:
        entries: list[Entry] = []
        after_seq = await self._store.oldest_seq(party_id) - 1
        while page := await self._store.entries(party_id, after_seq, PAGE_ENTRIES):
            entries += page
            after_seq = page[-1].seq
        return KeptLog(tuple(entries)) if entries else None

    async def _code(self, code: str) -> GivenUpCode | None:
        """None for the code of a live party, which is part of the party."""
        text = await self._client.call(self._client.partitions.of(code), "GET", f"code:{code}")
        claim = read_claim(text) if text is not None else None
        if claim is None or claim.given_up_at is None:
            return None
        return GivenUpCode(code, claim.party_id, claim.given_up_at)

    async def _identity(self, digest: str) -> Identity | None:
        text = await self._client.call(self._client.partitions.of(digest), "GET", f"identity:{digest}")
        return read_identity(text.decode()) if text is not None else None

    async def _record(self, partition_and_name: tuple[int, str]) -> IdempotencyRecord | None:
        partition, name = partition_and_name
        text = await self._client.call(partition, "GET", f"once:{name}")
        return read_claim(text).record if text is not None else None


async def has_any_key(url: str) -> bool:
    """True if the servers hold anything of a lobby. Raises `Unavailable`."""
    try:
        return await anext(_keys(url, "lobby:{*}:*"), None) is not None
    except (ValkeyError, OSError) as error:
        raise Unavailable(f"{type(error).__name__}: {error}") from error


async def _partitions_and_ids(url: str, kind: str, names: Iterable[str]) -> list[tuple[int, str]]:
    """The partitions and ids of all keys of one kind, each once. Raises `Unavailable`."""
    numbers = {name: number for number, name in enumerate(names)}
    try:
        parts = [key.partition(f":{kind}:") async for key in _keys(url, f"lobby:{{*}}:{kind}:*")]
    except (ValkeyError, OSError) as error:
        raise Unavailable(f"{type(error).__name__}: {error}") from error
    return [(numbers[name], id) for name, _, id in dict.fromkeys(parts)]


async def _keys(url: str, pattern: str) -> AsyncIterator[str]:
    """All keys that match, on all servers. Only a copy needs this: nothing that serves players scans keys."""
    address = Address.read(url)
    host, port = address.hosts[0]
    options: dict[str, Any] = {"username": address.username, "password": address.password, "ssl": address.tls}
    if not address.is_cluster:
        options["db"] = address.db
    client: Any = (ValkeyCluster if address.is_cluster else Valkey)(host=host, port=port, **options)
    try:
        async for key in client.scan_iter(match=pattern, count=KEYS_PER_SCAN):
            yield key.decode()
    finally:
        await client.aclose()


async def _read_each(ids: Iterable[Id], read: Callable[[Id], Awaitable[Item | None]]) -> list[Item]:
    """The things with these ids. Expired ones are left out."""
    return [item for item in await asyncio.gather(*map(read, ids)) if item is not None]


def _chunks(ids: Iterable[Id]) -> Iterator[list[Id]]:
    rest = iter(ids)
    while chunk := list(islice(rest, BATCH_MAX)):
        yield chunk


class ValkeyTarget:
    """Writes everything under the keys that a server would use. All claims are settled."""

    def __init__(self, url: str, retention: Retention) -> None:
        self._url = url
        self._retention = retention
        self._client = client = create_client(Address.read(url))
        self._clock = SystemClock()
        self._identities = ValkeyIdentities(client, retention)
        self._blocks = ValkeyBlocks(client, CommitStatus(client), retention)
        self._leases = NodeLeases(client, self._clock, f"copy {token_hex(8)}")
        """Connected players are published as players of this node. Its lease ends soon, and then other nodes take them over, as
        they do after the death of any node."""
        self._visibility: dict[PartyId, str] = {}
        """1 or 0, as in `session_list_key`."""
        self._closed: set[tuple[PartyId, str]] = set()
        """Closed parties, each with its last join code."""
        self._newest_at: Instant = 0

    async def open(self) -> None:
        if await self._client.call(0, "EXISTS", COPYING) == 0 and await has_any_key(self._url):
            raise NotEmpty("the servers hold a lobby already")
        await self._client.call(0, "SET", COPYING, "1")
        await self._leases.heartbeat()

    async def put(self, batch: Batch) -> None:
        for log in batch.logs:
            self._remember(log.entries[-1].party)
        last: int = await self._client.call(0, "INCRBY", "serials", len(batch.logs)) if batch.logs else 0
        first = last - len(batch.logs) + 1
        await asyncio.gather(*(self._put_log(log, serial) for serial, log in enumerate(batch.logs, first)))
        await self._put_sessions(batch.sessions)
        await self._put_runs(batch.saved_runs)
        await asyncio.gather(*map(self._identities.put, batch.identities))
        await asyncio.gather(*map(self._blocks.put, batch.block_lists))
        await self._put_claims(_claims_of(batch, self._closed, self._retention))
        await asyncio.gather(*map(self._put_inbox, batch.inboxes))
        await write_into_servers(self._client, batch)
        await asyncio.gather(
            *(
                self._client.run(SAVE_FAMILY, self._of(f.id), f.id, "", f.generation, f.expires_at, to_json(f), "copy")
                for f in batch.families
            )
        )

    async def finish(self) -> None:
        self._clock.carry_on(self._newest_at)
        await self._leases.heartbeat()  # new nodes go on from the time of this node
        await self._client.call(0, "DEL", COPYING)

    async def close(self) -> None:
        await self._client.close()

    def _remember(self, party: Party) -> None:
        self._visibility[party.id] = "1" if has_public_sessions(party) else "0"
        self._newest_at = max(self._newest_at, party.changed_at)
        if party.is_closed:
            self._closed.add((party.id, party.join_code))

    async def _put_log(self, log: KeptLog, serial: int) -> None:
        """`serial`: one sequence for all partitions, in the order of the parties, because the public list is sorted by it."""
        party = log.entries[-1].party
        blobs: list[str | bytes] = [to_json(party)]
        blobs += (blob for entry in log.entries for blob in encode_entry(entry))
        update = msgspec.json.encode(self._party_update(log, party, serial))
        await self._client.run(_IMPORT_PARTY, self._of(party.id), update, *blobs)
        for invite in party.pending_invites:
            player_id = invite.invitee.id
            await self._client.call(self._of(player_id), "ZADD", f"invites-of:{player_id}", invite.expires_at, party.id)
        for member in party.members:
            if member.remove_at is None and not party.is_closed:
                await self._leases.publish(member.player.id, PresenceLease(seen_at=party.changed_at))

    def _party_update(self, log: KeptLog, party: Party, serial: int) -> PartyUpdate:
        session = party.session
        active = []
        if session is not None:
            key = session_list_key(party, session)
            active.append(SessionRow(session.id, key, to_json(session), session.created_at, 0))
        return PartyUpdate(
            id=party.id,
            before=log.entries[0].seq - 1,
            after=party.version,
            commit_id=token_hex(8),
            at=party.changed_at,
            closed=party.is_closed,
            moments=",".join(map(str, sorted(set(all_deadlines(party, Bounds()))))),
            row=row_of(party),
            search=search_row(party),
            sessions=active,
            visibility="",
            entries_min=self._retention.entries_min,
            log_ms=self._retention.log_ms,
            log_bytes_max=self._retention.log_bytes_max,
            serial=serial,
        )

    async def _put_sessions(self, sessions: Iterable[Session]) -> None:
        by_partition: dict[int, list[dict[str, object]]] = defaultdict(list)
        for session in sessions:
            assert session.ended_at is not None, "an active session is part of its party"
            key = f"{self._visibility.get(session.party_id, '0')}:{session.status.value}:{session.game_type.value}"
            expires_at = session.ended_at + self._retention.log_ms
            row = SessionRow(session.id, key, to_json(session), session.created_at, expires_at)
            by_partition[self._of(session.party_id)].append({"party": session.party_id, "session": row})
        for number, rows in by_partition.items():
            await self._client.run(_IMPORT_SESSIONS, number, msgspec.json.encode(rows))

    async def _put_runs(self, kept: Iterable[KeptRun]) -> None:
        rows: dict[int, list[RunRow]] = defaultdict(list)
        hints: dict[int, list[RunHint]] = defaultdict(list)
        for each in kept:
            row = run_row(RunWrite(each.run, each.data, is_new=True), self._retention)
            rows[self._of(each.run.party_id)].append(row)
            for hint in run_hints(each.run, self._retention):
                hints[self._of(hint.player)].append(hint)
        for number, part in rows.items():
            await self._client.run(_IMPORT_RUNS, number, msgspec.json.encode(part))
        for number, some in hints.items():
            await self._client.run(_IMPORT_RUN_HINTS, number, msgspec.json.encode(some))

    async def _put_inbox(self, entries: Sequence[InboxEntry]) -> None:
        player_id = entries[0].inbox.player_id
        call = player_id, encode_inbox(entries), self._retention.inbox_ms
        await self._client.run(_IMPORT_INBOX, self._of(player_id), *call)

    async def _put_claims(self, claims: Iterable[ImportedClaim]) -> None:
        by_partition: dict[int, list[str | bytes]] = defaultdict(list)
        for claim in claims:
            by_partition[self._of(claim.owner)] += (claim.key, claim.json, claim.expires_at)
        for number, arguments in by_partition.items():
            await self._client.run(_IMPORT_CLAIMS, number, *arguments)

    def _of(self, id: str) -> int:
        return self._client.partitions.of(id)


@dataclass(frozen=True, slots=True)
class ImportedClaim:
    """A settled claim, in the form that lua/common.lua describes.

    `owner`: the id that determines the partition. `key`: without the name of the partition. `expires_at`: ms, as text; empty:
    never.
    """

    owner: str
    key: str
    json: bytes
    expires_at: str


def _claims_of(batch: Batch, closed: Collection[tuple[PartyId, str]], retention: Retention) -> Iterator[ImportedClaim]:
    """`closed`: closed parties, each with its last join code."""
    for log in batch.logs:
        yield from _claims_of_party(log.entries[-1].party)
    for session in batch.sessions:
        yield _claim("sid", session.id, {"p": session.party_id}, session_id_expires_at(session, retention))
    for kept in batch.saved_runs:  # also of a session that is no longer kept
        run = kept.run
        if run.ended_at is not None:
            until = run.ended_at + max(retention.log_ms, retention.checkpoint_ms)
            yield _claim("sid", run.session_id, {"p": run.party_id}, until)
    for code in batch.codes:
        party_closed = int((code.party_id, code.code) in closed)
        claim = {"p": code.party_id, "g": code.at, "z": party_closed}
        yield _claim("code", code.code, claim, code.at + retention.code_ms)
    for record in batch.records:
        claim = {"p": record.party_id, "s": record.seq, "t": record.at, "r": record}
        key = f"once:{record_name(record.player_id, record.key)}"
        expires_at = str(record.at + retention.idempotency_ms)
        yield ImportedClaim(record.player_id, key, msgspec.json.encode(claim), expires_at)


def _claims_of_party(party: Party) -> Iterator[ImportedClaim]:
    if party.is_closed:
        return
    for player_id in sorted(party.claimed_players):
        yield _claim("seat", player_id, {"p": party.id})
    yield _claim("code", party.join_code, {"p": party.id})
    for name in named_claims(party):
        yield _claim(name.kind, name.id, {"p": party.id})
    if party.session is not None:
        yield _claim("sid", party.session.id, {"p": party.id})


def _claim(kind: str, id: str, claim: dict[str, object], expires_at: Instant | None = None) -> ImportedClaim:
    expiry = str(expires_at) if expires_at is not None else ""
    return ImportedClaim(id, f"{kind}:{id}", msgspec.json.encode(claim), expiry)
