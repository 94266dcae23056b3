"""Turns a commit into plans for the scripts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from secrets import token_hex

import msgspec

from lobby.domain.bounds import HOUR_MS, Bounds
from lobby.domain.listing import has_public_sessions
from lobby.domain.model import Invite, Party, Session
from lobby.domain.rules.presence_and_deadlines import all_deadlines
from lobby.domain.saved_runs import SavedRun
from lobby.domain.values import Instant, PartyId, PlayerId
from lobby.ports import Commit, IdempotencyRecord, Retention
from lobby.stores.codec import to_json
from lobby.stores.valkey.commit_plan import (
    CommitPlan,
    InviteHint,
    JoinCodeClaim,
    JoinCodeRelease,
    NameClaim,
    PartitionPlan,
    PartyUpdate,
    RecordClaim,
    RunHint,
    RunRow,
    SeatClaim,
    SeatCondition,
    SeatRelease,
    SessionIdClaim,
    SessionIdRelease,
    SessionRow,
)
from lobby.stores.valkey.inboxes import InboxKeep, create_inbox_writes
from lobby.stores.valkey.list_replica import row_of
from lobby.stores.valkey.partitions import Partitions
from lobby.stores.valkey.party_log import encode_entry
from lobby.stores.valkey.searches import search_row
from lobby.stores.write_set import PartyWrite, RunWrite, SerialSequence, SessionWrite, create_write_set

DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True, slots=True)
class CommitPlanner:
    """Creates the plans of commits."""

    partitions: Partitions
    bounds: Bounds
    retention: Retention
    sends_events: bool = False
    """As of `open_store`."""

    def plan(self, commit: Commit, now: Instant, claimed_at: Instant, commit_ids: Mapping[PartyId, str]) -> CommitPlan:
        """`now`: by the clock of the node, `claimed_at`: by that of the servers. `commit_ids`: the commits that made the states
        that the changes were decided on. Raises `UnicodeEncodeError`."""
        id = token_hex(8)
        plans = defaultdict[int, PartitionPlan](lambda: PartitionPlan(id, now, claimed_at, self.retention.code_ms))
        write_set = create_write_set(commit, SerialSequence(), SerialSequence())
        left = {player: write.after.id for write in write_set.parties for player in write.left}
        homes = tuple(self.partitions.of(write.after.id) for write in write_set.parties)
        for home, write in zip(homes, write_set.parties, strict=True):
            plans[home].parties.append(self._party_update(write, commit_ids.get(write.after.id, "")))
            self._add_seats(write, left, plans)
            self._add_codes(write, plans)
            self._add_session_ids(write, plans)
            self._add_names(write, plans)
            self._add_invites(write, plans)
        for run_write in write_set.runs:
            plans[self.partitions.of(run_write.run.party_id)].party(run_write.run.party_id).runs.append(
                run_row(run_write, self.retention)
            )
            for hint in run_hints(run_write.run, self.retention):
                plans[self.partitions.of(hint.player)].run_hints.append(hint)
        for check in commit.block_checks:
            plan = plans[self.partitions.of(check.player_id)]
            claimed = {*(seat.player for seat in plan.seats), *(hint.player for hint in plan.invite_hints)}
            assert check.player_id in claimed, "a condition is for a seat that is taken, or for an invite"
            plan.block_checks.append(SeatCondition(check.player_id, check.blockers, check.blocked))
        if write_set.record is not None:
            plan = plans[self.partitions.of(write_set.record.player_id)]
            decided_by = write_set.parties[-1].after if write_set.parties else None
            plan.record = record_claim(
                write_set.record,
                id,
                stands=len(plans) == 1,
                at=claimed_at,
                retention=self.retention,
                decided_by=decided_by,
            )
        if write_set.posts:
            plan = plans[homes[-1]]
            plan.posts = create_inbox_writes(write_set.posts, id, self.partitions, homes[-1])
            plan.inbox = InboxKeep(self.retention.inbox_ms, self.retention.inbox_entries_max)
        blobs = {write.after.id: _blobs(write) for write in write_set.parties}
        party_ids = tuple(write.after.id for write in write_set.parties)
        return CommitPlan(id, dict(plans), blobs, party_ids, homes)

    def _party_update(self, write: PartyWrite, commit_id: str) -> PartyUpdate:
        before, after = write.change.before, write.after
        visibility_changed = before is not None and _visibility(before) != _visibility(after)
        return PartyUpdate(
            id=after.id,
            before=before.version if before is not None else 0,
            after=after.version,
            commit_id=commit_id,
            at=after.changed_at,
            closed=after.is_closed,
            moments=",".join(map(str, sorted(set(all_deadlines(after, self.bounds))))),
            row=row_of(after),
            sessions=[self._session_row(after, session) for session in write.sessions],
            visibility=_visibility(after) if visibility_changed else "",
            entries_min=self.retention.entries_min,
            log_ms=self.retention.log_ms,
            log_bytes_max=self.retention.log_bytes_max,
            search=search_row(after),
            sends_events=self.sends_events,
        )

    def _session_row(self, party: Party, write: SessionWrite) -> SessionRow:
        session = write.session
        if session is None:
            return SessionRow(write.id, "", "", 0, 0)
        expires_at = session.ended_at + self.retention.log_ms if session.ended_at is not None else 0
        return SessionRow(
            session.id, session_list_key(party, session), to_json(session), session.created_at, expires_at
        )

    def _add_seats(
        self, write: PartyWrite, left: Mapping[PlayerId, PartyId], plans: Mapping[int, PartitionPlan]
    ) -> None:
        after = write.after
        for player in sorted(write.joined | write.seated):
            old = after.id if player in write.seated else left.get(player, "")
            plans[self.partitions.of(player)].seats.append(SeatClaim(player, after.id, after.version, old))
        for player in sorted(write.left):
            plans[self.partitions.of(player)].seats_left.append(SeatRelease(player, after.id, after.version))

    def _add_codes(self, write: PartyWrite, plans: Mapping[int, PartitionPlan]) -> None:
        after, taken, given_up = write.after, write.taken_code, write.given_up_code
        if taken is not None:
            plans[self.partitions.of(taken)].codes.append(JoinCodeClaim(taken, after.id, after.version))
        if given_up is not None:
            code = JoinCodeRelease(given_up, after.id, after.changed_at, int(after.is_closed), after.version)
            plans[self.partitions.of(given_up)].codes_left.append(code)

    def _add_session_ids(self, write: PartyWrite, plans: Mapping[int, PartitionPlan]) -> None:
        for session in write.sessions:
            plan = plans[self.partitions.of(session.id)]
            if session.is_new:
                plan.session_ids.append(SessionIdClaim(session.id, write.after.id, write.after.version))
            if session.session is None:
                plan.session_ids_left.append(SessionIdRelease(session.id, write.after.id, 0))
            elif session.session.ended_at is not None:
                expires_at = session_id_expires_at(session.session, self.retention)
                plan.session_ids_left.append(SessionIdRelease(session.id, write.after.id, expires_at))

    def _add_names(self, write: PartyWrite, plans: Mapping[int, PartitionPlan]) -> None:
        party_id, seq = write.after.id, write.after.version
        for name in write.taken_names:
            plans[self.partitions.of(name.id)].names.append(NameClaim(name.id, party_id, seq, name.kind))
        for name in write.given_up_names:
            plans[self.partitions.of(name.id)].names_left.append(NameClaim(name.id, party_id, seq, name.kind))

    def _add_invites(self, write: PartyWrite, plans: Mapping[int, PartitionPlan]) -> None:
        for invite in write.invited:
            plans[self.partitions.of(invite.invitee.id)].invite_hints.append(invite_hint(invite))
        for invite in write.uninvited:
            plans[self.partitions.of(invite.invitee.id)].invite_hints_left.append(invite_hint(invite))


def invite_hint(invite: Invite) -> InviteHint:
    return InviteHint(invite.invitee.id, invite.party_id, invite.expires_at)


def record_claim(
    record: IdempotencyRecord,
    id: str,
    stands: bool,
    at: Instant,
    retention: Retention,
    decided_by: Party | None = None,
) -> RecordClaim:
    """`id`: of the commit. `stands`: the record is written together with all else, and no reader has to look for the commit.
    `decided_by`: the party whose log decides whether the commit stands; None: that of the record."""
    party_id, seq = (decided_by.id, decided_by.version) if decided_by is not None else (record.party_id, record.seq)
    claim = {"c": id, "p": party_id, "s": seq, "t": at, "f": int(stands), "r": record}
    text = msgspec.json.encode(claim).decode()
    return RecordClaim(record_name(record.player_id, record.key), text, record.at + retention.idempotency_ms)


def session_id_expires_at(session: Session, retention: Retention) -> Instant:
    """Until when an ended session's id leads to its party: a saved run is found by it too."""
    assert session.ended_at is not None, "it has ended"
    return session.ended_at + max(retention.log_ms, retention.checkpoint_ms if session.has_saved else 0)


