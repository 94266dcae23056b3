"""After a restore streams get a snapshot, nothing from before the backup is lost, and retries act once in each history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as copy
from pathlib import Path
from random import Random

import pytest

from lobby.domain import events as e
from lobby.domain.bounds import Bounds
from lobby.domain.commands import PostMessage
from lobby.domain.events import Entry
from lobby.domain.viewer_access import access_level
from lobby.ports import Retention
from lobby.runtime.clock import SystemClock
from lobby.stores import open_store
from lobby.struct import replace
from tests.lobby.domain.scenes import Scene
from tests.lobby.stores.changes import ANA, create, do
from tests.tools.chaos.recorded_run import CHECK_LIMITS
from tools.chaos.checks.judge import judge
from tools.chaos.evidence import Ending, Evidence, Frame, Response, SentMutation, StreamSession
from tools.chaos.expected_state.events import expected_entry, expected_position
from tools.chaos.expected_state.histories import Backup, Histories, History
from tools.chaos.expected_state.logs import Log, read_logs
from tools.chaos.servers.backups import StoreFile
from tools.chaos.violation import Kind

KEPT = 4
"""The head of the party in the backup. Bob has joined with entry 2; all later entries are messages of ann."""
BACKUP_AT_S = 100.0
NEW_EPOCH = "new"


def log_of(words: Sequence[str], epoch: str | None = None) -> Log:
    scene = Scene("ann", "bob")
    for word in words:
        scene.after(1).says("ann", word)
    return Log.replay(scene.party.id, [_with_epoch(entry, epoch) for entry in scene.log])


def _with_epoch(entry: Entry, epoch: str | None) -> Entry:
    event = entry.event
    if epoch is None or not isinstance(event, e.PartyCreated):
        return entry
    return Entry(entry.seq, entry.at, entry.actor_id, replace(event, epoch=epoch), entry.party)


class RestoredRun:
    """Entries 5 and 6 were lost by a restore, and others took their place in the log with the new epoch."""

    def __init__(self, new_epoch: str | None = NEW_EPOCH) -> None:
        self.evidence = Evidence(era=1)
        self.old = log_of(["one", "two", "lost 1", "lost 2"])
        self.new = log_of(["one", "two", "new 1", "new 2", "new 3"], new_epoch)
        self.kept = {self.new.party_id: KEPT}
        for seq, log in ((1, self.old), (2, self.old), (3, self.old), (4, self.old)):
            self.acknowledge(log, seq, at_s=50.0)
        for seq in (5, 6):
            self.acknowledge(self.old, seq, at_s=101.0)
        for seq in (5, 6, 7):
            self.acknowledge(self.new, seq, at_s=110.0)

    def violations(self) -> set[Kind]:
        backup = Backup(BACKUP_AT_S, self.kept)
        histories = Histories([History({self.old.party_id: self.old}, backup), History({self.new.party_id: self.new})])
        return {violation.kind for violation in judge(self.evidence, histories, CHECK_LIMITS).violations}

    def acknowledge(self, log: Log, seq: int, at_s: float) -> SentMutation:
        entry = log.entries[seq - 1]
        operation: str = "JoinByCode"
        mark: str | None = None
        if isinstance(entry.event, e.PartyCreated):
            operation, mark = "CreateParty", entry.party.settings.name
        elif isinstance(entry.event, e.MessagePosted):
            operation, mark = "PostMessage", entry.event.text
        actor_id = entry.actor_id or ""
        mutation = self.evidence.begin_mutation(actor_id, operation, {"partyId": log.party_id}, mark)
        mutation.responses.append(self.response(log, seq, at_s))
        return mutation

    def response(self, log: Log, seq: int, at_s: float, replayed: bool = False) -> Response:
        content = self.evidence.contents.keep({"seq": seq, "epoch": log.epoch})
        era = int(log is self.new)
        return Response(True, content, None, log.party_id, seq, replayed, False, log.epoch, era, era, at_s)

    def stream(self, *frames: tuple[Log, str, int]) -> StreamSession:
        """Bob's stream, which began with a snapshot and a new subscription at each other log."""
        stream = self.evidence.begin_stream("bob", self.old.party_id, "bob's phone")
        log: Log | None = None
        position = None
        for frame_log, kind, seq in frames:
            if log is not frame_log:
                stream.resumed_after.append(position)
            log, position = frame_log, seq
            party = log.entries[seq - 1].party
            access = access_level(party, "bob")
            entry = expected_entry(log.entries[seq - 1], access)
            reason = "SUBSCRIBED" if len(stream.resumed_after) == 1 else "CURSOR_EXPIRED"
            snapshot = {**expected_position(party, access), "__typename": kind, "reason": reason}
            content = self.evidence.contents.keep(snapshot if kind == "PartySnapshot" else entry)
            stream.frames.append(Frame(len(stream.resumed_after) - 1, kind, seq, content, log.epoch))
        self.evidence.heads[self.new.party_id] = self.new.head
        return stream


