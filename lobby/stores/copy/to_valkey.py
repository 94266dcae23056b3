"""Writes everything into empty servers."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Iterable
from secrets import token_hex

import msgspec

from lobby.clock import SystemClock
from lobby.domain.bounds import Bounds
from lobby.domain.deadlines import moments
from lobby.domain.model import Party, Session
from lobby.domain.values import PartyId, Visibility
from lobby.ports import Hold, Retention
from lobby.stores.codec import written
from lobby.stores.copy.claims import Written, claims_of
from lobby.stores.copy.ends import Batch, KeptLog, NotEmpty
from lobby.stores.copy.valkey_keys import has_any
from lobby.stores.valkey.address import Address
from lobby.stores.valkey.attendance import NodeLeases
from lobby.stores.valkey.entries import stored
from lobby.stores.valkey.list_row import row_of
from lobby.stores.valkey.opening import COPYING, linked
from lobby.stores.valkey.plan import PartyChanged, SessionWritten, place_of
from lobby.stores.valkey.scripts import SAVE_FAMILY, Script

_PARTY = Script("import_party", "common", "party")
_SESSIONS = Script("import_sessions", "common", "party")
_CLAIMS = Script("import_claims", "common")


class ToValkey:
    """Everything goes where a server would have put it; claims as settled ones."""

    def __init__(self, url: str, retention: Retention) -> None:
        self._url = url
        self._retention = retention
        self._link = link = linked(Address.read(url))
        self._leases = NodeLeases(link, SystemClock(), f"copy {token_hex(8)}")
        """The players who are connected in the copy are told of as this node's, which will soon be gone: others take them over
        then, as they do after any node."""
        self._visibility: dict[PartyId, str] = {}
        """As the first part of a session's place."""
        self._closing: set[tuple[PartyId, str]] = set()
        """Closed parties, each with the code that it had."""

    async def open(self) -> None:
        if await self._link.ask(0, "EXISTS", COPYING) == 0 and await has_any(self._url):
            raise NotEmpty("the servers have a lobby already")
        await self._link.ask(0, "SET", COPYING, "1")
        await self._leases.roll()

    async def put(self, batch: Batch) -> None:
        for log in batch.logs:
            self._note(log.entries[-1].party)
        last: int = await self._link.ask(0, "INCRBY", "serials", len(batch.logs)) if batch.logs else 0
        await self._at_once(
            self._put_log(log, serial) for serial, log in enumerate(batch.logs, last - len(batch.logs) + 1)
        )
        await self._put_sessions(batch.sessions)
        await self._put_claims(claims_of(batch, self._closing, self._retention))
        await self._at_once(
            self._link.run(SAVE_FAMILY, self._of(f.id), f.id, "", f.generation, f.expires_at, written(f), "copy")
            for f in batch.families
        )

    async def finish(self) -> None:
        await self._leases.roll()
        await self._link.ask(0, "DEL", COPYING)

    async def close(self) -> None:
        await self._link.close()

    def _note(self, party: Party) -> None:
        self._visibility[party.id] = "1" if party.settings.visibility is Visibility.PUBLIC else "0"
        if party.is_closed:
            self._closing.add((party.id, party.join_code))

    async def _put_log(self, log: KeptLog, serial: int) -> None:
        """`serial`: from one place for all partitions, in the order of the parties: the list is sorted by it."""
        party = log.entries[-1].party
        blobs = [written(party), *(blob for entry in log.entries for blob in stored(entry))]
        change = msgspec.json.encode(self._change(log, party, serial))
        await self._link.run(_PARTY, self._of(party.id), change, *blobs)
        for member in party.members:
            if member.remove_at is None and not party.is_closed:
                await self._leases.tell(member.player.id, Hold(seen_at=party.changed_at))

    def _change(self, log: KeptLog, party: Party, serial: int) -> PartyChanged:
        session = party.session
        active = []
        if session is not None:
            active.append(SessionWritten(session.id, place_of(party, session), written(session), session.created_at, 0))
        return PartyChanged(
            id=party.id,
            before=log.entries[0].seq - 1,
            after=party.version,
            nonce=token_hex(8),
            at=party.changed_at,
            closed=party.is_closed,
            moments=",".join(map(str, sorted(set(moments(party, Bounds()))))),
            row=row_of(party),
            sessions=active,
            visibility="",
            entries_min=self._retention.entries_min,
            log_ms=self._retention.log_ms,
            serial=serial,
        )

    async def _put_sessions(self, sessions: Iterable[Session]) -> None:
        groups: dict[int, list[dict[str, object]]] = defaultdict(list)
        for session in sessions:
            assert session.ended_at is not None, "an active session is part of its party"
            place = f"{self._visibility.get(session.party_id, '0')}:{session.status.value}:{session.game_type.value}"
            expires_at = session.ended_at + self._retention.log_ms
            kept = SessionWritten(session.id, place, written(session), session.created_at, expires_at)
            groups[self._of(session.party_id)].append({"party": session.party_id, "session": kept})
        for number, group in groups.items():
            await self._link.run(_SESSIONS, number, msgspec.json.encode(group))

    async def _put_claims(self, claims: Iterable[Written]) -> None:
        groups: dict[int, list[str | bytes]] = defaultdict(list)
        for claim in claims:
            groups[self._of(claim.owner)] += (claim.key, claim.text, claim.expires_at)
        for number, group in groups.items():
            await self._link.run(_CLAIMS, number, *group)

    async def _at_once(self, work: Iterable[Awaitable[object]]) -> None:
        await asyncio.gather(*work)

    def _of(self, id: str) -> int:
        return self._link.partitions.of(id)