def run_row(write: RunWrite, retention: Retention) -> RunRow:
    run = write.run
    expires_at = run.ended_at + retention.checkpoint_ms if run.ended_at is not None else 0
    return RunRow(run.session_id, to_json(run), write.data, expires_at)


def run_hints(run: SavedRun, retention: Retention) -> Iterator[RunHint]:
    for seat in run.seats:
        keep_ms = retention.checkpoint_ms + DAY_MS
        yield RunHint(seat.player.id, f"{run.session_id} {run.party_id}", run.listed_at, keep_ms)


def record_name(player_id: PlayerId, key: str) -> str:
    """The name of an idempotency record. Raises `UnicodeEncodeError` if the text is no valid UTF-8 and can't be stored."""
    length = len(player_id).to_bytes(4, "big")  # shows where the player's id ends and the key begins
    return blake2b(length + player_id.encode() + key.encode(), digest_size=16).hexdigest()


def session_list_key(party: Party, session: Session) -> str:
    """The list that a session is on: visibility (1 public, 0 private), status and game type, such as 1:WAITING:COOP."""
    return f"{_visibility(party)}:{session.status.value}:{session.game_type.value}"


def _visibility(party: Party) -> str:
    return "1" if has_public_sessions(party) else "0"


def _blobs(write: PartyWrite) -> list[bytes]:
    blobs = [msgspec.json.encode(write.after)]
    for entry in write.change.entries:
        blobs += encode_entry(entry)
    return blobs