def test_a_restore_whose_streams_begin_again_with_a_snapshot_is_no_violation() -> None:
    run = RestoredRun()
    run.stream(
        (run.old, "PartySnapshot", 4),
        (run.old, "MessagePosted", 5),
        (run.old, "MessagePosted", 6),
        (run.new, "PartySnapshot", 6),
        (run.new, "MessagePosted", 7),
    )
    assert run.violations() == set()


def test_a_stream_that_goes_on_in_another_history_without_a_snapshot_is_found() -> None:
    run = RestoredRun()
    run.stream((run.old, "PartySnapshot", 6), (run.new, "MessagePosted", 7))
    assert run.violations() == {Kind.CROSSED}


def test_a_stream_that_stays_in_the_lost_history_is_found() -> None:
    run = RestoredRun()
    run.stream((run.new, "PartySnapshot", 7))
    run.stream((run.old, "PartySnapshot", 6))
    assert run.violations() == {Kind.LOST}


def test_a_player_whose_joining_was_lost_may_be_refused() -> None:
    run = RestoredRun()
    run.stream((run.old, "PartySnapshot", 6)).ending = Ending.REFUSED
    assert run.violations() == set()


def test_a_party_that_lost_entries_and_kept_its_epoch_is_found() -> None:
    assert Kind.LOST in RestoredRun(new_epoch=None).violations()


def test_a_mutation_that_was_acknowledged_before_the_backup_and_is_lost_is_found() -> None:
    run = RestoredRun()
    lost = run.evidence.mutations[4]
    lost.responses[0] = copy(lost.responses[0], received_at_s=BACKUP_AT_S - 1)
    assert run.violations() == {Kind.LOST}


def test_an_entry_of_the_backup_that_differs_after_the_restore_is_found() -> None:
    run = RestoredRun()
    entries = list(run.new.entries)
    event = entries[2].event
    assert isinstance(event, e.MessagePosted)
    entries[2] = Entry(3, entries[2].at, "ann", replace(event, text="changed"), entries[2].party)
    run.new = Log.replay(run.new.party_id, entries)
    assert Kind.LOST in run.violations()


def test_a_mutation_of_the_lost_tail_may_be_done_again_after_the_restore() -> None:
    run = RestoredRun()
    again, lost = run.evidence.mutations.pop(), run.evidence.mutations[4]
    log = log_of(["one", "two", "new 1", "new 2", "lost 1"], NEW_EPOCH)
    run.new = log
    assert again.mark == "new 3"
    lost.responses.append(copy(run.response(log, 7, 111.0), after_acceptance=True))
    assert run.violations() == set()


def test_a_mutation_from_before_the_backup_that_is_done_again_is_found() -> None:
    run = RestoredRun()
    run.evidence.mutations.pop()
    run.new = log_of(["one", "two", "new 1", "new 2", "two"], NEW_EPOCH)
    kept = run.evidence.mutations[3]
    kept.responses.append(copy(run.response(run.new, 7, 111.0), after_acceptance=True))
    assert run.violations() == {Kind.ANSWER, Kind.DOUBLED}


def test_a_mutation_that_is_done_twice_after_the_restore_is_found() -> None:
    run = RestoredRun()
    run.evidence.mutations.pop()
    run.new = log_of(["one", "two", "new 1", "new 2", "new 2"], NEW_EPOCH)
    assert run.violations() == {Kind.DOUBLED}


@pytest.mark.parametrize("seed", range(4), ids=lambda seed: f"seed {seed}")
async def test_the_lost_tail_is_kept_and_the_backup_put_back(tmp_path: Path, seed: int) -> None:
    """The backup is put back in both ways: into the same file, and by a new file in its place."""
    path = tmp_path / "lobby.db"
    url, file = f"sqlite:///{path}", StoreFile(path, tmp_path / "restores")
    store = await open_store(url, Bounds(), Retention(), SystemClock())
    await create(store)
    await do(store, "p1", PostMessage(ANA, "kept"))
    backup = file.back_up()
    await do(store, "p1", PostMessage(ANA, "lost"), PostMessage(ANA, "lost too"))
    await store.close()

    file.restore(backup, Random(seed))

    [(lost, _)] = file.lost
    before = (await read_logs(f"sqlite:///{lost}", ())).logs["p1"]
    after = (await read_logs(url, ())).logs["p1"]
    assert backup.heads == {"p1": after.head}
    assert before.head == after.head + 2
    assert before.epoch != after.epoch
    histories = Histories([History({"p1": before}, backup), History({"p1": after})])
    assert histories.lost_entries() == 2
    assert list(histories.check_restores()) == []
